import { expect, test } from "vitest";
import { createRelayBook } from "../../src/flush/relay.ts";
import { zeroRelayCounts } from "../../src/model/relay.ts";
import type { RelayCounts } from "../../src/model/relay.ts";

const TARGET = "udp://10.0.0.1:8125";
const counts = (more: Partial<RelayCounts>): RelayCounts => ({ ...zeroRelayCounts(), ...more });

test("shards add up; a later reading of one replaces the earlier", () => {
  const book = createRelayBook(TARGET);
  book.take(0, counts({ packets: 1, lines: 9 }));
  book.take(0, counts({ packets: 2, lines: 20, longLines: 1 }));
  book.take(1, counts({ lines: 5, refusals: 3, dropped: { ...zeroRelayCounts().dropped, no_room: 7 } }));
  expect(book.status()).toEqual({
    target: TARGET,
    packets: 2,
    lines: 25,
    longLines: 1,
    refusals: 3,
    dropped: { ...zeroRelayCounts().dropped, no_room: 7 },
  });
});

test("what a dead shard has counted stays", () => {
  const book = createRelayBook(TARGET);
  book.take(0, counts({ lines: 4, dropped: { ...zeroRelayCounts().dropped, refused: 2 } }));
  book.bury(0);
  book.bury(0);
  book.take(0, counts({ lines: 1, dropped: { ...zeroRelayCounts().dropped, refused: 1 } }));
  expect(book.status()).toMatchObject({ lines: 5, dropped: { refused: 3 } });
});

test("where nothing is relayed there is nothing to tell", () => {
  expect(createRelayBook(undefined).status()).toBeUndefined();
});
