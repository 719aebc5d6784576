import { REJECT_REASONS } from "../model/reject.ts";
import type { RejectReason } from "../model/reject.ts";
import { MEASURES } from "../model/sender.ts";
import type { LastReject, Measures, Sender, SenderSummary } from "../model/sender.ts";
import { SENDER_SUMMARY_MAX } from "./limits.ts";
import { formatSender } from "./sender-key.ts";
import { COLUMN, COLUMNS } from "./sender-table.ts";
import type { SenderTable } from "./sender-table.ts";

/** The first `SENDER_SUMMARY_MAX` senders of each measure, and a bound for all others. `totals` in the order of `MEASURES`. */
export function summarize(table: SenderTable, totals: Float64Array): SenderSummary {
  const chosen = choose(table);
  const absentMax = Float64Array.from(table.goneMax);
  const senders: Sender[] = [];
  for (let entry = 0; entry < table.size; entry++) {
    if (chosen[entry] === 1) {
      senders.push(readSender(table, entry));
      continue;
    }
    for (let measure = 0; measure < MEASURES.length; measure++) {
      const at = entry * COLUMNS + measure;
      const most = (table.numbers[at] as number) + (table.numbers[at + COLUMN.missed] as number);
      absentMax[measure] = Math.max(absentMax[measure] as number, most);
    }
  }
  return { totals: measuresAt(totals, 0), senders, absentMax: measuresAt(absentMax, 0) };
}

/** Marks the entries that are among the first in at least one measure. */
function choose(table: SenderTable): Uint8Array {
  const { size, numbers } = table;
  const chosen = new Uint8Array(size);
  if (size <= SENDER_SUMMARY_MAX) return chosen.fill(1);
  const sorted = new Float64Array(size);
  for (let measure = 0; measure < MEASURES.length; measure++) {
    for (let entry = 0; entry < size; entry++) sorted[entry] = numbers[entry * COLUMNS + measure] as number;
    sorted.sort();
    const least = Math.max(sorted[size - SENDER_SUMMARY_MAX] as number, 1);
    let left = SENDER_SUMMARY_MAX;
    // Those above the least one first, so that ties cannot crowd them out.
    for (const isTie of [false, true]) {
      for (let entry = 0; entry < size && left > 0; entry++) {
        const value = numbers[entry * COLUMNS + measure] as number;
        if (isTie ? value !== least : value <= least) continue;
        chosen[entry] = 1;
        left--;
      }
    }
  }
  return chosen;
}

function readSender({ keys, numbers, reasons, lines }: SenderTable, entry: number): Sender {
  const at = entry * COLUMNS;
  const codes = reasons.subarray(entry * REJECT_REASONS.length, (entry + 1) * REJECT_REASONS.length);
  return {
    sender: formatSender(keys, entry * 4),
    ...measuresAt(numbers, at),
    lastPort: numbers[at + COLUMN.port] as number,
    firstSeen: numbers[at + COLUMN.firstSeen] as number,
    lastSeen: numbers[at + COLUMN.lastSeen] as number,
    rejected: rejectedOf(codes),
    lastReject: lastRejectOf(lines[entry] as string, numbers, at),
    errorMax: measuresAt(numbers, at + COLUMN.missed),
  };
}

function rejectedOf(codes: Float64Array): Sender["rejected"] {
  const rejected: Partial<Record<RejectReason, number>> = {};
  for (const [code, count] of codes.entries()) {
    if (count > 0) rejected[REJECT_REASONS[code] as RejectReason] = count;
  }
  return rejected;
}

function lastRejectOf(line: string, numbers: Float64Array, at: number): LastReject | undefined {
  const code = numbers[at + COLUMN.rejectCode] as number;
  if (code === 0) return undefined;
  return { reason: REJECT_REASONS[code] as RejectReason, line, time: numbers[at + COLUMN.rejectTime] as number };
}

/** Five numbers in the order of `MEASURES`. */
function measuresAt(numbers: Float64Array, at: number): Measures {
  return {
    datagrams: numbers[at] as number,
    lines: numbers[at + 1] as number,
    bytes: numbers[at + 2] as number,
    rejects: numbers[at + 3] as number,
    newSeries: numbers[at + 4] as number,
  };
}
