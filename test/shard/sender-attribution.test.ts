import { describe, expect, test } from "vitest";
import type { SenderSummary } from "../../src/model/sender.ts";
import { createIntake } from "../../src/shard/intake.ts";
import { SENDER_SUMMARY_MS } from "../../src/shard/limits.ts";
import type { ShardDelta } from "../../src/shard/message.ts";
import { readSummary } from "../../src/shard/sender-columns.ts";
import type { SenderColumns } from "../../src/shard/sender-columns.ts";
import { manualClock } from "../support/manual-clock.ts";
import { shardOptions } from "../support/shard-options.ts";

function station() {
  const clock = manualClock();
  const intake = createIntake(shardOptions(), clock.nowMs);
  return {
    clock,
    intake,
    take: (text: string | Uint8Array, address = "10.0.0.1", port = 5_000) =>
      intake.take(Buffer.from(text), address, port),
    async drain(): Promise<ShardDelta[]> {
      const parts: ShardDelta[] = [];
      await intake.drain(
        1,
        (part) => parts.push(part),
        async () => {},
      );
      return parts;
    },
  };
}

const told = (parts: readonly ShardDelta[]): SenderColumns | undefined => parts.at(-1)?.senders;
const summary = (parts: readonly ShardDelta[]): SenderSummary => readSummary(told(parts) as SenderColumns);

describe("an intake", () => {
  test("ascribes datagrams, lines, bytes, rejects and new keys to who sent them", async () => {
    const { take, drain } = station();
    take("a:1|c\nb:1|c\nbroken", "10.0.0.1");
    take("a:1|c\n", "10.0.0.2");
    take("a:x|c\nc:1|c", "10.0.0.1", 5_001);
    const { senders, totals } = summary(await drain());
    expect(senders).toMatchObject([
      {
        sender: "10.0.0.1",
        datagrams: 2,
        lines: 5,
        bytes: 29,
        rejects: 2,
        newSeries: 3,
        lastPort: 5_001,
        rejected: { no_colon: 1, bad_value: 1 },
        lastReject: { reason: "no_colon", line: "broken" },
      },
      { sender: "10.0.0.2", datagrams: 1, lines: 1, bytes: 6, rejects: 0, newSeries: 0, lastReject: undefined },
    ]);
    expect(totals).toEqual({ datagrams: 3, lines: 6, bytes: 35, rejects: 2, newSeries: 3 });
  });

  test("has the same totals as the books, also for what a stream refuses", async () => {
    const { take, drain, intake } = station();
    take("a:1|c\nbroken");
    intake.refuse("line_too_long", Buffer.from("xxxx"), "10.0.0.3", 9);
    const parts = await drain();
    const { datagrams, lines, bytes, rejected } = parts.at(-1)?.traffic ?? {};
    expect(summary(parts).totals).toMatchObject({ datagrams, lines, bytes, rejects: 2 });
    expect(rejected).toMatchObject({ no_colon: 1, line_too_long: 1 });
    expect(summary(parts).senders[1]).toMatchObject({
      sender: "10.0.0.3",
      rejected: { line_too_long: 1 },
      lines: 1,
      datagrams: 0,
    });
  });

  test("keeps hostile lines short, harmless and without secrets", async () => {
    const { take, drain } = station();
    const hostile = Buffer.from(`<b>\u001b[2J\u0000"api_key=0123456789abcdef0123456789abcdef ${"é".repeat(5_000)}`);
    take(hostile);
    const { line } = summary(await drain()).senders[0]?.lastReject ?? { line: "" };
    expect(line.length).toBeLessThan(500);
    expect(line).toContain("\\x1b[2J\\x00");
    // oxlint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001f]|0123456789abcdef/);
  });

  test("tells of senders on the last part of a drain, once a second at most, and only when there is news", async () => {
    const { take, drain, clock } = station();
    take("a:1|c");
    const first = await drain();
    expect(first.slice(0, -1).map(({ senders }) => senders)).toEqual(first.slice(1).map(() => undefined));
    expect(told(first)).toBeDefined();
    take("a:1|c");
    expect(told(await drain())).toBeUndefined();
    clock.advance(SENDER_SUMMARY_MS);
    expect(told(await drain())?.totals.datagrams).toBe(2);
    clock.advance(SENDER_SUMMARY_MS);
    expect(told(await drain())).toBeUndefined();
  });
});
