import { REJECT_REASONS } from "../model/reject.ts";
import type { RejectReason } from "../model/reject.ts";
import type { LastReject, Measures, Sender, SenderSummary } from "../model/sender.ts";
import { formatSender, WORDS } from "./sender-key.ts";
import { COLUMN, COLUMNS } from "./sender-table.ts";

/**
 * The senders that matter of one shard, as they cross to the main thread: rows of the shard's table. Objects with names of some
 * thousand senders would hold the shard for milliseconds, once a second, and mostly nobody asks.
 */
export interface SenderColumns {
  readonly totals: Measures;
  readonly absentMax: Measures;
  /** Who each is: `WORDS` of it. */
  readonly words: Int32Array;
  /** `COLUMNS` of each, in the order of `words`. */
  readonly numbers: Float64Array;
  /** Rejects by reason code: a row of each that has rejects, in the same order. */
  readonly reasons: Float64Array;
  /** The last refused line of each that has a `rejectCode`, in the same order. */
  readonly lines: readonly string[];
}

/** What is transferred, not cloned, when columns are posted. */
export function buffersOf({ words, numbers, reasons }: SenderColumns): ArrayBuffer[] {
  return [words, numbers, reasons].map(({ buffer }) => buffer as ArrayBuffer);
}

/** The summary that `columns` hold. Its senders are made when they are asked for, once. */
export function readSummary(columns: SenderColumns): SenderSummary {
  const { totals, absentMax } = columns;
  let senders: readonly Sender[] | undefined;
  return {
    totals,
    get senders() {
      return (senders ??= readSenders(columns));
    },
    absentMax,
  };
}

function readSenders({ words, numbers, reasons, lines }: SenderColumns): Sender[] {
  let row = 0;
  let line = 0;
  return Array.from({ length: words.length / WORDS }, (_, index) => {
    const at = index * COLUMNS;
    const measures = measuresAt(numbers, at);
    const code = numbers[at + COLUMN.rejectCode] as number;
    return {
      sender: formatSender(words, index * WORDS),
      ...measures,
      lastPort: numbers[at + COLUMN.port] as number,
      firstSeen: numbers[at + COLUMN.firstSeen] as number,
      lastSeen: numbers[at + COLUMN.lastSeen] as number,
      rejected: measures.rejects === 0 ? {} : rejectedAt(reasons, row++),
      lastReject: code === 0 ? undefined : lastReject(code, lines[line++] as string, numbers, at),
      errorMax: measuresAt(numbers, at + COLUMN.missed),
    };
  });
}

function rejectedAt(reasons: Float64Array, row: number): Sender["rejected"] {
  const rejected: Partial<Record<RejectReason, number>> = {};
  for (let code = 1; code < REJECT_REASONS.length; code++) {
    const count = reasons[row * REJECT_REASONS.length + code] as number;
    if (count > 0) rejected[REJECT_REASONS[code] as RejectReason] = count;
  }
  return rejected;
}

function lastReject(code: number, line: string, numbers: Float64Array, at: number): LastReject {
  return { reason: REJECT_REASONS[code] as RejectReason, line, time: numbers[at + COLUMN.rejectTime] as number };
}

/** Five numbers in the order of `MEASURES`. */
export function measuresAt(numbers: Float64Array, at: number): Measures {
  return {
    datagrams: numbers[at] as number,
    lines: numbers[at + 1] as number,
    bytes: numbers[at + 2] as number,
    rejects: numbers[at + 3] as number,
    newSeries: numbers[at + 4] as number,
  };
}
