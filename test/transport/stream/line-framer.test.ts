import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INPUT_BYTES_MAX } from "../../../src/core/tally.ts";
import { BLOCK_BYTES_MAX, EXAMPLE_BYTES_MAX, SKIPPED_BYTES_MAX } from "../../../src/transport/stream/framer.ts";
import { LineFramer } from "../../../src/transport/stream/line-framer.ts";
import { RecordingSink, pushSplit } from "./recording-sink.ts";

const LINE_MAX = 512;

function frame(bytes: Buffer | string, splits: readonly number[] = [], lineBytesMax = LINE_MAX): RecordingSink {
  const sink = new RecordingSink();
  const framer = new LineFramer(sink, lineBytesMax);
  pushSplit(framer, sink, Buffer.from(bytes), splits);
  framer.end();
  return sink;
}

test("a block fits into the core's input", () => {
  expect(BLOCK_BYTES_MAX).toBe(INPUT_BYTES_MAX);
});

test("the whole lines of a read are one block, without a copy", () => {
  const chunk = Buffer.from("a:1|c\nb:2|c\nc:3");
  const taken: Uint8Array[] = [];
  const sink = Object.assign(new RecordingSink(), { take: (bytes: Uint8Array) => taken.push(bytes) });
  new LineFramer(sink, LINE_MAX).push(chunk);
  expect(
    taken.map((bytes) => [bytes.buffer === chunk.buffer, bytes.byteOffset - chunk.byteOffset, bytes.length]),
  ).toEqual([[true, 0, 12]]);
});

test("a line that is torn at any place, and into any two places, arrives whole, in order and once", () => {
  const bytes = "a:1|c\nbb:22|g|#x:y\n\nc:3|ms\r\nd:4|c\n";
  const whole = frame(bytes);
  expect(whole.lines).toEqual(["a:1|c", "bb:22|g|#x:y", "", "c:3|ms\r", "d:4|c"]);
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const torn = frame(bytes, [first, second]);
      expect(torn.blocks.join("")).toBe(bytes);
      expect(torn.refused).toEqual([]);
    }
  }
});

describe("a line that is too long", () => {
  test.each([
    [LINE_MAX, ["a", "x".repeat(LINE_MAX), "b"], 0],
    [LINE_MAX + 1, ["a", "b"], 1],
  ])("is one above the limit: %i bytes", (length, lines, refused) => {
    const bytes = `a\n${"x".repeat(length)}\nb\n`;
    for (let split = 0; split <= bytes.length; split++) {
      const sink = frame(bytes, [split]);
      expect(sink.lines).toEqual(lines);
      expect(sink.refused).toEqual(
        Array.from({ length: refused }, () => ({ reason: "line_too_long", start: "x".repeat(EXAMPLE_BYTES_MAX) })),
      );
      expect(sink.takenBytes + sink.refusedBytes + sink.skipped).toBe(bytes.length);
    }
  });

  test("is refused once and not again when the connection ends inside it", () => {
    const sink = frame("x".repeat(3_000), [700, 1_000]);
    expect(sink.refused.map(({ reason }) => reason)).toEqual(["line_too_long"]);
    expect(sink.cuts).toEqual([]);
  });

  test("that never ends cuts the connection, and nothing was kept of it", () => {
    const sink = new RecordingSink();
    const framer = new LineFramer(sink, LINE_MAX);
    const chunk = Buffer.alloc(65_536, "x");
    let pushed = 0;
    while (sink.cuts.length === 0) {
      framer.push(chunk);
      pushed += chunk.length;
    }
    expect(sink.cuts).toEqual(["connections_line_cut"]);
    expect(pushed).toBeLessThanOrEqual(SKIPPED_BYTES_MAX + 2 * chunk.length);
    expect(sink.refused).toHaveLength(1);
    expect(sink.skipped + sink.refusedBytes).toBe(pushed);
  });

  test("and many short ones at the largest limit still come in blocks that the core can take", () => {
    const line = `${"y".repeat(99)}\n`;
    const bytes = Buffer.from(line.repeat(2_000) + "z".repeat(BLOCK_BYTES_MAX - 1) + "\n" + line);
    const sink = frame(bytes, [], BLOCK_BYTES_MAX - 1);
    expect(sink.blocks.join("")).toBe(bytes.toString());
    expect(sink.blocks.length).toBeLessThan(8);
  });
});

test("a connection that ends inside a line keeps the terminated ones and refuses the piece", () => {
  const bytes = "a:1|c\nb:2|c";
  for (let split = 0; split <= bytes.length; split++) {
    const sink = frame(bytes, [split]);
    expect(sink.lines).toEqual(["a:1|c"]);
    expect(sink.refused).toEqual([{ reason: "stream_cut", start: "b:2|c" }]);
  }
});

/** Bytes in which line feeds are frequent, and lines around the limit are, too. */
const streams = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
      {
        weight: 1,
        arbitrary: fc.integer({ min: LINE_MAX - 2, max: LINE_MAX + 3 }).map((length) => Buffer.alloc(length, "x")),
      },
      { weight: 4, arbitrary: fc.constant(Buffer.from("\n")) },
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

test("any bytes, torn anywhere, become what the definition says", () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(3_000), { maxLength: 12 }), (bytes, splits) => {
      const sink = frame(bytes, splits);
      const pieces = bytes.toString("latin1").split("\n");
      const last = pieces.pop() ?? "";
      const isLong = (line: string): boolean => line.length > LINE_MAX;
      const wantRefused = pieces.filter(isLong).map(() => "line_too_long");
      if (last !== "") wantRefused.push(isLong(last) ? "line_too_long" : "stream_cut");
      expect(sink.lines).toEqual(pieces.filter((line) => !isLong(line)));
      expect(sink.refused.map(({ reason }) => reason)).toEqual(wantRefused);
      expect(sink.takenBytes + sink.refusedBytes + sink.skipped).toBe(bytes.length);
    }),
    { numRuns: 500 },
  );
});
