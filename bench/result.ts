import { createHash } from "node:crypto";
import { cpus } from "node:os";

export interface Row {
  readonly name: string;
  /** One number, the median where a bench measures several rounds. */
  readonly value: number;
  readonly unit: string;
  /** Spread, loss, or whatever makes the number readable. */
  readonly note: string;
}

/** What a bench answers: numbers that drift with the machine, and a hash of results that must not. */
export interface BenchResult {
  readonly question: string;
  readonly rows: readonly Row[];
  /** Of the aggregated numbers: the same for the same size on every machine. */
  readonly hash: string;
}

/** `small` runs in the tests, `full` is what the results table holds. */
export type Size = "small" | "full";

export function median(numbers: readonly number[]): number {
  const ascending = [...numbers].sort((a, b) => a - b);
  const middle = ascending.length >> 1;
  return ascending.length % 2 === 1
    ? (ascending[middle] as number)
    : ((ascending[middle - 1] as number) + (ascending[middle] as number)) / 2;
}

export function resultHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

/** One line about the machine: numbers mean nothing without it. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? "unknown CPU"}, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** A markdown table of a bench. */
export function markdown(result: BenchResult): string {
  const rows = result.rows.map((row) => `| ${row.name} | ${format(row.value)} ${row.unit} | ${row.note} |`);
  return [
    `**${result.question}** (result hash \`${result.hash}\`)`,
    "",
    "| what | median | note |",
    "|---|--:|---|",
    ...rows,
    "",
  ].join("\n");
}

function format(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value < 10 ? 2 : 1);
}
