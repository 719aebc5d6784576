import { Random } from "../../test/support/random.ts";

/** Wire types that a scenario mixes, by share of the series. */
export const MIXES = {
  mixed: ["c", "c", "c", "c", "c", "g", "g", "ms", "ms", "s"],
  all: ["c", "c", "c", "g", "g", "ms", "ms", "h", "d", "s"],
  counters: ["c"],
  gauges: ["g"],
  sets: ["s"],
  timers: ["ms"],
} as const;
export type Mix = keyof typeof MIXES;

export interface ScenarioOptions {
  readonly seed: number;
  readonly series: number;
  readonly mix: Mix;
  /** 0 = one line in each datagram, otherwise as many lines as fit into that many bytes. */
  readonly datagramBytes: number;
  /** Lines to make before the scenario repeats; every series has at least one line when this is at least `series`. */
  readonly lines: number;
  /** Prefix of every name, so that two runs against one server make different series. */
  readonly prefix: string;
  /** Tags of every series, 2 to 5; 2 when left out. */
  readonly tags?: number;
}

/** Beyond the two that every line has; few values each, as deployments have them. */
const FURTHER_TAGS = ["service:checkout", "version:1.4.2", "team:payments"];

/** What was sent of one series. */
export interface SeriesTotal {
  readonly kind: string;
  samples: number;
  /** Sum of values of a counter or timer; the value of a gauge (always the same one); distinct members of a set. */
  value: number;
}

export interface Scenario {
  readonly datagrams: readonly Buffer[];
  readonly linesIn: readonly number[];
  /** Exact totals by series after the first `sent` datagrams (the scenario repeats for ever). */
  totals(sent: number): Map<string, SeriesTotal>;
}

interface Sent {
  readonly key: string;
  readonly kind: string;
  readonly value: number;
}

/** Deterministic by seed: the same options make the same bytes on every machine. */
export function makeScenario(options: ScenarioOptions): Scenario {
  const random = new Random(options.seed);
  const order = random.shuffle(Array.from({ length: options.lines }, (_, i) => i % options.series));
  const datagrams: Buffer[] = [];
  const contents: Sent[][] = [];
  let lines: string[] = [];
  let bytes = 0;
  let held: Sent[] = [];
  const close = (): void => {
    if (lines.length === 0) return;
    datagrams.push(Buffer.from(lines.join("\n")));
    contents.push(held);
    lines = [];
    held = [];
    bytes = 0;
  };
  for (const series of order) {
    const { line, sent } = makeLine(random, options, series);
    if (lines.length > 0 && bytes + line.length + 1 > options.datagramBytes) close();
    lines.push(line);
    held.push(sent);
    bytes += line.length + 1;
  }
  close();
  return { datagrams, linesIn: contents.map((content) => content.length), totals: (sent) => totals(contents, sent) };
}

/** A line of about 50 bytes with two tags, as a web service sends it. Whole numbers, so that sums are exact. */
function makeLine(
  random: Random,
  options: ScenarioOptions,
  series: number,
): { readonly line: string; readonly sent: Sent } {
  const mix = MIXES[options.mix];
  const kind = mix[series % mix.length] as string;
  const name = `${options.prefix}.http.requests.${series}`;
  const further = FURTHER_TAGS.slice(0, (options.tags ?? 2) - 2);
  const tags = `#${["env:prod", `region:eu-${series % 3}`, ...further].join(",")}`;
  const value = kind === "g" ? series % 1_000 : kind === "s" ? random.int(0, 15) : random.int(1, 999);
  return { line: `${name}:${value}|${kind}|${tags}`, sent: { key: `${name} ${kind}`, kind, value } };
}

function totals(contents: readonly (readonly Sent[])[], sent: number): Map<string, SeriesTotal> {
  const out = new Map<string, SeriesTotal>();
  const members = new Map<string, Set<number>>();
  const rounds = Math.floor(sent / contents.length);
  for (const [i, content] of contents.entries()) {
    const times = rounds + (i < sent % contents.length ? 1 : 0);
    if (times === 0) continue;
    for (const { key, kind, value } of content) {
      const total = out.get(key) ?? { kind, samples: 0, value: 0 };
      out.set(key, total);
      total.samples += times;
      if (kind === "g") total.value = value;
      else if (kind === "s") {
        const seen = members.get(key) ?? new Set();
        members.set(key, seen.add(value));
        total.value = seen.size;
      } else total.value += value * times;
    }
  }
  return out;
}

export interface KindTotal {
  series: number;
  samples: number;
  value: number;
}

/** Totals of all series of a kind: what a server must show in the end. */
export function totalsByKind(bySeries: ReadonlyMap<string, SeriesTotal>): Record<string, KindTotal> {
  const out: Record<string, KindTotal> = {};
  for (const { kind, samples, value } of bySeries.values()) {
    const total = (out[kind] ??= { series: 0, samples: 0, value: 0 });
    total.series++;
    total.samples += samples;
    total.value += value;
  }
  return out;
}
