import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../std/clock.ts";
import type { Clock } from "../../std/clock.ts";
import { explainBindError } from "../bind-error.ts";
import { formatInternetUrl, parseInternetUrl } from "../internet-address.ts";
import type { Sink, Transport, TransportError, TransportOptions } from "../transport.ts";
import { LineFramer } from "./line-framer.ts";
import { listenStream } from "./listener.ts";

/** TCP: lines that end in a line feed, over IPv4 or IPv6. */
export async function openTcp(
  { url, stream: limits }: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
  clock: Clock = systemClock,
): Promise<Transport> {
  const { host, port } = parseInternetUrl(url, "tcp");
  try {
    return await listenStream({
      listen: { host: await resolveHost(host), port },
      limits,
      clock,
      sink,
      onError,
      describe: (server) => {
        const bound = server.address() as AddressInfo;
        return {
          url: formatInternetUrl("tcp", bound.address, bound.port),
          reader: "stream",
          frame: (lines) => new LineFramer(lines, limits.lineBytesMax),
        };
      },
    });
  } catch (error) {
    throw explainBindError(url, `ss -ltnp 'sport = :${port}'`, error);
  }
}

/** A name is looked up as IPv4, as for UDP: otherwise one name may mean two addresses to two kinds of clients. */
async function resolveHost(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host, { family: 4 })).address : host;
}

/** Checks the form of `url` alone: nobody can share a TCP port with this server by chance, so opening it will tell. */
export async function probeTcp(url: string): Promise<void> {
  parseInternetUrl(url, "tcp");
}
