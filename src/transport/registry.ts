import { TransportError } from "./transport.ts";
import type { OpenTransport, TransportOptions, Sink, Transport } from "./transport.ts";
import { openUdp, probeUdp } from "./udp.ts";

interface Row {
  readonly open: OpenTransport;
  /** Rejects with a `TransportError` when something else holds the address. */
  readonly probe: (url: string) => Promise<void>;
}

/** Every transport, by the scheme of its URL: a new one is a file beside this and a row here. */
const TRANSPORTS: ReadonlyMap<string, Row> = new Map([["udp", { open: openUdp, probe: probeUdp }]]);

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
