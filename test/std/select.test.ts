import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { select } from "../../src/std/select.ts";

describe("selection", () => {
  const NUMBERS = fc.array(fc.oneof(fc.nat(5), fc.nat(1_000), fc.double({ noNaN: true })), { minLength: 1 });

  test("property: finds what a sort would have put there, and loses no number", () => {
    fc.assert(
      fc.property(NUMBERS, fc.nat(), (numbers, chance) => {
        const index = chance % numbers.length;
        const sorted = Float64Array.from(numbers).sort();
        const selected = Float64Array.from(numbers);
        // By value: selection does not tell -0 from 0, as a sort does.
        expect(select(selected, index) === sorted[index]).toBe(true);
        expect(selected.sort()).toEqual(sorted);
      }),
      { numRuns: 500 },
    );
  });

  test("finds it where every pivot was chosen to be a bad one, without a look at each number each time", () => {
    const count = 20_000;
    let reads = 0;
    const counted = new Proxy(killer(count), {
      get(numbers, name) {
        reads++;
        const value: unknown = Reflect.get(numbers, name, numbers);
        return typeof value === "function" ? value.bind(numbers) : value;
      },
    });
    expect(select(counted, count - 1_000)).toBe(count - 1_000);
    expect(reads).toBeLessThan(200 * count);
  });
});

/** The numbers from 0 in the order in which each pivot (the middle one of first, middle and last) leaves only two behind. */
function killer(count: number): Float64Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  const numbers = new Float64Array(count).fill(-1);
  let low = 0;
  for (let value = 0; low + 1 < count; value += 2) {
    const middle = (low + count - 1) >>> 1;
    numbers[order[low] as number] = value;
    numbers[order[middle] as number] = value + 1;
    // What selection does: the second is swapped to the front.
    [order[low + 1], order[middle]] = [order[middle] as number, order[low + 1] as number];
    low += 2;
  }
  for (let index = 0; index < count; index++) if (numbers[index] === -1) numbers[index] = count - 1;
  return numbers;
}
