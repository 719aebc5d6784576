import { expect, test } from "vitest";
import { numberText } from "../../src/web/table.ts";

const ENGLISH = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

test("numbers are shown as English writes them, with one decimal where it says something", () => {
  const some = [
    0, 0.04, 0.05, 0.25, 9.96, 12.5, 99.94, 99.95, -1.5, 100, 999, 1_000, 999_999, 1_000_000, -1_234_567, 1e15,
  ];
  expect(some.map(numberText)).toEqual(some.map((value) => ENGLISH.format(value)));
});

test("from a hundred on numbers are whole", () => {
  expect([100.4, 1_234.5, 1_234_567.89].map(numberText)).toEqual(["100", "1,235", "1,234,568"]);
});
