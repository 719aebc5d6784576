import { TransportError } from "./transport.ts";
import type { OpenTransport, TransportOptions, Sink, Transport } from "./transport.ts";
import { openUnixgram, probeUnixgram } from "./batch/unixgram.ts";
import { openInherited, probeInherited } from "./stream/inherited.ts";
import { openTcp, probeTcp } from "./stream/tcp.ts";
import { openUnix, probeUnix } from "./stream/unix.ts";
import { openUdp, probeUdp } from "./udp.ts";

/**
 * In which threads a listener lives:
 * - `shared`: in every shard, each with a socket of its own on the same port.
 * - `batch`: in one thread, where the batch loop reads it. Such a thread sleeps in the kernel, not in Node's event loop.
 * - `stream`: in one thread apart, with a normal event loop, so that slow clients wait for each other only.
 */
export type Placement = "shared" | "batch" | "stream";

interface Row {
  readonly placement: Placement;
  readonly open: OpenTransport;
  /** Rejects with a `TransportError` when something else holds the address. */
  readonly probe: (url: string) => Promise<void>;
}

/** Every transport, by the scheme of its URL: a new one is a file beside this and a row here. */
const TRANSPORTS: ReadonlyMap<string, Row> = new Map([
  ["udp", { placement: "shared", open: openUdp, probe: probeUdp }],
  ["tcp", { placement: "stream", open: openTcp, probe: probeTcp }],
  ["unix", { placement: "stream", open: openUnix, probe: probeUnix }],
  ["fd", { placement: "stream", open: openInherited, probe: probeInherited }],
  ["unixgram", { placement: "batch", open: openUnixgram, probe: probeUnixgram }],
]);

/** The schemes that `--listen` takes. */
export const SCHEMES: readonly string[] = [...TRANSPORTS.keys()];

/** Opens the listener that the URL's scheme names; `onError` hears of it when the listener breaks later. */
export async function openTransport(
  options: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
): Promise<Transport> {
  return row(options.url).open(options, sink, onError);
}

/** In which threads the listener of `url` lives. Throws a `TransportError` where there is no such transport. */
export function placementOf(url: string): Placement {
  return row(url).placement;
}

/** Checks that the address of `url` is free for this process alone. */
export async function probeTransport(url: string): Promise<void> {
  return row(url).probe(url);
}

function row(url: string): Row {
  const found = TRANSPORTS.get(url.slice(0, Math.max(0, url.indexOf("://"))));
  if (found !== undefined) return found;
  throw new TransportError(
    url,
    `no such transport; an address starts with ${SCHEMES.map((scheme) => `${scheme}://`).join(" or ")}`,
  );
}
