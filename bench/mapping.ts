import { parseMapping } from "../src/policy/mapping/exporter/parse.ts";
import { prepareMapping } from "../src/policy/mapping/exporter/prepare.ts";
import type { PreparedMapping } from "../src/policy/mapping/exporter/prepare.ts";
import type { Delta } from "../src/flush/delta.ts";
import { createIntake } from "../src/shard/intake.ts";
import type { Intake } from "../src/shard/intake.ts";
import { POLICY_OPTIONS } from "../test/support/policy-options.ts";
import { shardOptions } from "../test/support/shard-options.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";

const RULES = [0, 1_000] as const;
const SERIES: Readonly<Record<Size, number>> = { small: 100, full: 4_000 };
const LINES: Readonly<Record<Size, number>> = { small: 2_000, full: 200_000 };
const ROUNDS: Readonly<Record<Size, number>> = { small: 2, full: 9 };
/** New names of one flood, each of which every rule may be held against. */
const FLOOD: Readonly<Record<Size, number>> = { small: 100, full: 5_000 };
const DATAGRAM_BYTES = 1_432;

/** What do 1,000 mapping rules cost: for a line whose series is known, and for a name that is new? */
export async function benchMapping(size: Size): Promise<BenchResult> {
  const sides = RULES.map((count) => ({ count, nanoseconds: [] as number[], ...start(count) }));
  const datagrams = pack(Array.from({ length: LINES[size] }, (_, line) => lineOf(line % SERIES[size])));
  for (const { intake } of sides) for (let pass = 0; pass < 2; pass++) send(intake, datagrams);
  // Side by side, so that what else the machine does falls on both.
  for (let round = 0; round < ROUNDS[size]; round++) {
    for (const { intake, nanoseconds } of sides) {
      const startMs = performance.now();
      send(intake, datagrams);
      nanoseconds.push(((performance.now() - startMs) * 1e6) / LINES[size]);
    }
  }
  const rows: Row[] = sides.map(({ count, nanoseconds }) => ({
    name: `${count.toLocaleString("en-US")} rules, known series`,
    value: median(nanoseconds),
    unit: "ns/line",
    note: `${Math.min(...nanoseconds).toFixed(1)}–${Math.max(...nanoseconds).toFixed(1)} over ${nanoseconds.length} rounds`,
  }));
  const mapped: number[] = [];
  for (const { count, intake } of sides) {
    rows.push(flood(count, intake, FLOOD[size]));
    const names = new Set<string>();
    await intake.drain(
      1,
      ({ definitions }: Delta) => definitions.forEach(({ series }) => names.add(series.prometheus?.name ?? "")),
      async () => {},
    );
    mapped.push(names.size);
  }
  return { question: "What do mapping rules cost for a line, and for a new name?", rows, hash: resultHash(mapped) };
}

/** A shard under so many rules: half of them globs, half regular expressions with groups. */
function start(count: number): { readonly intake: Intake } {
  const rules = Array.from({ length: count }, (_, index) =>
    index % 2 === 0
      ? `- {match: "app${index}.*.requests.*", name: "app${index}_requests_total", labels: {handler: "$1", code: "$2"}}`
      : `- {match: "^svc${index}\\\\.(\\\\w+)\\\\.(.*)\\\\.time$", match_type: regex, name: "svc${index}_$1", labels: {rest: "$2"}}`,
  );
  const exporter = prepared(`mappings:\n${rules.join("\n")}\n`);
  const policy = { ...POLICY_OPTIONS, ...(count > 0 && { exporter }) };
  const limits = { seriesMax: 1_000_000, keysMax: 1_000_000 };
  return { intake: createIntake(shardOptions({ policy, ...limits }), Date.now) };
}

function prepared(text: string): PreparedMapping {
  const { mapping, problems } = parseMapping(text);
  if (problems.length > 0) throw new Error(problems[0]?.problem);
  const configured = { digits: 2, observer: "summary", buckets: [], windowMs: 600_000, ageBuckets: 5 } as const;
  return prepareMapping(mapping, configured, []).prepared;
}

function flood(rules: number, intake: Intake, names: number): Row {
  let worstMs = 0;
  const startMs = performance.now();
  for (let name = 0; name < names; name++) {
    const before = performance.now();
    intake.take(Buffer.from(lineOf(1_000_000 + name)), "", 0);
    worstMs = Math.max(worstMs, performance.now() - before);
  }
  const microseconds = ((performance.now() - startMs) * 1e3) / names;
  const name = `${rules.toLocaleString("en-US")} rules, a new name`;
  return { name, value: microseconds, unit: "µs/name", note: `longest ${worstMs.toFixed(2)} ms` };
}

function lineOf(index: number): string {
  const app = index % 1_000;
  return app % 2 === 0
    ? `app${app}.handler${index}.requests.200:1|c|#env:prod`
    : `svc${app}.handler${index}.deep.down.time:12|ms|#env:prod`;
}

function send(intake: Intake, datagrams: readonly Buffer[]): void {
  for (const datagram of datagrams) intake.take(datagram, "127.0.0.1", 1);
}

function pack(lines: readonly string[]): Buffer[] {
  const out: Buffer[] = [];
  let held = "";
  for (const line of lines) {
    if (held.length + line.length + 1 > DATAGRAM_BYTES) {
      out.push(Buffer.from(held));
      held = "";
    }
    held += held === "" ? line : `\n${line}`;
  }
  out.push(Buffer.from(held));
  return out;
}
