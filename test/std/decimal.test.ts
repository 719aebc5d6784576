import { expect, test } from "vitest";
import { parseDecimal } from "../../src/std/decimal.ts";

test.each([
  ["0", 0],
  ["-1.5", -1.5],
  ["+5", 5],
  [".5", 0.5],
  ["5.", 5],
  ["1e3", 1_000],
  ["25E-2", 0.25],
  ["1e-400", 0],
  ["1e400", Infinity],
])("%s is a decimal number", (text, value) => {
  expect(parseDecimal(text)).toBe(value);
});

test.each(["", " ", "1 ", "0x10", "1_000", "Infinity", "NaN", "e5", ".", "+-1", "1e", "１"])("%j is none", (text) => {
  expect(parseDecimal(text)).toBeUndefined();
});
