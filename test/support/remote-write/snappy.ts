/** Snappy's block format, read by its description alone and strictly: anything that is not exactly right throws. */
export function readSnappy(input: Uint8Array): Buffer {
  let at = 0;
  const next = (): number => {
    const byte = input[at++];
    if (byte === undefined) throw new Error("snappy: cut short");
    return byte;
  };
  const little = (bytes: number): number => {
    let value = 0;
    for (let index = 0; index < bytes; index += 1) value += next() * 256 ** index;
    return value;
  };
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = next();
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    if (shift > 28) throw new Error("snappy: length of more than 32 bits");
  }
  const out: number[] = [];
  while (at < input.length) {
    const tag = next();
    if ((tag & 3) === 0) {
      const n = tag >>> 2;
      const length = (n < 60 ? n : little(n - 59)) + 1;
      if (at + length > input.length) throw new Error("snappy: literal beyond the end");
      for (let index = 0; index < length; index += 1) out.push(next());
      continue;
    }
    const kind = tag & 3;
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = kind === 1 ? (tag >>> 5) * 256 + next() : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > out.length) throw new Error(`snappy: copy from ${offset} back at ${out.length}`);
    for (let index = 0; index < length; index += 1) out.push(out[out.length - offset] as number);
  }
  if (out.length !== size) throw new Error(`snappy: ${out.length} bytes instead of ${size}`);
  return Buffer.from(out);
}
