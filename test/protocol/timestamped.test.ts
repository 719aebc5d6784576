import { describe, expect, test } from "vitest";
import type { TimestampedSample } from "../../src/model/event.ts";
import { parseTimestamped } from "../../src/protocol/timestamped.ts";

const PLAIN: TimestampedSample = {
  name: "a",
  tags: [],
  host: undefined,
  kind: "counter",
  values: [1],
  timestamp: 1_656_581_400,
};

describe("a sample with a time is read", () => {
  test.each<[string, Partial<TimestampedSample>]>([
    ["a:1|c|T1656581400", {}],
    ["a:1|c|T+1656581400", {}],
    ["a:-1.5|g|T1656581400", { kind: "gauge", values: [-1.5] }],
    ["a:1::2:|c|T1656581400", { values: [1, 2] }],
    ["a:15|c|@0.1|T1656581400", { values: [15] }],
    ["a:1|c|#x:1,y|T1656581400", { tags: ["x:1", "y"] }],
    ["a:1|c|T1656581400|#x|#", { tags: [] }],
    ["a:1|c|T5|T1656581400", {}],
    ["a:1|c|T1656581400|c:ci-x|e:cn-y|card:low|new", {}],
  ])("%s", (line, want) => {
    expect(parseTimestamped(Buffer.from(line))).toEqual({ ...PLAIN, ...want });
  });
});

describe("a sample with a time is refused", () => {
  test.each([
    ["a", "no_colon"],
    [":1|c|T1", "empty_name"],
    ["a:1", "no_type"],
    ["a:1|ms|T1", "timestamp_kind"],
    ["a:|c|T1", "empty_value"],
    ["a:0x10|c|T1", "bad_value"],
    ["a: 1|c|T1", "bad_value"],
    ["a:1e999|c|T1", "not_finite"],
    ["a:1|c|T0", "bad_timestamp"],
    ["a:1|c|T-5", "bad_timestamp"],
    ["a:1|c|T1.5", "bad_timestamp"],
    ["a:1|c|Type:web", "bad_timestamp"],
    ["a:1|c", "bad_timestamp"],
  ])("%s: %s", (line, reason) => {
    expect(parseTimestamped(Buffer.from(line))).toBe(reason);
  });
});
