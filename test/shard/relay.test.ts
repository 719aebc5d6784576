import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BatchPlace } from "../../src/model/batch.ts";
import { createIntake } from "../../src/shard/intake.ts";
import { Relay } from "../../src/shard/relay.ts";
import { relayedSink } from "../../src/shard/relayed-sink.ts";
import type { BatchSink } from "../../src/transport/batch/loop.ts";
import { Outcomes } from "../../src/transport/relay/outcomes.ts";
import { shardOptions } from "../support/shard-options.ts";

interface Rig {
  readonly relay: Relay;
  /** What was sent: bytes as latin1, and how many lines they were said to be. */
  readonly sent: [text: string, lines: number][];
  readonly outcomes: Outcomes;
}

function rig(packetBytesMax: number, requiresEnd = false): Rig {
  const sent: [string, number][] = [];
  const outcomes = new Outcomes();
  const packet = Buffer.alloc(packetBytesMax);
  const socket = {
    packet,
    outcomes,
    fds: [],
    send: (length: number, lines: number) => void sent.push([packet.toString("latin1", 0, length), lines]),
    close: () => Promise.resolve(),
  };
  return { relay: new Relay(socket, requiresEnd), sent, outcomes };
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

test("lines go as they came, good or bad, each with its line feed; a packet goes when the next line does not fit", () => {
  const { relay, sent } = rig(18);
  relay.take(bytes("a:1|c\nb:2|c\r\n\n\r\nbad"));
  relay.take(bytes("c:3|ms"));
  expect(sent).toEqual([["a:1|c\nb:2|c\nbad\n", 3]]);
  relay.flush();
  expect(sent.slice(1)).toEqual([["c:3|ms\n", 1]]);
});

test("a packet may be as long as the limit, and not a byte longer", () => {
  const { relay, sent } = rig(10);
  relay.take(bytes("abcd\nefgh\ni\n"));
  relay.flush();
  expect(sent).toEqual([
    ["abcd\nefgh\n", 2],
    ["i\n", 1],
  ]);
});

test("a line that is longer than a packet with its line feed is counted and left out; one that just fits goes", () => {
  const { relay, sent, outcomes } = rig(8);
  relay.take(bytes("a\n1234567\n12345678\nb"));
  relay.flush();
  expect(sent).toEqual([
    ["a\n", 1],
    ["1234567\n", 1],
    ["b\n", 1],
  ]);
  expect(outcomes.counts.longLines).toBe(1);
});

test("nothing is sent where nothing waits", () => {
  const { relay, sent } = rig(100);
  relay.flush();
  relay.take(bytes("\n\r\n"));
  relay.take(bytes(""));
  relay.flush();
  expect(sent).toEqual([]);
});

test("where lines must end, what was cut off is not made to look whole", () => {
  const { relay, sent } = rig(100, true);
  relay.take(bytes("a:1|c\nb:2|m"));
  relay.take(bytes("c:3|c\n"));
  relay.flush();
  expect(sent).toEqual([["a:1|c\nc:3|c\n", 2]]);
});

test("whatever comes: packets keep the limit, and hold the lines in order, less the empty and the long ones", () => {
  const datagram = fc.string({ unit: fc.constantFrom("a", "b", "\xff", "\n", "\r", "|"), maxLength: 40 });
  fc.assert(
    fc.property(fc.array(datagram), fc.integer({ min: 2, max: 30 }), (datagrams, packetBytesMax) => {
      const { relay, sent, outcomes } = rig(packetBytesMax);
      for (const text of datagrams) relay.take(bytes(text));
      relay.flush();
      const lines = datagrams.flatMap((text) => text.split("\n").map((line) => line.replace(/\r$/, "")));
      const [short, long] = [
        lines.filter((line) => line !== "" && line.length < packetBytesMax),
        lines.filter((line) => line.length >= packetBytesMax),
      ];
      expect(sent.map(([text]) => text).join("")).toBe(short.map((line) => `${line}\n`).join(""));
      expect(sent.reduce((sum, [, count]) => sum + count, 0)).toBe(short.length);
      expect(outcomes.counts.longLines).toBe(long.length);
      for (const [text] of sent) expect(text.length).toBeLessThanOrEqual(packetBytesMax);
    }),
  );
});

describe("beside an intake", () => {
  test("what is taken goes both ways; what a stream refused goes to the intake alone", () => {
    const { relay, sent } = rig(100);
    const intake = createIntake(shardOptions(), () => 1_000);
    const sink = relayedSink(intake, relay);
    sink.take(bytes("a:1|c\nbad\n"), "10.0.0.1", 1);
    sink.refuse("line_too_long", bytes("b:1111"), "10.0.0.1", 1);
    relay.flush();
    expect(sent).toEqual([["a:1|c\nbad\n", 2]]);
    expect(intake.received).toMatchObject({ datagrams: 1, lines: 3 });
  });

  function batchIn({ memory }: BatchSink, texts: readonly string[]): BatchPlace {
    const slotStride = 4_096;
    const place = {
      headers: memory.reserve(64 * texts.length),
      names: memory.reserve(128 * texts.length),
      slots: memory.reserve(slotStride * texts.length),
      slotStride,
      nameBytes: 128,
    };
    for (const [index, text] of texts.entries()) {
      new DataView(memory.heap.buffer).setUint32(place.headers + 64 * index + 56, text.length, true);
      memory.heap.set(bytes(text), place.slots + slotStride * index);
    }
    return place;
  }

  test("of a batch that is taken in pieces, each message once", () => {
    const { relay, sent } = rig(60_000);
    const sink = relayedSink(
      createIntake(shardOptions(), () => 1_000),
      relay,
    );
    const texts = Array.from({ length: 4 }, (_, m) =>
      Array.from({ length: 200 }, (_, i) => `n${m}.${i}:1|c`).join("\n"),
    );
    const place = batchIn(sink, texts);
    const stops: number[] = [];
    for (let next = 0; next < texts.length; stops.push(next)) next = sink.takeBatch(place, next, texts.length);
    expect(stops.length).toBeGreaterThan(1);
    relay.flush();
    expect(sent).toEqual([[`${texts.join("\n")}\n`, 800]]);
  });

  test("of a batch, the messages that were asked for", () => {
    const { relay, sent } = rig(1_000);
    const intake = createIntake(shardOptions(), () => 1_000);
    const sink = relayedSink(intake, relay);
    const texts = ["a:1|c\nb:1|c", "c:1|c", "", "d:1|c\n", "e"];
    const place = batchIn(sink, texts);
    expect(sink.takeBatch(place, 1, texts.length)).toBe(texts.length);
    expect(sink.takeBatch(place, 0, 1)).toBe(1);
    relay.flush();
    expect(sent).toEqual([["c:1|c\nd:1|c\ne\na:1|c\nb:1|c\n", 5]]);
    expect(intake.received).toMatchObject({ datagrams: 5, lines: 5 });
  });
});
