import { expect, test } from "vitest";
import type { Delta } from "../../src/flush/delta.ts";
import { createLedger, EXAMPLES_MAX } from "../../src/flush/ledger.ts";
import { sumTraffic } from "../../src/flush/traffic.ts";
import type { RejectExample } from "../../src/model/status.ts";
import { trafficOf } from "../support/traffic-of.ts";

const NONE = sumTraffic([]);

function delta(given: Partial<Delta>): Delta {
  return {
    definitions: [],
    forgotten: [],
    bytes: new Uint8Array(0),
    specials: [],
    rejects: [],
    traffic: undefined,
    memory: undefined,
    ...given,
  };
}

function example(line: string): RejectExample {
  return { reason: "no_colon", line, sender: "", time: 0 };
}

test("the books balance: received is accepted, rejected, limited and lost", () => {
  const ledger = createLedger();
  ledger.take(
    0,
    delta({
      traffic: trafficOf({
        lines: 10,
        accepted: 6,
        rejected: { ...NONE.rejected, bad_value: 3 },
        limited: { ...NONE.limited, filter: 1 },
      }),
    }),
  );
  ledger.take(1, delta({ traffic: trafficOf({ lines: 5, accepted: 5 }) }));
  expect(ledger.status()).toMatchObject({
    received: 15,
    accepted: 11,
    rejected: { bad_value: 3 },
    limited: { filter: 1 },
    lostWithShard: 0,
    balance: 0,
  });
});

test("a line that nobody accounts for shows in the balance", () => {
  const ledger = createLedger();
  ledger.take(0, delta({ traffic: trafficOf({ lines: 10, accepted: 9 }) }));
  expect(ledger.status().balance).toBe(1);
});

test("a shard's totals replace the ones before; a part without totals changes nothing", () => {
  const ledger = createLedger();
  ledger.take(0, delta({ traffic: trafficOf({ lines: 1, accepted: 1 }) }));
  ledger.take(0, delta({ traffic: trafficOf({ lines: 4, accepted: 4 }) }));
  ledger.take(0, delta({}));
  expect(ledger.totals()).toMatchObject({ lines: 4, accepted: 4 });
});

test("what a shard had received and not handed over when it died is lost, and its totals go on after the restart", () => {
  const ledger = createLedger();
  ledger.take(0, delta({ traffic: trafficOf({ datagrams: 10, bytes: 100, lines: 10, accepted: 10, drains: 2 }) }));
  ledger.bury(0, { datagrams: 13, bytes: 130, lines: 14 });
  expect(ledger.status()).toMatchObject({ received: 14, accepted: 10, lostWithShard: 4, balance: 0 });
  ledger.take(0, delta({ traffic: trafficOf({ datagrams: 1, bytes: 7, lines: 1, accepted: 1, drains: 1 }) }));
  ledger.bury(0, { datagrams: 3, bytes: 17, lines: 3 });
  expect(ledger.status()).toMatchObject({ received: 17, accepted: 11, lostWithShard: 6, balance: 0 });
  expect(ledger.traffic(0)).toMatchObject({ datagrams: 16, bytes: 147, lines: 17, drains: 3 });
});

test("the examples of refused lines are the last ones, newest first", () => {
  const ledger = createLedger();
  ledger.take(0, delta({ rejects: [example("1"), example("2")] }));
  ledger.take(1, delta({ rejects: Array.from({ length: EXAMPLES_MAX - 1 }, (_, index) => example(`x${index}`)) }));
  const lines = ledger.status().rejects.map(({ line }) => line);
  expect(lines).toHaveLength(EXAMPLES_MAX);
  expect([lines[0], lines.at(-1)]).toEqual([`x${EXAMPLES_MAX - 2}`, "2"]);
});

test("a shard that was never heard of has no traffic and no memory", () => {
  expect(createLedger().traffic(7)).toEqual(NONE);
  expect(createLedger().memory(7)).toMatchObject({ bytes: 0, keys: 0 });
});
