import { describe, expect, it } from "vitest";
import { judge } from "../../../src/output/datadog/verdict.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

function verdict(status: number, headers: Record<string, string> = {}): unknown {
  return judge({ status, headers: new Map(Object.entries(headers)) }, NOW_MS);
}

describe("what a status means", () => {
  it.each([
    [200, { type: "delivered" }],
    [202, { type: "delivered" }],
    [299, { type: "delivered" }],
    [301, { type: "retry", waitMs: undefined, alarm: true }],
    [307, { type: "retry", waitMs: undefined, alarm: true }],
    [400, { type: "refused" }],
    [401, { type: "retry", waitMs: undefined, alarm: true }],
    [402, { type: "retry", waitMs: undefined, alarm: true }],
    [403, { type: "key" }],
    [404, { type: "retry", waitMs: undefined, alarm: true }],
    [408, { type: "retry", waitMs: undefined, alarm: false }],
    [413, { type: "split" }],
    [418, { type: "retry", waitMs: undefined, alarm: true }],
    [429, { type: "retry", waitMs: undefined, alarm: false }],
    [500, { type: "retry", waitMs: undefined, alarm: false }],
    [503, { type: "retry", waitMs: undefined, alarm: false }],
    [599, { type: "retry", waitMs: undefined, alarm: false }],
  ])("%i", (status, want) => expect(verdict(status)).toEqual(want));
});

describe("how long the server asks to wait", () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ["seconds", { "retry-after": "7" }, 7_000],
    ["a date", { "retry-after": new Date(NOW_MS + 9_000).toUTCString() }, 9_000],
    ["a date that has passed", { "retry-after": new Date(NOW_MS - 9_000).toUTCString() }, undefined],
    ["Datadog's header", { "x-ratelimit-reset": "12" }, 12_000],
    ["the longer of both", { "retry-after": "7", "x-ratelimit-reset": "3" }, 7_000],
    ["nonsense", { "retry-after": "soon", "x-ratelimit-reset": "-1" }, undefined],
    ["more than an hour, which is not granted", { "retry-after": "999999" }, 3_600_000],
  ])("%s", (_, headers, waitMs) => {
    expect(verdict(429, headers)).toEqual({ type: "retry", waitMs, alarm: false });
  });
});
