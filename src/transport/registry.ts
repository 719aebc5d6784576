import { TransportError } from "./transport.ts";
import type { OpenTransport, TransportOptions, Sink, Transport } from "./transport.ts";
import { openUdp } from "./udp.ts";

/** Every transport, by the scheme of its URL: a new one is a file beside this and a row here. */
const OPENERS: ReadonlyMap<string, OpenTransport> = new Map([["udp", openUdp]]);

/** The schemes that `--listen` takes. */
export const SCHEMES: readonly string[] = [...OPENERS.keys()];

/** Opens the listener that the URL's scheme names. */
export async function openTransport(options: TransportOptions, sink: Sink, onError: (error: TransportError) => void): Promise<Transport> {
  const open = OPENERS.get(options.url.slice(0, options.url.indexOf("://")));
  if (open === undefined) {
    throw new TransportError(options.url, `no such transport; an address starts with ${SCHEMES.map((scheme) => `${scheme}://`).join(" or ")}`);
  }
  return open(options, sink, onError);
}
