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
 * The tags of a tag section, without its `#`: split on `,`, nothing trimmed, nothing checked. An empty section has no
 * tags; empty tags between commas stay, as on the wire.
 *
 *     env:prod,,shard:1
 *     ^^^^^^^^  ^^^^^^^
 */
export function decodeTags(bytes: Uint8Array): string[] {
  return bytes.length === 0 ? [] : decodeText(bytes).split(",");
}

/** `bytes` cut at every `separator`; the parts are views of the same memory. Always at least one part. */
export function splitBytes(bytes: Uint8Array, separator: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(separator, start);
    if (end < 0) break;
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  parts.push(bytes.subarray(start));
  return parts;
}
