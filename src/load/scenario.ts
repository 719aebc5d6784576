import { Random } from "../std/random.ts";
import type { MixPart } from "./mix.ts";
import { interleave } from "./mix.ts";

export interface ScenarioOptions {
  readonly seed: number;
  readonly series: number;
  readonly mix: readonly MixPart[];
  /** Tags of each line, 0 to `TAGS_MAX`. */
  readonly tags: number;
  /** Lines in a datagram, at most; Infinity = as many as fit into `datagramBytes`. */
  readonly linesPerDatagram: number;
  /** Bytes of a datagram, at most; a line that is longer stands alone. */
  readonly datagramBytes: number;
  /** Lines to make before the scenario repeats; rounded up to whole rounds of all series. */
  readonly lines: number;
  /** Prefix of every name, so that two runs against one server can make different series. */
  readonly prefix: string;
  /** How many names the series have; one more tag, `replica`, tells apart those of one name. Each has its own when left out. */
  readonly names?: number;
}

export interface LoadSeries {
  readonly name: string;
  readonly wire: string;
}

/** What was sent of one series. */
export interface SeriesTotal extends LoadSeries {
  samples: number;
  /** Sum of values of a counter, timer, histogram or distribution; a gauge's value (always the same); members of a set. */
  value: number;
}

/** Datagrams that are sent one after the other, for ever from the beginning. */
export interface Scenario {
  readonly datagrams: readonly Buffer[];
  readonly linesIn: Uint32Array;
  /** Mean over all datagrams. */
  readonly linesPerDatagram: number;
  /** The first so many datagrams hold at least one line of each series. */
  readonly roundDatagrams: number;
  /** Lines that were sent, where `times[i]` says how often datagram `i` was. */
  lines(times: ArrayLike<number>): number;
  /** Exact totals by number of the series. */
  totals(times: ArrayLike<number>): Map<number, SeriesTotal>;
}

/** Tags as a web service has them: a few values each. A tag is the same for a series in all of its lines. */
const TAG_VALUES: readonly ((series: number) => string)[] = [
  () => "env:prod",
  (series) => `region:eu-${series % 3}`,
  (series) => `service:web-${series % 7}`,
  (series) => `version:1.${series % 5}.0`,
  (series) => `instance:i-${series % 31}`,
  (series) => `method:m${series % 4}`,
  (series) => `status:${200 + (series % 4) * 100}`,
  (series) => `zone:z${series % 11}`,
  (series) => `team:t${series % 13}`,
  (series) => `queue:q${series % 17}`,
];
export const TAGS_MAX = TAG_VALUES.length;

/** Deterministic by seed: the same options make the same bytes on every machine. */
export function makeScenario(options: ScenarioOptions): Scenario {
  const random = new Random(options.seed);
  const kinds = interleave(options.mix);
  const rounds = Math.max(1, Math.ceil(options.lines / options.series));
  const numbers = Array.from({ length: options.series }, (_, i) => i);
  const seriesAt = new Uint32Array(rounds * options.series);
  for (let round = 0; round < rounds; round++) seriesAt.set(random.shuffle(numbers), round * options.series);
  const valueAt = new Float64Array(seriesAt.length);
  const names = options.names ?? options.series;
  const seriesOf = (series: number): LoadSeries => ({
    name: `${options.prefix}.http.requests.${series % names}`,
    wire: kinds[series % kinds.length] as string,
  });
  const packer = new Packer(options.linesPerDatagram, options.datagramBytes);
  for (const [at, series] of seriesAt.entries()) {
    const { name, wire } = seriesOf(series);
    // Whole numbers, so that sums are exact.
    const value = wire === "g" ? series % 1_000 : wire === "s" ? random.int(0, 15) : random.int(1, 999);
    valueAt[at] = value;
    const replica = options.names === undefined ? [] : [`replica:${Math.floor(series / names)}`];
    packer.add(`${name}:${value}|${wire}${tagSection(series, options.tags, replica)}`);
  }
  const { datagrams, linesIn } = packer.finish();
  return {
    datagrams,
    linesIn,
    linesPerDatagram: seriesAt.length / datagrams.length,
    roundDatagrams: datagramsOf(options.series, linesIn),
    lines: (times) => linesIn.reduce((sum, lines, i) => sum + lines * (times[i] as number), 0),
    totals: (times) => totals(times, { linesIn, seriesAt, valueAt, seriesOf }),
  };
}

function tagSection(series: number, tags: number, further: readonly string[]): string {
  const values = [...TAG_VALUES.slice(0, tags).map((value) => value(series)), ...further];
  return values.length === 0 ? "" : `|#${values.join(",")}`;
}

/** Joins lines to datagrams; a datagram is closed when the next line would not fit. */
class Packer {
  readonly #linesMax: number;
  readonly #bytesMax: number;
  readonly #datagrams: Buffer[] = [];
  readonly #linesIn: number[] = [];
  #open: string[] = [];
  #bytes = 0;

  constructor(linesMax: number, bytesMax: number) {
    this.#linesMax = linesMax;
    this.#bytesMax = bytesMax;
  }

  /** Takes a line of ASCII. */
  add(line: string): void {
    if (this.#open.length >= this.#linesMax || this.#bytes + line.length > this.#bytesMax) this.#close();
    this.#open.push(line);
    this.#bytes += line.length + 1;
  }

  finish(): { readonly datagrams: readonly Buffer[]; readonly linesIn: Uint32Array } {
    this.#close();
    return { datagrams: this.#datagrams, linesIn: Uint32Array.from(this.#linesIn) };
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#datagrams.push(Buffer.from(this.#open.join("\n"), "latin1"));
    this.#linesIn.push(this.#open.length);
    this.#open = [];
    this.#bytes = 0;
  }
}

function datagramsOf(lines: number, linesIn: Uint32Array): number {
  let sum = 0;
  return linesIn.findIndex((count) => (sum += count) >= lines) + 1;
}

interface Contents {
  readonly linesIn: Uint32Array;
  readonly seriesAt: Uint32Array;
  readonly valueAt: Float64Array;
  readonly seriesOf: (series: number) => LoadSeries;
}

function totals(times: ArrayLike<number>, contents: Contents): Map<number, SeriesTotal> {
  const { linesIn, seriesAt, valueAt, seriesOf } = contents;
  const out = new Map<number, SeriesTotal>();
  const members = new Map<number, Set<number>>();
  let at = 0;
  for (const [datagram, lines] of linesIn.entries()) {
    const count = times[datagram] as number;
    for (const end = at + lines; at < end; at++) {
      if (count === 0) continue;
      const series = seriesAt[at] as number;
      const value = valueAt[at] as number;
      const total = out.get(series) ?? { ...seriesOf(series), samples: 0, value: 0 };
      out.set(series, total);
      total.samples += count;
      if (total.wire === "g") total.value = value;
      else if (total.wire === "s") {
        const seen = members.get(series) ?? new Set();
        members.set(series, seen.add(value));
        total.value = seen.size;
      } else total.value += value * count;
    }
  }
  return out;
}
