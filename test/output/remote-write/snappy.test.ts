import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compress, compressedBytesMax, decompress } from "../../../src/output/remote-write/snappy.ts";
import { readSnappy } from "../../support/remote-write/snappy.ts";

/** Bytes as they are in messages: pieces that come again, near and far. */
const repetitive = fc
  .tuple(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 8 }),
    fc.array(fc.nat(), { maxLength: 300 }),
  )
  .map(([pieces, order]) => Buffer.concat(order.map((at) => pieces[at % pieces.length] as Uint8Array)));

describe("snappy", () => {
  it("is read back by a reader that knows the format's description alone", () => {
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 2_000 })), (content) => {
        const compressed = compress(content);
        expect(Buffer.compare(readSnappy(compressed), content)).toBe(0);
        expect(Buffer.compare(decompress(compressed), content)).toBe(0);
        expect(compressed.length).toBeLessThanOrEqual(compressedBytesMax(content.length));
      }),
      { numRuns: 300 },
    );
  });

  it.each([0, 1, 59, 60, 61, 255, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    "reads back %i bytes of one value",
    (size) => {
      const content = Buffer.alloc(size, 7);
      const compressed = compress(content);
      expect(readSnappy(compressed).equals(content)).toBe(true);
      expect(Buffer.from(decompress(compressed)).equals(content)).toBe(true);
      if (size > 100) expect(compressed.length).toBeLessThan(size / 10);
    },
  );

  it.each([60, 256, 300, 65_536, 70_000])("reads back %i bytes without any repetition", (size) => {
    let state = 1;
    const content = Buffer.from(Array.from({ length: size }, () => (state = (state * 48_271) % 2_147_483_647) & 255));
    expect(readSnappy(compress(content)).equals(content)).toBe(true);
    expect(Buffer.from(decompress(compress(content))).equals(content)).toBe(true);
  });

  it("makes a message of series a fifth of its size or less", () => {
    const text = Array.from(
      { length: 2_000 },
      (_, index) => `shop_requests_total{route="/items/${index}",env="prod"}`,
    ).join("");
    expect(compress(Buffer.from(text)).length).toBeLessThan(text.length / 5);
  });
});
