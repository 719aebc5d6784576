import fc from "fast-check";
import { expect, test } from "vitest";
import { UnixFramer } from "../../../src/transport/stream/unix-framer.ts";
import { RecordingSink, pushSplit } from "./recording-sink.ts";

const LINE_MAX = 512;
const FRAME_MAX = 8_192;

function frame(bytes: Buffer, splits: readonly number[] = []): RecordingSink {
  const sink = new RecordingSink();
  const framer = new UnixFramer(sink, LINE_MAX, FRAME_MAX);
  pushSplit(framer, sink, bytes, splits);
  framer.end();
  return sink;
}

/** Each packet behind its length. */
function frames(...packets: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    packets.flatMap((packet) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(packet.length);
      return [length, Buffer.from(packet)];
    }),
  );
}

/** Calls `check` for the bytes torn into three at every pair of places. */
function everySplit(bytes: Buffer, check: (sink: RecordingSink) => void): void {
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) check(frame(bytes, [first, second]));
  }
}

test("frames whose lines end without line feeds are torn nowhere and joined nowhere", () => {
  everySplit(frames("a:1|c", "b:2|c\nc:3|c\n", "", "d:4|c\ne:5|c"), (sink) => {
    expect(sink.lines).toEqual(["a:1|c", "b:2|c", "c:3|c", "d:4|c", "e:5|c"]);
    expect(sink.refused).toEqual([]);
  });
});

test("a frame that came whole is one block", () => {
  expect(frame(frames("a:1|c\nb:2|c", "c:3|c")).blocks).toEqual(["a:1|c\nb:2|c", "c:3|c"]);
});

test("a connection that starts with text is read as lines, wherever the text is torn", () => {
  everySplit(Buffer.from("a:1|c\nb:2|c\nc"), (sink) => {
    expect(sink.lines).toEqual(["a:1|c", "b:2|c"]);
    expect(sink.refused).toEqual([{ reason: "stream_cut", start: "c" }]);
  });
});

test.each([
  ["less than a length of text", Buffer.from("a:1"), { reason: "stream_cut", start: "a:1" }],
  ["a part of a length", Buffer.from([5, 0, 0]), { reason: "stream_cut", start: "\x05\0\0" }],
  ["a length and nothing", Buffer.from([5, 0, 0, 0]), { reason: "stream_cut", start: "" }],
  ["a torn frame", frames("a:1|c\nb:2|c").subarray(0, -2), { reason: "stream_cut", start: "b:2" }],
  ["a frame that is torn between lines", frames("a:1|c\nb:2|c").subarray(0, 10), { reason: "stream_cut", start: "" }],
])("%s at the end of a connection is refused", (_name, bytes, want) => {
  everySplit(bytes, (sink) => expect(sink.refused).toEqual([want]));
});

/** Connections of the public protocol tests of the Datadog Agent's listener, whose buffer has 8,192 bytes. */
test.each([
  ["a big-endian length", Buffer.from("00000005613a317c63", "hex"), [], "\0\0\0\x05"],
  [
    "a second frame above the limit",
    Buffer.concat([frames("a:1|c"), Buffer.from([0x08, 0x20, 0, 0]), Buffer.alloc(8_200, "x")]),
    ["a:1|c"],
    "\x08\x20\0\0",
  ],
])("%s closes the connection; what came before is kept", (_name, bytes, lines, header) => {
  for (let split = 0; split <= 20; split++) {
    const sink = frame(bytes, [split]);
    expect(sink.lines).toEqual(lines);
    expect(sink.refused).toEqual([{ reason: "frame_length", start: header }]);
    expect(sink.cuts).toEqual(["connections_frame_cut"]);
  }
});

test("a line above the limit inside a frame costs that line only", () => {
  const bytes = frames(`a:1|c\n${"x".repeat(LINE_MAX + 1)}\nb:2|c`, "c:3|c");
  for (let split = 0; split <= bytes.length; split++) {
    const sink = frame(bytes, [split]);
    expect(sink.lines).toEqual(["a:1|c", "b:2|c", "c:3|c"]);
    expect(sink.refused.map(({ reason }) => reason)).toEqual(["line_too_long"]);
  }
});

test("any frames, torn anywhere, give their lines, in order and once, and every byte is accounted for", () => {
  const packets = fc.array(
    fc.array(
      fc.string({ maxLength: 700 }).map((line) => line.replaceAll(/[^ -~]/g, "?")),
      { maxLength: 6 },
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(packets, fc.array(fc.nat(6_000), { maxLength: 12 }), (lists, splits) => {
      const texts = lists.map((lines) => lines.join("\n"));
      const bytes = frames(...texts);
      const sink = frame(bytes, splits);
      const isShort = (line: string): boolean => line !== "" && line.length <= LINE_MAX;
      const all = texts.flatMap((text) => text.split("\n"));
      expect(sink.lines.filter((line) => line !== "")).toEqual(all.filter(isShort));
      expect(sink.refused).toHaveLength(all.filter((line) => line.length > LINE_MAX).length);
      expect(sink.takenBytes + sink.refusedBytes + sink.skipped + 4 * texts.length).toBe(bytes.length);
    }),
    { numRuns: 300 },
  );
});

test("any bytes at all are survived, and accounted for as long as the connection lives", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.array(fc.nat(3_000), { maxLength: 8 }), (bytes, splits) => {
      const [whole, torn] = [frame(Buffer.from(bytes)), frame(Buffer.from(bytes), splits)];
      expect(torn.lines).toEqual(whole.lines);
      expect(torn.refused).toEqual(whole.refused);
      expect(torn.cuts).toEqual(whole.cuts);
    }),
    { numRuns: 500 },
  );
});
