import fc from "fast-check";
import { KINDS } from "../../src/model/kind.ts";
import type { Kind } from "../../src/model/kind.ts";
import { seriesOf } from "./prometheus.ts";
import type { Bench } from "./prometheus.ts";

/** Few different parts, so that names collide in every way that suffixes, escapes and types allow. */
const NAME_PARTS = [
  "x",
  "x",
  "_",
  ".",
  "-",
  "--",
  "_total",
  "_sum",
  "_count",
  "_bucket",
  "_created",
  "_seconds",
  "_last_seen_timestamp",
  "_gauge",
  "_counter",
  "_histogram",
  "_timer",
  "_set",
  "process_",
  "tallyd_",
  "up",
  "9",
  ":",
  "é",
  "😱",
  "\n",
  '"',
  "\\",
  "{",
  " ",
  "\0",
  "\ud800",
];
const TAG_PARTS = [
  "a",
  "b",
  ":",
  ":",
  ".",
  "-",
  "_",
  "__",
  "le",
  "quantile",
  "job",
  "instance",
  "exported_",
  "overflow:true",
  "__name__",
  "host",
  "1",
  "é",
  "😱",
  "\n",
  "\r",
  '"',
  "\\",
  "\ud800",
  "}",
  ",",
  "=",
  "\0",
  " ",
];

const text = (parts: readonly string[], max: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...parts), { maxLength: max }).map((chosen) => chosen.join(""));
const values = fc.array(
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -5, max: 5 })),
  { maxLength: 4 },
);
/** A series as a hostile client would send it, with its samples. */
export const hostileSeries = fc.record({
  name: fc.oneof(text(NAME_PARTS, 4), fc.string({ unit: "binary", maxLength: 6 })),
  kind: fc.constantFrom<Kind>(...KINDS.map(({ kind }) => kind)),
  tags: fc.array(fc.oneof(text(TAG_PARTS, 5), fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 5 }),
  host: fc.option(text(TAG_PARTS, 2), { nil: undefined }),
  bounds: fc.boolean(),
  values,
  weight: fc.constantFrom(1, 1 / 0.3, 1 / 0.7),
});

/** Binds a hostile series and feeds it, where the output takes it. */
export function sendHostile(
  bench: Bench,
  sent: typeof hostileSeries extends fc.Arbitrary<infer Sent> ? Sent : never,
): void {
  const { name, kind, tags, host, bounds, values: numbers, weight } = sent;
  const cell = bench.output.bind(seriesOf(name, kind, tags, { host, layout: layoutOf(kind, bounds) }));
  if (bench.tally.cells.has(cell)) for (const value of numbers) bench.tally.add(cell, value, weight);
}

function layoutOf(kind: Kind, bounds: boolean): number {
  if (!bounds) return 0;
  return kind === "timer" ? 2 : 1;
}
