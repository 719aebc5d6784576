import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import { createPolicy } from "../../src/policy/policy.ts";
import type { PolicyOptions } from "../../src/policy/policy.ts";
import { Exemplars } from "../../src/shard/exemplars.ts";
import { createSpecialReader } from "../../src/shard/special-reader.ts";
import type { Noted } from "../../src/shard/special-reader.ts";
import { POLICY_OPTIONS } from "../support/policy-options.ts";

interface Case {
  readonly id: string;
  readonly input: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly events?: readonly Readonly<Record<string, unknown>>[];
  readonly service_checks?: readonly Readonly<Record<string, unknown>>[];
}

const CASES = readFileSync(new URL("../conformance/dogstatsd.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Case)
  .filter(({ input }) => /(?:^|\n)(?:_e\{|_sc\|)/.test(input ?? ""));

const PLAIN = POLICY_OPTIONS;

function readerFor(policy: PolicyOptions, noted: Noted = { mixed: 0, tagErrors: 0, eventLengthsMended: 0 }) {
  return createSpecialReader({
    policy: createPolicy(policy),
    dialects: DIALECTS_DEFAULT,
    keyBytesMax: 40,
    exemplars: new Exemplars("trace_id"),
    noted,
  });
}

describe("events and service checks are read as the Agent reads them", () => {
  test.each(CASES)("$id", ({ input, config, events, service_checks: checks }) => {
    const read = readerFor({ ...PLAIN, globalTags: (config?.["dogstatsd_tags"] as string[] | undefined) ?? [] });
    const lines = input.split("\n").filter((line) => line.startsWith("_e{") || line.startsWith("_sc|"));
    const specials = lines
      .map((line) => read(line.startsWith("_e{") ? 0 : 1, Buffer.from(line)))
      .filter((result) => result.type === "special");
    const found = specials.map(({ special }) => special);
    expect(found.flatMap((special) => (special.type === "event" ? [special.event] : []))).toEqual(
      (events ?? []).map((event) => ({
        title: event["title"],
        text: event["text"],
        timestamp: event["timestamp"],
        hostname: event["hostname"],
        aggregationKey: event["aggregation_key"],
        priority: event["priority"],
        alertType: event["alert_type"],
        sourceType: event["source_type"],
        tags: sorted(event["tags"]),
      })),
    );
    expect(found.flatMap((special) => (special.type === "service_check" ? [special.check] : []))).toEqual(
      (checks ?? []).map(({ name, status, timestamp, hostname, message, tags }) => ({
        name,
        status,
        timestamp,
        hostname,
        message,
        tags: sorted(tags),
      })),
    );
  });

  test("the file has such cases", () => expect(CASES.length).toBeGreaterThan(40));
});

describe("policy has its say", () => {
  const read = readerFor({ ...PLAIN, globalTags: ["env:prod"], namespace: "app.", deny: ["app.no"] });
  const line = (text: string): Uint8Array => Buffer.from(text);

  test("a timestamped sample gets namespace, tags and host like any series", () => {
    expect(read(2, line("a:1:2|c|#b,host:web,a|T5"))).toEqual({
      type: "special",
      special: {
        type: "timestamped",
        sample: {
          name: "app.a",
          tags: ["a", "b", "env:prod"],
          host: "web",
          kind: "counter",
          values: [1, 2],
          timestamp: 5,
        },
      },
    });
  });

  test("a timestamped sample may be filtered", () => {
    expect(read(2, line("no:1|c|T5"))).toEqual({ type: "drop", reason: "filter" });
  });

  test("a timestamped sample's name and tags have the limit that any key has", () => {
    expect(read(2, line(`a:1|c|T5|#${"x".repeat(40)}`))).toEqual({ type: "drop", reason: "key_bytes" });
    expect(read(2, line(`a:1|c|T5|#${"x".repeat(39)}`))).toMatchObject({ type: "special" });
  });

  test("the tag that names a trace is no tag of a timestamped sample", () => {
    const sample = { name: "app.a", tags: ["env:prod", "x:1"] };
    expect(read(2, line("a:1|c|T5|#trace_id:4bf9,x:1"))).toMatchObject({ special: { sample } });
  });

  test("an event's own host beats the host tag, and its tags are canonical", () => {
    expect(read(0, line("_e{1,1}:a|b|h:field|#host:tag,x,x"))).toMatchObject({
      special: { event: { hostname: "field", tags: ["env:prod", "x"] } },
    });
    expect(read(0, line("_e{1,1}:a|b|#host:tag"))).toMatchObject({ special: { event: { hostname: "tag" } } });
  });

  test("what was not taken as it was sent is counted", () => {
    const noted = { mixed: 0, tagErrors: 0, eventLengthsMended: 0 };
    const counting = readerFor(PLAIN, noted);
    counting(0, line("_e{3,2}:\u00e9t\u00e9|ok"));
    counting(0, line("_e{5,2}:\u00e9t\u00e9|ok"));
    counting(2, line("a,k=v:1|c|T5"));
    counting(2, line("a,k=v:1|c|T5|#x:y"));
    expect(noted).toEqual({ mixed: 1, tagErrors: 0, eventLengthsMended: 1 });
  });

  test("an empty h: field is none: the host tag counts", () => {
    expect(read(0, line("_e{1,1}:a|b|h:|#host:tag"))).toMatchObject({ special: { event: { hostname: "tag" } } });
    expect(read(1, line("_sc|a|0|h:"))).toMatchObject({ special: { check: { hostname: null } } });
    expect(read(1, line("_sc|a|0|#host:"))).toMatchObject({ special: { check: { hostname: "" } } });
  });

  test.each([
    [0, "_e{x", "bad_event"],
    [1, "_sc|a|9", "bad_service_check"],
    [2, "a:1|c|T0", "bad_timestamp"],
  ])("type %i: %s is refused as %s", (type, text, reason) => {
    expect(read(type, line(text))).toEqual({ type: "reject", reason });
  });
});

function sorted(tags: unknown): string[] {
  return [...new Set(tags as string[])].sort();
}
