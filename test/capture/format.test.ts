import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import protobuf from "protobufjs";
import { header, trailer } from "../../src/capture/format.ts";
import { CaptureParser } from "../../src/capture/parser.ts";
import type { Ending } from "../../src/capture/parser.ts";
import { decodeRecord, encodeRecord, OVERHEAD_BYTES_MAX } from "../../src/capture/record.ts";
import type { CaptureRecord } from "../../src/capture/record.ts";
import { AGENT_FILE, AGENT_PAYLOADS, AGENT_TIMES_NS } from "./agent-file.ts";

/** The same message by an independent implementation. */
const MESSAGE = protobuf
  .parse(
    `syntax = "proto3";
     message UnixDogstatsdMsg {
       int64 timestamp = 1; int32 payloadSize = 2; bytes payload = 3; int32 pid = 4; int32 ancillarySize = 5; bytes ancillary = 6;
     }`,
    { keepCase: true },
  )
  .root.lookupType("UnixDogstatsdMsg");

const recordsOf = fc.array(
  fc.record({ timeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), payload: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 20 },
);

function encode({ timeNs, payload }: CaptureRecord): Uint8Array {
  const target = new Uint8Array(payload.length + OVERHEAD_BYTES_MAX);
  return target.subarray(0, encodeRecord(target, 0, timeNs, payload));
}

function fileOf(records: readonly CaptureRecord[]): Uint8Array {
  return Buffer.concat([header(), ...records.map(encode), trailer()]);
}

interface Read {
  readonly records: CaptureRecord[];
  readonly ending: Ending;
  readonly parser: CaptureParser;
}

/** Reads a file in pieces that end at the given offsets. */
function read(file: Uint8Array, cuts: readonly number[] = []): Read {
  const parser = new CaptureParser();
  const ends = [...cuts.map((cut) => cut % (file.length + 1)), file.length].toSorted((a, b) => a - b);
  let from = 0;
  const records = ends.flatMap((end) => {
    const piece = parser.push(file.slice(from, end));
    from = end;
    return piece;
  });
  return { records, ending: parser.finish(), parser };
}

/** As plain data: a Buffer and a Uint8Array of the same bytes are the same payload. */
function plain(records: readonly CaptureRecord[]): [bigint, number[]][] {
  return records.map(({ timeNs, payload }) => [timeNs, [...payload]]);
}

function withLength(message: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(message.length);
  return Buffer.concat([length, message]);
}

describe("a capture", () => {
  it("reads back as it was written, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(recordsOf, fc.array(fc.nat(), { maxLength: 12 }), (records, cuts) => {
        const { records: got, ending } = read(fileOf(records), cuts);
        expect(plain(got)).toEqual(plain(records));
        expect(ending).toBe("whole");
      }),
    );
  });

  it("of the Agent is read, byte by byte too", () => {
    for (const cuts of [[], Array.from(AGENT_FILE, (_, at) => at)]) {
      const { records, ending, parser } = read(AGENT_FILE, cuts);
      expect(records.map(({ payload }) => Buffer.from(payload).toString())).toEqual(AGENT_PAYLOADS);
      expect(records.map(({ timeNs }) => timeNs)).toEqual(AGENT_TIMES_NS);
      expect([ending, parser.version, parser.refused]).toEqual(["whole", 3, 0]);
    }
  });

  it("is to the byte what the Agent writes for the same datagrams", () => {
    const records = AGENT_PAYLOADS.map((text, at) => ({
      timeNs: AGENT_TIMES_NS[at] ?? 0n,
      payload: Buffer.from(text),
    }));
    expect(Buffer.from(fileOf(records)).toString("hex")).toBe(Buffer.from(AGENT_FILE).toString("hex"));
  });

  it("cut anywhere gives all its whole records and says that it is cut", () => {
    const boundaries = [8, 8 + 151, 8 + 302];
    for (let end = 8; end < 8 + 302 + 4; end++) {
      const { records, ending } = read(AGENT_FILE.subarray(0, end));
      expect(records).toHaveLength(boundaries.filter((boundary) => boundary <= end).length - 1);
      expect(ending).toBe("cut");
    }
  });

  it("of version 1 ends without a closing mark and counts seconds", () => {
    const file = fileOf([{ timeNs: 7n, payload: Buffer.from("a:1|c") }]).subarray(0, -8);
    file[4] = 0xf1;
    const { records, ending } = read(file);
    expect(records[0]?.timeNs).toBe(7_000_000_000n);
    expect(ending).toBe("whole");
  });

  it("keeps the records around one that is no message", () => {
    const good = encode({ timeNs: 1n, payload: Buffer.from("a:1|c") });
    const { records, ending, parser } = read(
      Buffer.concat([header(), good, withLength(Buffer.from([0x1a, 0x7f])), good, trailer()]),
    );
    expect([records.length, parser.refused, ending]).toEqual([2, 1, "whole"]);
  });

  it("ends at a length that cannot be, without waiting for so many bytes", () => {
    const { records, ending, parser } = read(
      Buffer.concat([header(), encode({ timeNs: 1n, payload: Buffer.from("a:1|c") }), Buffer.from("ffffffff", "hex")]),
    );
    expect([records.length, ending]).toEqual([1, "broken"]);
    expect(parser.why).toContain("4294967295 bytes");
  });

  it.each([
    ["an empty file", ""],
    ["a short one", "d474"],
    ["a text", "6d792e6d65747269633a317c670a"],
    ["a version of the future", "d474d060f4ff0000"],
    ["version 0", "d474d060f0ff0000"],
  ])("is not %s", (_, hex) => {
    expect(read(Buffer.from(hex, "hex")).ending).toBe("foreign");
  });

  it("never throws, whatever the bytes are", () => {
    fc.assert(
      fc.property(recordsOf, fc.array(fc.tuple(fc.nat(), fc.nat(255))), fc.array(fc.nat()), (records, flips, cuts) => {
        const file = fileOf(records);
        for (const [at, byte] of flips) file[at % file.length] = byte;
        expect(() => read(file, cuts)).not.toThrow();
      }),
    );
  });
});

describe("a record", () => {
  it("is read by another protobuf implementation", () => {
    fc.assert(
      fc.property(recordsOf, (records) => {
        for (const record of records) {
          const message = MESSAGE.toObject(MESSAGE.decode(encode(record).subarray(4)), {
            longs: String,
            defaults: true,
          });
          expect(message["timestamp"]).toBe(String(record.timeNs));
          expect(message["payloadSize"]).toBe(record.payload.length);
          expect([...(message["payload"] as Uint8Array)]).toEqual([...record.payload]);
        }
      }),
    );
  });

  it("is read with its process and ancillary data, which are left out", () => {
    const message = MESSAGE.encode({
      timestamp: 5,
      payloadSize: 3,
      payload: Buffer.from("abc"),
      pid: -1,
      ancillarySize: 2,
      ancillary: Buffer.from("xy"),
    });
    expect(plain([decodeRecord(message.finish()) as CaptureRecord])).toEqual([[5n, [97, 98, 99]]]);
  });

  it.each([
    [3, "abc"],
    [2, "ab"],
    [0, "abc"],
    [9, "abc"],
    [-1, "abc"],
  ])("with a payload size of %i of three bytes is %j", (payloadSize, want) => {
    const message = MESSAGE.encode({ payloadSize, payload: Buffer.from("abc") }).finish();
    expect(Buffer.from(decodeRecord(message)?.payload ?? []).toString()).toBe(want);
  });

  test("skips the fields of later versions", () => {
    const later = Buffer.concat([
      Buffer.from("f9010000000000000000fd0100000000fa0102aabb", "hex"),
      encode({ timeNs: 2n, payload: Buffer.from("x") }).subarray(4),
    ]);
    expect(plain([decodeRecord(later) as CaptureRecord])).toEqual([[2n, [120]]]);
  });
});
