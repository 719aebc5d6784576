import { describe, expect, it } from "vitest";
import { formatBytes, parseBytes } from "../../src/std/bytes.ts";
import { formatDuration, parseDuration } from "../../src/std/duration.ts";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["7d", 604_800_000],
    ["0", 0],
    ["0s", 0],
  ])("reads %s", (text, want) => {
    expect(parseDuration(text)).toBe(want);
  });

  it.each(["", "10", "s", "10 s", "-1s", "1e3s", "10sec", "10s ", "Infinity"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([0, 1, 500, 1_000, 1_500, 60_000, 3_600_000, 90_061_001])(
    "writes %i ms so that it reads back",
    (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
    },
  );
});

describe("sizes", () => {
  it.each([
    ["4MiB", 4_194_304],
    ["64KiB", 65_536],
    ["1.5MB", 1_500_000],
    ["4 kB", 4_000],
    ["512B", 512],
    ["4096", 4_096],
  ])("reads %s", (text, want) => {
    expect(parseBytes(text)).toBe(want);
  });

  it.each(["", "4M", "MiB", "-1", "0.3B", "1e6", "4mib", "9999999999GiB"])("refuses %j", (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it.each([
    [4_194_304, "4MiB"],
    [1_536, "1.5KiB"],
    [512, "512B"],
  ])("writes %i", (bytes, want) => {
    expect(formatBytes(bytes)).toBe(want);
  });
});
