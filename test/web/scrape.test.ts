import { describe, expect, test } from "vitest";
import { acceptsGzip, scrapeTimeoutMs } from "../../src/web/scrape.ts";

describe("the time for a scrape", () => {
  test.each([
    ["10", 9500],
    ["10.000", 9500],
    ["1", 500],
    ["0.6", 300],
    ["0.05", 25],
    [undefined, 30_000],
    ["", 30_000],
    ["0", 30_000],
    ["-1", 30_000],
    ["1e9", 30_000],
    ["Infinity", 30_000],
    ["99999999999", 30_000],
  ])("%j is %d ms", (header, want) => {
    expect(scrapeTimeoutMs(header)).toBe(want);
  });
});

describe("gzip", () => {
  test.each([
    ["gzip", true],
    ["deflate, gzip;q=0.5", true],
    ["GZIP", true],
    ["identity", false],
    ["gzip;q=0", false],
    ["gzip; q=0.000", false],
    ["x-gzip-not", false],
    [undefined, false],
  ])("%j: %s", (header, want) => {
    expect(acceptsGzip(header)).toBe(want);
  });
});
