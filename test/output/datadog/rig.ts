import { setTimeout as delay } from "node:timers/promises";
import type { Tally } from "../../../src/core/tally.ts";
import { NO_CELL, createTally } from "../../../src/core/tally.ts";
import { KINDS } from "../../../src/model/kind.ts";
import type { Layout } from "../../../src/model/layout.ts";
import type { Series } from "../../../src/model/series.ts";
import type { DatadogDeps } from "../../../src/output/datadog/datadog.ts";
import { createDatadogOutput, systemDeps } from "../../../src/output/datadog/datadog.ts";
import type { DatadogOptions } from "../../../src/output/datadog/options.ts";
import { DATADOG_DEFAULTS } from "./defaults.ts";
import type { Interval, Output, Source } from "../../../src/output/output.ts";
import { createSecret } from "../../../src/std/secret.ts";

export const KEY = "c0ffee00c0ffee00c0ffee00c0ffee00";
export const LAYOUTS: readonly Layout[] = [{ digits: 2, bounds: [], thresholds: [] }];

/** A log that remembers its lines as JSON, as they would be printed. */
export function recorder(): { log: DatadogDeps["log"]; lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (fields: object | string, message?: string) =>
    void lines.push(JSON.stringify({ level, fields, message }));
  return { log: { info: write("info"), warn: write("warn"), error: write("error") }, lines };
}

/** Waits until a condition holds; fails after half a minute, which only a broken condition takes. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const endMs = Date.now() + 30_000; !condition();) {
    if (Date.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await delay(2);
  }
}

/** One shard's tally, fed with lines, and the output that it is drained to. Time stands still unless moved. */
export class Rig {
  nowMs = 1_700_000_000_000;
  readonly lines: string[];
  readonly output: Output;
  readonly options: DatadogOptions;
  readonly #shard: Tally;
  readonly #source: Source;
  readonly #definitions: { cell: number; series: Series }[] = [];
  readonly #bound: number[] = [];

  constructor(url: string, change: Partial<DatadogOptions> = {}, deps: Partial<DatadogDeps> = {}) {
    const { log, lines } = recorder();
    this.lines = lines;
    const key = { apiKey: createSecret(KEY), apiKeyFile: undefined };
    this.options = { ...DATADOG_DEFAULTS, ...key, url, hostname: "here", layouts: LAYOUTS, ...change };
    const system = systemDeps(log, this.options);
    this.output = createDatadogOutput(this.options, { ...system, now: () => this.nowMs, random: () => 0.5, ...deps });
    this.#source = this.output.tally.source();
    this.#shard = createTally(
      { layouts: LAYOUTS },
      { bind: (...key) => this.#bind(...key), special: () => 0, reject: (reason) => expectNoReject(reason) },
    );
  }

  /** Feeds lines, drains the shard, and binds and merges as the flush station does. */
  send(...lines: readonly string[]): void {
    this.#shard.setClock(this.nowMs);
    this.output.tally.setClock(this.nowMs);
    for (const line of lines) {
      const bytes = Buffer.from(line);
      this.#shard.heap.set(bytes, this.#shard.inputOffset);
      this.#shard.ingest(this.#shard.inputOffset, bytes.length);
    }
    for (let delta = this.#shard.drain(1 << 20); delta.length > 0; delta = this.#shard.drain(1 << 20)) {
      for (const { cell, series } of this.#definitions.splice(0)) {
        const ours = this.output.bind(series);
        this.#source.map(cell, ours);
        this.#bound.push(ours);
      }
      this.#source.merge(delta);
    }
  }

  /** The interval that has just ended, ten seconds long; afterwards it is the end of the next one. */
  flush(): Interval {
    const endSeconds = Math.floor(this.nowMs / 10_000) * 10;
    const interval = { startSeconds: endSeconds - 10, endSeconds };
    this.output.flush(interval);
    this.nowMs += 10_000;
    return interval;
  }

  /** Flushes, and waits until all that was made is delivered or dropped. */
  async deliver(): Promise<Interval> {
    const interval = this.flush();
    await until(() => this.output.status().queued === 0 && this.note("points_queued") === 0, "everything is delivered");
    return interval;
  }

  note(name: string): number {
    return this.output.status().notes[name] ?? 0;
  }

  /** What was made, less what was delivered, is queued or was dropped: always 0. */
  balance(): number {
    const dropped = Object.values(this.output.status().dropped).reduce((sum, points) => sum + points, 0);
    return this.note("points_made") - this.note("points_delivered") - this.note("points_queued") - dropped;
  }

  /** Gives all cells back, as when a shard has forgotten its series. */
  forget(): void {
    for (const cell of this.#bound.splice(0)) if (cell !== NO_CELL) this.output.unbind(cell);
  }

  #bind(kindCode: number, nameAt: number, nameBytes: number, tagsAt: number, tagsBytes: number): number {
    const text = (at: number, bytes: number): string => Buffer.from(this.#shard.heap.slice(at, at + bytes)).toString();
    const row = KINDS[kindCode];
    if (row === undefined) throw new Error(`no kind ${kindCode}`);
    const name = text(nameAt, nameBytes);
    const tags = tagsBytes === 0 ? [] : text(tagsAt, tagsBytes).split(",");
    const cell = this.#shard.cellFor(row.kind, Buffer.from(JSON.stringify([name, tags])), 0);
    const host = tags.find((tag) => tag.startsWith("host:"))?.slice(5);
    const rest = tags.filter((tag) => !tag.startsWith("host:"));
    if (this.#shard.isNewCell())
      this.#definitions.push({ cell, series: { name, tags: rest, kind: row.kind, host, layout: 0 } });
    return cell;
  }
}

function expectNoReject(reason: number): void {
  throw new Error(`a line was rejected (${reason})`);
}
