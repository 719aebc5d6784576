import { REJECT_REASONS } from "../model/reject.ts";
import { MEASURES } from "../model/sender.ts";
import { select } from "../std/select.ts";
import { SENDER_SUMMARY_MAX } from "./limits.ts";
import { measuresAt } from "./sender-columns.ts";
import type { SenderColumns } from "./sender-columns.ts";
import { WORDS } from "./sender-key.ts";
import { COLUMN, COLUMNS, MEASURE } from "./sender-table.ts";
import type { SenderTable } from "./sender-table.ts";

const REASONS = REJECT_REASONS.length;

/** The first `SENDER_SUMMARY_MAX` senders of each measure, and a bound for all others. `totals` in the order of `MEASURES`. */
export function summarize(table: SenderTable, totals: Float64Array): SenderColumns {
  const { keys, numbers, reasons, lines } = table;
  const isChosen = choose(table);
  const absentMax = Float64Array.from(table.goneMax);
  const chosen: number[] = [];
  for (let entry = 0; entry < table.size; entry++) {
    if (isChosen[entry] === 1) chosen.push(entry);
    else widen(absentMax, numbers, entry);
  }
  const refused = chosen.filter((entry) => (numbers[entry * COLUMNS + MEASURE.rejects] as number) > 0);
  const quoted = refused.filter((entry) => numbers[entry * COLUMNS + COLUMN.rejectCode] !== 0);
  return {
    totals: measuresAt(totals, 0),
    absentMax: measuresAt(absentMax, 0),
    words: copyRows(keys, new Int32Array(chosen.length * WORDS), chosen, WORDS),
    numbers: copyRows(numbers, new Float64Array(chosen.length * COLUMNS), chosen, COLUMNS),
    reasons: copyRows(reasons, new Float64Array(refused.length * REASONS), refused, REASONS),
    lines: quoted.map((entry) => lines[entry] as string),
  };
}

/** Marks the entries that are among the first in at least one measure. */
function choose(table: SenderTable): Uint8Array {
  const { size } = table;
  const isChosen = new Uint8Array(size);
  if (size <= SENDER_SUMMARY_MAX) return isChosen.fill(1);
  const scratch = new Float64Array(size);
  for (let measure = 0; measure < MEASURES.length; measure++) chooseBy(measure, table, isChosen, scratch);
  return isChosen;
}

/** Those with 0 are never among the first. */
function chooseBy(measure: number, { size, numbers }: SenderTable, isChosen: Uint8Array, scratch: Float64Array): void {
  let some = 0;
  for (let entry = 0; entry < size; entry++) {
    const value = numbers[entry * COLUMNS + measure] as number;
    if (value > 0) scratch[some++] = value;
  }
  const least = some > SENDER_SUMMARY_MAX ? select(scratch.subarray(0, some), some - SENDER_SUMMARY_MAX) : 1;
  let left = SENDER_SUMMARY_MAX;
  // Those above the least one first, so that ties cannot crowd them out.
  for (const isTie of [false, true]) {
    for (let entry = 0; entry < size && left > 0; entry++) {
      const value = numbers[entry * COLUMNS + measure] as number;
      if (isTie ? value !== least : value <= least) continue;
      isChosen[entry] = 1;
      left--;
    }
  }
}

/** Nobody who is left out may have sent more than `absentMax`. */
function widen(absentMax: Float64Array, numbers: Float64Array, entry: number): void {
  for (let measure = 0; measure < MEASURES.length; measure++) {
    const at = entry * COLUMNS + measure;
    const most = (numbers[at] as number) + (numbers[at + COLUMN.missed] as number);
    if (most > (absentMax[measure] as number)) absentMax[measure] = most;
  }
}

function copyRows<Rows extends Int32Array | Float64Array>(
  source: Rows,
  target: Rows,
  entries: readonly number[],
  width: number,
): Rows {
  let to = 0;
  for (const entry of entries) {
    for (let column = 0; column < width; column++) target[to++] = source[entry * width + column] as number;
  }
  return target;
}
