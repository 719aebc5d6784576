import { describe, expect, test } from "vitest";
import { goFloatText, labelFloatText, valueText } from "../../../src/output/prometheus/float.ts";

describe("labelFloatText writes le and quantile as Prometheus 3 stores them", () => {
  test.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [-3, "-3.0"],
    [2.5, "2.5"],
    [0.99, "0.99"],
    [0.005, "0.005"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [100_000, "100000.0"],
    [123_456, "123456.0"],
    [1_000_000, "1e+06"],
    [1_234_567.5, "1.2345675e+06"],
    [2e7, "2e+07"],
    [1e21, "1e+21"],
    [1e100, "1e+100"],
    [5e-324, "5e-324"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
  ])("%s as %s", (value, text) => {
    expect(labelFloatText(value)).toBe(text);
  });
});

test("goFloatText leaves whole numbers whole", () => {
  expect(["1", "-0", "100000", "1e+06"]).toEqual([1, -0, 100_000, 1e6].map(goFloatText));
});

describe("valueText writes what Go reads back", () => {
  test.each([
    [1, "1"],
    [0.1, "0.1"],
    [1e21, "1e+21"],
    [123_456_789, "123456789"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
  ])("%s as %s", (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});
