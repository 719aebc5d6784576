import { expect, test } from "vitest";
import { createListenerBook } from "../../src/flush/listeners.ts";
import { zeroCounters } from "../../src/model/transport.ts";
import type { TransportCounters } from "../../src/model/transport.ts";

const TCP = "tcp://127.0.0.1:8125";

function reading(counters: Partial<TransportCounters>, url = TCP): { url: string; counters: TransportCounters } {
  return { url, counters: { ...zeroCounters(), ...counters } };
}

test("readings of one listener in several shards add up; other listeners stand apart", () => {
  const book = createListenerBook();
  book.take(0, [reading({ truncated: 2 }), reading({ truncated: 5 }, "unixgram:///a")]);
  book.take(1, [reading({ truncated: 3 })]);
  expect(book.status().map(({ url, counters }) => [url, counters.truncated])).toEqual([
    [TCP, 5],
    ["unixgram:///a", 5],
  ]);
});

test("a later reading replaces an earlier one: they are totals", () => {
  const book = createListenerBook();
  book.take(0, [reading({ connections_accepted: 2 })]);
  book.take(0, [reading({ connections_accepted: 7 })]);
  expect(book.status()[0]?.counters.connections_accepted).toBe(7);
});

test("what a dead shard has counted stays, and its connections are gone", () => {
  const book = createListenerBook();
  book.take(0, [reading({ connections_accepted: 4, connections_open: 4 })]);
  book.bury(0);
  expect(book.status()[0]?.counters).toMatchObject({ connections_accepted: 4, connections_open: 0 });
  book.take(0, [reading({ connections_accepted: 1, connections_open: 1 })]);
  expect(book.status()[0]?.counters).toMatchObject({ connections_accepted: 5, connections_open: 1 });
});
