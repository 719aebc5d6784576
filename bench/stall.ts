import { setImmediate as nextTurn } from "node:timers/promises";
import { serialize } from "node:v8";
import { keepHeapSmall } from "../src/cli/heap.ts";
import type { BatchPlace } from "../src/model/batch.ts";
import { createIntake } from "../src/shard/intake.ts";
import type { Intake } from "../src/shard/intake.ts";
import { shardOptions } from "../test/support/shard-options.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";

/** The largest that UDP carries. */
const DATAGRAM_BYTES = 65_507;
const MESSAGES: Readonly<Record<Size, number>> = { small: 4, full: 128 };
const HEADER_BYTES = 64;
const LENGTH = 56;
const NAME_BYTES = 128;
const LIMITS = { seriesMax: 10_000_000, keysMax: 10_000_000, keyBytesMax: 8_192 };
const SERIES: Readonly<Record<Size, number>> = { small: 100, full: 20_000 };
const ROUNDS: Readonly<Record<Size, number>> = { small: 2, full: 5 };

/** What costs a shard most for the bytes it takes: each makes line `n`, all different where that is dearer. */
const INPUTS: Readonly<Record<string, (n: number) => string>> = {
  "new names": (n) => `n${n}:1|c`,
  "new names with 8 KiB of tags": (n) =>
    `n:1|c|#${Array.from({ length: 1_300 }, (_, tag) => `${(tag * 7_919 + n) % 99_991}`).join(",")}`,
  "known names": (n) => `known${n % 100}:1|ms`,
  "broken lines": (n) => `broken${n}`,
  "numbers with exponents": (n) => `known${n % 100}:1e${n % 9}|ms`,
  "packed numbers with exponents": () => `known:${Array.from({ length: 16_000 }, () => "1e2").join(":")}|ms`,
  "pairs with exponents": () => `known:${Array.from({ length: 9_000 }, () => "1e2|c").join(":")}`,
  "packed numbers": () => `known:${Array.from({ length: 32_000 }, (_, i) => `${i % 9}`).join(":")}|ms`,
  "members of a set": (n) => `set:${n}|s`,
  "timestamped lines": (n) => `t${n}:1|c|T1656581400`,
  "packed values with a timestamp": () => `t:${Array.from({ length: 32_000 }, () => "1").join(":")}|c|T1656581400`,
  events: (n) => `_e{5,1}:title|t|#a:${n}`,
  "events of 64 KiB": () => `_e{1,65400}:t|${"x".repeat(65_400)}`,
  "service checks": (n) => `_sc|check${n}|0|#a:${n}`,
};

/** How long can what the network sends, or a drain, keep a shard from its next message? */
export async function benchStall(size: Size): Promise<BenchResult> {
  // As the server does: the garbage collector's pauses are a part of what is measured.
  keepHeapSmall();
  const rows: Row[] = [];
  const results: unknown[] = [];
  for (const [name, line] of Object.entries(INPUTS)) {
    const datagrams = Array.from({ length: ROUNDS[size] }, (_, round) => datagramOf(line, round * 20_000));
    const one = newIntake();
    const single: number[] = [];
    for (const datagram of datagrams) single.push(await longestOf(one, datagram));
    const many = newIntake();
    const place = placeFor(many, MESSAGES[size]);
    const batch = datagrams.map((datagram) => longestOfBatch(many, place, MESSAGES[size], datagram));
    const value = Math.max(median(single), median(batch));
    const note = `one datagram ${spread(single)}, a batch of ${MESSAGES[size]} ${spread(batch)}`;
    rows.push({ name, value, unit: "ms", note });
    results.push([name, one.received.datagrams, many.received.datagrams]);
  }
  const drains: number[] = [];
  for (let round = 0; round < ROUNDS[size]; round++) drains.push(await longestOfDrain(SERIES[size]));
  const name = `a drain of ${SERIES[size].toLocaleString("en-US")} histograms of 200 samples`;
  rows.push({ name, value: median(drains), unit: "ms", note: `its longest piece, ${spread(drains)}` });
  return {
    question: "How long does hostile input, 64 KiB in each datagram, hold a shard without a pause?",
    rows,
    hash: resultHash(results),
  };
}

/** What it has to tell between drains is turned into bytes, as for the main thread. */
function newIntake(): Intake {
  return createIntake(shardOptions(LIMITS), Date.now, undefined, (part) => void serialize(part));
}

/** As many lines as fit, from line `n` on. */
function datagramOf(line: (n: number) => string, n: number): Buffer {
  const lines: string[] = [];
  for (let bytes = -1, at = n; ; at++) {
    const next = line(at);
    bytes += next.length + 1;
    if (bytes > DATAGRAM_BYTES) return Buffer.from(lines.join("\n"));
    lines.push(next);
  }
}

async function longestOf(intake: Intake, datagram: Buffer): Promise<number> {
  let longest = timeOf(() => intake.take(datagram, "10.0.0.1", 4_321));
  while (!intake.isUpToDate) {
    const before = performance.now();
    await nextTurn();
    longest = Math.max(longest, performance.now() - before);
  }
  return longest;
}

function placeFor(intake: Intake, messages: number): BatchPlace {
  const headers = intake.memory.reserve(messages * HEADER_BYTES);
  const names = intake.memory.reserve(messages * NAME_BYTES);
  const slotStride = DATAGRAM_BYTES + 64 - (DATAGRAM_BYTES % 64);
  return { headers, names, slots: intake.memory.reserve(messages * slotStride), slotStride, nameBytes: NAME_BYTES };
}

function longestOfBatch(intake: Intake, place: BatchPlace, messages: number, datagram: Buffer): number {
  for (let message = 0; message < messages; message++) {
    const { heap } = intake.memory;
    heap.set(datagram, place.slots + message * place.slotStride);
    new DataView(heap.buffer).setUint32(place.headers + message * HEADER_BYTES + LENGTH, datagram.length, true);
  }
  let longest = 0;
  for (let next = 0; next < messages;) {
    longest = Math.max(
      longest,
      timeOf(() => (next = intake.takeBatch(place, next, messages))),
    );
  }
  return longest;
}

async function longestOfDrain(series: number): Promise<number> {
  const intake = newIntake();
  const values = Array.from({ length: 200 }, (_, i) => 1 + i * 5).join(":");
  for (let n = 0; n < series; n += 50) {
    const lines = Array.from({ length: Math.min(50, series - n) }, (_, i) => `h${n + i}:${values}|h`);
    intake.take(Buffer.from(lines.join("\n")), "", 0);
    while (!intake.isUpToDate) await nextTurn();
  }
  // Not the first: that one carries the definitions of all series.
  await intake.drain(
    1,
    () => {},
    async () => {},
  );
  for (let n = 0; n < series; n += 50) {
    const lines = Array.from({ length: Math.min(50, series - n) }, (_, i) => `h${n + i}:${values}|h`);
    intake.take(Buffer.from(lines.join("\n")), "", 0);
  }
  let longest = 0;
  let last = performance.now();
  const look = (): void => void (longest = Math.max(longest, performance.now() - last));
  await intake.drain(
    2,
    () => {},
    async () => {
      look();
      await nextTurn();
      last = performance.now();
    },
  );
  look();
  return longest;
}

function timeOf(work: () => void): number {
  const before = performance.now();
  work();
  return performance.now() - before;
}

function spread(times: readonly number[]): string {
  return `${median(times).toFixed(2)} (${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)})`;
}
