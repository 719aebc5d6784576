/**
 * Bytes become text here, once per series. What is not UTF-8 becomes U+FFFD, so that everything behind this point is
 * valid Unicode. A byte order mark is an ordinary character of a name: it is kept, or two series would become one.
 */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of `bytes`; never throws. */
export function decodeText(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/**
 * The fields of a line, `field|field|…`; always at least one, empty ones included. Cut as text, since a pipe is one byte
 * that no other character has in it, and one decoding for each field of a datagram of pipes took 50 ms.
 */
export function decodeFields(bytes: Uint8Array): string[] {
  return decodeText(bytes).split("|");
}

/**
 * The tags of a tag section, without its `#`: split on `,`, nothing trimmed, nothing checked. An empty section has no
 * tags; empty tags between commas stay, as on the wire.
 *
 *     env:prod,,shard:1
 *     ^^^^^^^^  ^^^^^^^
 */
export function cutTags(section: string): string[] {
  return section === "" ? [] : section.split(",");
}
