import { describe, expect, it } from "vitest";
import { orderByName } from "../../../src/output/datadog/order.ts";

async function ordered(names: readonly string[]): Promise<string[]> {
  const order = await orderByName(names.length, (index) => names[index] as string);
  expect([...order].sort((a, b) => a - b)).toEqual(names.map((_, index) => index));
  return Array.from(order, (index) => names[index] as string);
}

describe("ordering by name", () => {
  it("sorts, and keeps the order of equal names", async () => {
    expect(await ordered(["b", "a", "c", "a", "b"])).toEqual(["a", "a", "b", "b", "c"]);
    expect([...(await orderByName(3, () => "same"))]).toEqual([0, 1, 2]);
  });

  it("only groups where there are too many names to sort", async () => {
    const names = Array.from({ length: 20_002 }, (_, index) => `n${(index * 7919) % 10_001}`);
    const grouped = await ordered(names);
    expect(grouped.filter((name, index) => index === 0 || name !== grouped[index - 1])).toHaveLength(10_001);
    expect(grouped).not.toEqual([...grouped].sort());
  });

  it("of nothing is nothing", async () => expect(await ordered([])).toEqual([]));
});
