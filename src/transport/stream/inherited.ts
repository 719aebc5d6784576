import type { Server } from "node:net";
import { systemClock } from "../../std/clock.ts";
import type { Clock } from "../../std/clock.ts";
import { formatInternetUrl } from "../internet-address.ts";
import { TransportError } from "../transport.ts";
import type { Sink, Transport, TransportOptions } from "../transport.ts";
import { LineFramer } from "./line-framer.ts";
import { listenStream } from "./listener.ts";
import { UnixFramer } from "./unix-framer.ts";

/**
 * `fd://3`: a listening stream socket that this process was started with, by systemd's socket activation or any other
 * parent. Its owner made its file and its mode and removes it. Closing it closes it for this process for good: it
 * cannot be opened a second time.
 */
export async function openInherited(
  { url, stream: limits }: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
  clock: Clock = systemClock,
): Promise<Transport> {
  try {
    return await listenStream({
      listen: { fd: parseFdUrl(url) },
      limits,
      clock,
      sink,
      onError,
      describe: (server) => {
        const tcp = tcpUrl(server);
        return {
          url,
          reader: `stream (inherited ${tcp ?? "Unix socket"})`,
          frame: (lines) =>
            tcp === undefined
              ? new UnixFramer(lines, limits.lineBytesMax, limits.frameBytesMax)
              : new LineFramer(lines, limits.lineBytesMax),
        };
      },
    });
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError(
      url,
      `this descriptor is no stream socket that can listen (${(error as Error).message}); a socket unit needs ListenStream=, and a closed socket comes back when the service is started anew`,
      error,
    );
  }
}

/** Checks the form of `url` alone: a look at the socket would close it. */
export async function probeInherited(url: string): Promise<void> {
  parseFdUrl(url);
}

function parseFdUrl(url: string): number {
  const match = /^fd:\/\/(\d{1,5})$/.exec(url);
  if (match === null) throw new TransportError(url, "an inherited socket is fd://NUMBER, for example fd://3");
  return Number(match[1]);
}

/** The address of a TCP socket; undefined for a Unix socket. */
function tcpUrl(server: Server): string | undefined {
  const bound = server.address();
  return bound === null || typeof bound === "string" ? undefined : formatInternetUrl("tcp", bound.address, bound.port);
}
