import { expect, test } from "vitest";
import { returnLargeMemory } from "../../src/transport/libc.ts";

/** glibc has `mallopt`, other C libraries (musl) have not. */
const isGlibc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;

test("the C library is told to give large memory back, where it is one that can be told", () => {
  expect(returnLargeMemory(65_536)).toBe(isGlibc !== undefined);
});
