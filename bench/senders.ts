import { createSenders } from "../src/shard/senders.ts";
import type { Senders } from "../src/shard/senders.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";

const BATCH = 1_024;
const HEADER_BYTES = 64;
const NAME_BYTES = 128;
const SENDERS_MAX = 1_000;
const BATCHES: Readonly<Record<Size, number>> = { small: 4, full: 400 };
const ROUNDS: Readonly<Record<Size, number>> = { small: 2, full: 9 };

interface Case {
  readonly name: string;
  /** Distinct senders; datagrams alternate among them. */
  readonly senders: number;
  readonly isIpv6: boolean;
}

const CASES: readonly Case[] = [
  { name: "one sender", senders: 1, isIpv6: false },
  { name: "one sender, IPv6", senders: 1, isIpv6: true },
  { name: "alternating among 2", senders: 2, isIpv6: false },
  { name: "alternating among 1,000", senders: 1_000, isIpv6: false },
  { name: "alternating among 1,000, IPv6", senders: 1_000, isIpv6: true },
  { name: "never seen before (forged)", senders: Infinity, isIpv6: false },
];

/** What does it cost to know who sends what? */
export function benchSenders(size: Size): BenchResult {
  const rows: Row[] = [];
  const results: unknown[] = [];
  for (const what of CASES) {
    const senders = createSenders({ sendersMax: SENDERS_MAX, keySeed: 0x1234_5678_9abc_def0n, nowMs: () => 1_000 });
    const times = measure(size, what, senders);
    rows.push({ name: `batch, ${what.name}`, value: median(times), unit: "ns/datagram", note: spread(times) });
    results.push([what.name, senders.summary().totals]);
  }
  const full = createSenders({ sendersMax: SENDERS_MAX, keySeed: 0x1234_5678_9abc_def0n, nowMs: () => 1_000 });
  measure("small", { name: "", senders: 1_900, isIpv6: false }, full);
  const times = Array.from({ length: ROUNDS[size] * 5 }, () => timeOf(() => full.summary()) / 1_000);
  rows.push({ name: "a summary of a full table", value: median(times), unit: "µs", note: spread(times) });
  return {
    question: "What does it cost to count each datagram for its sender, where a batch lies in memory?",
    rows,
    hash: resultHash(results),
  };
}

/** Nanoseconds per datagram, one number for each round. */
function measure(size: Size, { senders: distinct, isIpv6 }: Case, senders: Senders): number[] {
  const buffer = new DataView(new ArrayBuffer(BATCH * (HEADER_BYTES + NAME_BYTES)));
  const namesOffset = BATCH * HEADER_BYTES;
  for (let index = 0; index < BATCH; index++) {
    buffer.setUint32(index * HEADER_BYTES + 56, 50, true);
    buffer.setUint32(index * HEADER_BYTES + 60, 1, true);
  }
  let next = 0;
  const fill = (): void => {
    for (let index = 0; index < BATCH; index++) {
      writeName(buffer, namesOffset + index * NAME_BYTES, isIpv6, distinct === Infinity ? next++ : next++ % distinct);
    }
  };
  const round = (): number => {
    let elapsed = 0;
    for (let batch = 0; batch < BATCHES[size]; batch++) {
      fill();
      elapsed += timeOf(() => senders.takeBatch(buffer, 0, namesOffset, BATCH));
    }
    return elapsed / (BATCH * BATCHES[size]);
  };
  round();
  return Array.from({ length: ROUNDS[size] }, round);
}

function writeName(buffer: DataView, at: number, isIpv6: boolean, sender: number): void {
  buffer.setUint16(at, isIpv6 ? 10 : 2, true);
  buffer.setUint16(at + 2, 40_000 + (sender % 20_000), false);
  if (isIpv6) buffer.setUint32(at + 8, 0x20010db8, false);
  buffer.setUint32(at + (isIpv6 ? 20 : 4), 0x0a000000 + sender, false);
}

function timeOf(task: () => void): number {
  const start = performance.now();
  task();
  return (performance.now() - start) * 1e6;
}

function spread(numbers: readonly number[]): string {
  return `${Math.min(...numbers).toFixed(1)}–${Math.max(...numbers).toFixed(1)} over ${numbers.length} rounds`;
}
