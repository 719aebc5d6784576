import { expect, test } from "vitest";
import { createRates } from "../../src/flush/rates.ts";
import { trafficOf } from "../support/traffic-of.ts";

test("rates are per second between drains that are at least half a second apart", () => {
  const rates = createRates();
  rates.take(trafficOf({ datagrams: 100, lines: 1_000, bytes: 10_000 }), 0);
  expect(rates.read()).toEqual({ datagrams: 0, lines: 0, bytes: 0 });
  rates.take(trafficOf({ datagrams: 200, lines: 3_000, bytes: 20_000 }), 2_000);
  expect(rates.read()).toEqual({ datagrams: 50, lines: 1_000, bytes: 5_000 });
  rates.take(trafficOf({ datagrams: 999, lines: 9_999, bytes: 99_999 }), 2_010);
  expect(rates.read()).toEqual({ datagrams: 50, lines: 1_000, bytes: 5_000 });
  rates.take(trafficOf({ datagrams: 200, lines: 3_000, bytes: 20_000 }), 3_000);
  expect(rates.read()).toEqual({ datagrams: 0, lines: 0, bytes: 0 });
});
