import { describe, expect, test } from "vitest";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import { NO_ORIGIN } from "../../src/policy/origin.ts";
import type { SentSample } from "../../src/protocol/timestamped.ts";
import { parseTimestamped } from "../../src/protocol/timestamped.ts";

const PLAIN: SentSample = {
  name: "a",
  tags: [],
  host: undefined,
  kind: "counter",
  values: [1],
  timestamp: 1_656_581_400,
  origin: undefined,
  isMixed: false,
  tagErrors: 0,
  keyBytes: 1,
};

describe("a sample with a time is read", () => {
  test.each<[string, Partial<SentSample>]>([
    ["a:1|c|T1656581400", {}],
    ["a:1|c|T+1656581400", {}],
    ["a:-1.5|g|T1656581400", { kind: "gauge", values: [-1.5] }],
    ["a:1::2:|c|T1656581400", { values: [1, 2] }],
    ["a:15|c|@0.1|T1656581400", { values: [15] }],
    ["a:1|c|#x:1,y|T1656581400", { tags: ["x:1", "y"], keyBytes: 6 }],
    ["a:1|c|T1656581400|#x|#", { tags: [] }],
    ["a:1|c|T5|T1656581400", {}],
    ["a:1|c|T99999999999", { timestamp: 99_999_999_999 }],
    ["a,k=v:1|c|T1656581400", { tags: ["k:v"], keyBytes: 5 }],
    ["a,k=v:1|c|T1656581400|#x", { name: "a,k=v", tags: ["x"], isMixed: true, keyBytes: 6 }],
    [
      "a:1|c|T1656581400|c:ci-x|e:cn-y|card:low|new",
      { origin: { ...NO_ORIGIN, containerId: "x", containerName: "y", cardinality: "low" } },
    ],
  ])("%s", (line, want) => {
    expect(parseTimestamped(Buffer.from(line), DIALECTS_DEFAULT)).toEqual({ ...PLAIN, ...want });
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
    expect(parseTimestamped(Buffer.from(line), DIALECTS_DEFAULT)).toBe(reason);
  });
});
