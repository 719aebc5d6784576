import { describe, expect, test } from "vitest";
import { codingFor } from "../../src/web/encoding.ts";
import { scrapeTimeoutMs } from "../../src/web/scrape.ts";

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

describe("the coding of a page", () => {
  test.each([
    ["gzip", "gzip"],
    ["deflate, gzip;q=0.5", "gzip"],
    ["GZIP", "gzip"],
    ["gzip, zstd", "zstd"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["gzip;q=1, zstd;q=0.5", "gzip"],
    ["zstd;q=0, gzip;q=0.1", "gzip"],
    ["identity", undefined],
    ["*", undefined],
    ["gzip;q=0", undefined],
    ["gzip; q=0.000", undefined],
    ["gzip;q=x", undefined],
    ["x-gzip-not", undefined],
    [undefined, undefined],
  ])("for Accept-Encoding %j is %s", (header, want) => {
    expect(codingFor(header)?.name).toBe(want);
  });
});
