import { expect, test } from "vitest";
import { returnFreeMemory, returnLargeMemory } from "../../src/transport/libc.ts";

/** glibc has `mallopt` and `malloc_trim`, other C libraries (musl) have not. */
const isGlibc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;

test("the C library is told to give large memory back, where it is one that can be told", () => {
  expect(returnLargeMemory(65_536)).toBe(isGlibc !== undefined);
});

test("free memory is given back, where the C library can do that", () => {
  // A process that has loaded a test has freed more than a page.
  expect(returnFreeMemory()).toBe(isGlibc !== undefined);
});
