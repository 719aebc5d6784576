import { createSocket } from "node:dgram";
import { kindRow, KINDS } from "../../src/model/kind.ts";
import type { Kind } from "../../src/model/kind.ts";
import { createProjection } from "../../src/output/datadog/projection.ts";
import type { Projected } from "../../src/output/datadog/projection.ts";
import type { Store } from "../support/intake/store.ts";
import type { TakenPoint } from "../support/intake/rules.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { latin1, inputOf } from "./vector.ts";
import type { Vector, VectorMetric } from "./vector.ts";

/** Of the process's ledger, what one datagram changed in it. */
export interface Booked {
  readonly lines: number;
  readonly accepted: number;
  /** Refused by whatever reason, and limited by whatever reason. */
  readonly refused: number;
  readonly events: number;
  readonly serviceChecks: number;
  readonly timestamped: number;
}

/** What the books should say of a case. */
export function bookedOf(vector: Vector): Booked {
  const lines = inputOf(vector)
    .split("\n")
    .filter((line) => line.replace(/\r$/, "") !== "").length;
  const refused = (vector.lines_rejected ?? 0) + (vector.agent_parse_ok_then_dropped ?? 0);
  return {
    lines,
    accepted: lines - refused,
    refused,
    events: vector.events.length,
    serviceChecks: vector.service_checks.length,
    timestamped: vector.metrics.filter(({ timestamp }) => timestamp !== null).length,
  };
}

/** Sends cases to a process, one datagram each, and reads its books in between. */
export class Teller {
  readonly #tallyd: Tallyd;
  readonly #socket = createSocket("udp4");
  #before: Booked | undefined;

  constructor(tallyd: Tallyd) {
    this.#tallyd = tallyd;
  }

  async send(vector: Vector): Promise<Booked> {
    this.#before ??= await this.#read();
    const bytes = Buffer.from(inputOf(vector), "latin1");
    await new Promise((resolve) => this.#socket.send(bytes, this.#tallyd.udpPort, "127.0.0.1", resolve));
    const { lines } = bookedOf(vector);
    const before = this.#before;
    let after = await this.#read();
    // A scrape drains what had arrived; on a busy machine the datagram itself may take a moment.
    for (let round = 0; round < 50 && after.lines - before.lines < lines; round++) after = await this.#read();
    this.#before = after;
    return Object.fromEntries(
      Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Booked]]),
    ) as unknown as Booked;
  }

  close(): void {
    this.#socket.close();
  }

  async #read(): Promise<Booked> {
    const page = await this.#tallyd.scrape();
    const total = (name: string): number =>
      [...page].reduce((sum, [key, value]) => (key === name || key.startsWith(`${name}{`) ? sum + value : sum), 0);
    return {
      lines: total("tallyd_lines_total"),
      accepted: total("tallyd_lines_accepted_total"),
      refused: total("tallyd_lines_rejected_total") + total("tallyd_lines_limited_total"),
      events: total("tallyd_events_total"),
      serviceChecks: total("tallyd_service_checks_total"),
      timestamped: total("tallyd_timestamped_samples_total"),
    };
  }
}

/** The name that the process was told to be. */
export const HOST = "box";
/** What a series is called at Datadog is the output's own business, and tested there. */
const projection = createProjection({
  hostname: HOST,
  seriesApi: "v2",
  histogramAggregates: ["max", "avg", "count"],
  histogramPercentiles: [],
});

interface Expected {
  readonly kind: Kind;
  readonly projected: Projected;
  readonly samples: { readonly value: number; readonly weight: number }[];
  readonly members: Set<string>;
}

/** Bytes that are no UTF-8 are U+FFFD behind the protocol. */
function decoded(text: Parameters<typeof latin1>[0]): string {
  return Buffer.from(latin1(text), "latin1").toString("utf8");
}

function seriesOf(metric: VectorMetric): Omit<Expected, "samples" | "members"> {
  const { kind } = KINDS.find(({ wire }) => wire === metric.type) as (typeof KINDS)[number];
  const tags = [...new Set(metric.tags.map(decoded).filter((tag) => tag !== ""))].sort();
  return { kind, projected: projection.project(decoded(metric.name), tags, metric.host, kind) };
}

/** Equal where the intake could not tell two series apart. */
export function contextOf(metric: VectorMetric): string {
  return seriesOf(metric).projected.key;
}

/** Where the intake does not have what a case's metrics say, one sentence each; empty = all is there. */
export function missing(store: Store, vector: Vector): string[] {
  const live = new Map<string, Expected>();
  for (const metric of vector.metrics.filter(({ timestamp }) => timestamp === null)) {
    const series = seriesOf(metric);
    const held = live.get(series.projected.key) ?? { ...series, samples: [], members: new Set() };
    live.set(series.projected.key, held);
    const rate = Number(metric.rate);
    for (const member of metric.set_values ?? []) held.members.add(latin1(member));
    for (const value of metric.values ?? [])
      held.samples.push({ value: Number(value), weight: rate > 0 && rate <= 1 ? 1 / rate : 1 });
  }
  const problems = [...live.values()].flatMap(
    (expected) => CHECKS[kindRow(expected.kind).wire]?.(store, expected) ?? [],
  );
  return [
    ...problems,
    ...vector.metrics.filter(({ timestamp }) => timestamp !== null).flatMap((m) => missingAt(store, m)),
  ];
}

const CHECKS: Readonly<Record<string, (store: Store, expected: Expected) => string[]>> = {
  c: (store, expected) => compare(expected, "", happened(pointsOf(store, expected, "")), weighted(expected)),
  g: (store, expected) =>
    compare(expected, "", pointsOf(store, expected, "").at(-1)?.value, expected.samples.at(-1)?.value),
  s: (store, expected) => compare(expected, "", pointsOf(store, expected, "").at(-1)?.value, expected.members.size),
  h: missingAggregates,
  ms: missingAggregates,
  d: missingSketch,
};

function missingAggregates(store: Store, expected: Expected): string[] {
  const count = expected.samples.reduce((sum, { weight }) => sum + weight, 0);
  const max = Math.max(...expected.samples.map(({ value }) => value));
  return [
    ...compare(expected, ".count", happened(pointsOf(store, expected, ".count")), count),
    ...compare(expected, ".max", pointsOf(store, expected, ".max")[0]?.value, max),
    ...compare(expected, ".avg", pointsOf(store, expected, ".avg")[0]?.value, weighted(expected) / count),
  ];
}

function missingSketch(store: Store, expected: Expected): string[] {
  const { projected, samples } = expected;
  const found = store.sketchesOf(projected.name).find((sketch) => sameContext(sketch, projected));
  const values = samples.map(({ value }) => value);
  return [
    // A sketch counts whole samples.
    ...compare(expected, " cnt", found?.cnt, Math.round(samples.reduce((sum, { weight }) => sum + weight, 0))),
    ...compare(expected, " min", found?.min, Math.min(...values)),
    ...compare(expected, " max", found?.max, Math.max(...values)),
  ];
}

/** A sample with its own time: a point at exactly that second. The intake forgets it, as it is too old or to come. */
function missingAt(store: Store, metric: VectorMetric): string[] {
  const { kind, projected } = seriesOf(metric);
  const point = store.forgotten.find(
    (taken) => taken.metric === projected.name && taken.timestamp === metric.timestamp && sameContext(taken, projected),
  );
  const last = Number(metric.values?.at(-1));
  const sum = (metric.values ?? []).reduce((total: number, value) => total + Number(value), 0);
  return compare({ projected }, ` at ${metric.timestamp}`, point?.value, kind === "counter" ? sum / 10 : last);
}

function pointsOf(store: Store, { projected }: Expected, suffix: string): TakenPoint[] {
  return store.pointsOf(projected.name + suffix).filter((point) => sameContext(point, projected));
}

function sameContext(taken: { host: string; tags: readonly string[] }, { host, tags }: Projected): boolean {
  return taken.host === host && JSON.stringify([...taken.tags].sort()) === JSON.stringify([...tags].sort());
}

function happened(points: readonly TakenPoint[]): number | undefined {
  return points.length === 0 ? undefined : points.reduce((sum, { value, interval }) => sum + value * interval, 0);
}

function weighted({ samples }: Expected): number {
  return samples.reduce((sum, { value, weight }) => sum + value * weight, 0);
}

function compare(
  { projected }: Pick<Expected, "projected">,
  what: string,
  got: number | undefined,
  want: number | undefined,
): string[] {
  if (got !== undefined && want !== undefined && Math.abs(got - want) <= Math.abs(want) * 1e-9) return [];
  return [
    `${projected.name}${what}{${projected.tags.join(",")}} at ${JSON.stringify(projected.host)} is ${got}, should be ${want}`,
  ];
}

/**
 * The case with its series' names made its own by a prefix, so that many cases fit into one interval of one process. Only
 * the names of lines that are used change: nothing else of the bytes does.
 */
export function renamed(vector: Vector, prefix: string): Vector {
  const names = new Set(vector.metrics.map(({ name }) => latin1(name)));
  const lines = inputOf(vector)
    .split("\n")
    .map((line) => (isOf(line, names) ? prefix + line : line));
  return {
    ...vector,
    input_hex: Buffer.from(lines.join("\n"), "latin1").toString("hex"),
    metrics: vector.metrics.map((metric) => ({
      ...metric,
      name: { hex: Buffer.from(prefix + latin1(metric.name), "latin1").toString("hex") },
    })),
  };
}

function isOf(line: string, names: ReadonlySet<string>): boolean {
  const name = line.split(":", 1)[0] ?? "";
  return names.has(name);
}
