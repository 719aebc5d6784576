import { appendFile, mkdir, readdir, rm, truncate } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Histogram } from "hdr-histogram-js";
import { createTally } from "../../core/tally.ts";
import type { Tally } from "../../core/tally.ts";
import type { Special } from "../../model/event.ts";
import type { Layout } from "../../model/layout.ts";
import type { Series } from "../../model/series.ts";
import type { OutputStatus } from "../../model/status.ts";
import { backoffMs } from "../../std/backoff.ts";
import type { BackoffOptions } from "../../std/backoff.ts";
import type { Clock } from "../../std/clock.ts";
import type { Interval, Output } from "../output.ts";
import { createHistogram } from "./integers.ts";
import { headOf, lineOf } from "./lines.ts";
import type { Taken } from "./lines.ts";
import { LogFiles } from "./log-files.ts";
import type { Disk } from "./log-files.ts";
import { INTERVALS_WAITING_MAX, SERIES_AT_ONCE, TRIES_MAX } from "./options.ts";
import type { HdrLogOptions } from "./options.ts";
import { Slots } from "./slots.ts";

export interface HdrLogDeps {
  readonly clock: Clock;
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void };
  /** [0, 1); for the jitter of waits. */
  readonly random: () => number;
  readonly disk: Disk;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  readonly processId: number;
}

export const systemDisk: Disk = {
  makeDirectory: async (path) => void (await mkdir(path, { recursive: true })),
  append: (path, text) => appendFile(path, text),
  truncate,
  list: (path) => readdir(path),
  remove: (path) => rm(path, { force: true }),
};

export function systemHdrLogDeps(from: Pick<HdrLogDeps, "clock" | "log" | "random">): HdrLogDeps {
  return { ...from, disk: systemDisk, pause: () => nextTurn(), processId: process.pid };
}

interface Closed {
  readonly interval: Interval;
  readonly taken: readonly Taken[];
}

/** After failures in a row: 1–2, 2–4, 4–8, … at most 30 seconds. */
const WAITS: BackoffOptions = { baseMs: 1_000, maxMs: 30_000, factor: 2 };

/**
 * Writes HdrHistogram interval logs: a line for each selected series and interval, with all of its distribution. Starts
 * from zero each interval. Encoding and writing happen between other work; a disk that fails costs intervals, by name.
 */
export function createHdrLogOutput(options: HdrLogOptions, deps: HdrLogDeps): Output {
  return new HdrLog(options, deps);
}

class HdrLog implements Output {
  readonly name = "hdr_log";
  readonly tally: Tally;
  readonly #options: HdrLogOptions;
  readonly #deps: HdrLogDeps;
  readonly #slots: Slots;
  readonly #files: LogFiles;
  readonly #histogram: Histogram = createHistogram();
  readonly #waiting: Closed[] = [];
  readonly #counts = { lines: 0, retries: 0, negative: 0, clamped: 0 };
  readonly #dropped = { disk: 0, queue: 0, shutdown: 0 };
  #problem = "";
  #work: Promise<void> | undefined;
  /** Ends a wait between two tries. */
  #wake = (): void => {};
  /** Lines that are being written. */
  #inFlight = 0;
  #isClosing = false;

  constructor(options: HdrLogOptions, deps: HdrLogDeps) {
    this.#options = options;
    this.#deps = deps;
    this.tally = createTally({ layouts: options.layouts.map(withoutBounds) });
    this.#slots = new Slots(this.tally, options.patterns, options.seriesMax);
    const head = (startMs: number): string => headOf(startMs, options.factor);
    this.#files = new LogFiles({ ...options, head, processId: deps.processId }, deps.disk);
  }

  bind(series: Series): number {
    return this.#slots.bind(series);
  }

  unbind(cell: number): void {
    this.#slots.unbind(cell);
  }

  addLayouts(layouts: readonly Layout[]): void {
    this.tally.addLayouts(layouts.map(withoutBounds));
  }

  /** None of them has a distribution. */
  take(_specials: readonly Special[]): void {}

  tick(nowMs: number): void {
    this.tally.setClock(nowMs);
  }

  flush(interval: Interval): void {
    const taken: Taken[] = [];
    for (const slot of this.#slots.values()) {
      if (this.tally.samples(slot.cell) > 0) {
        const buckets: number[] = [];
        this.tally.buckets(slot.cell, (low, high, weight) => void buckets.push(low, high, weight));
        taken.push({ tag: slot.tag, buckets });
        this.tally.reset(slot.cell);
      } else if (slot.holders === 0) this.#slots.remove(slot);
    }
    if (taken.length === 0) return;
    if (this.#waiting.length >= INTERVALS_WAITING_MAX) this.#dropped.queue += this.#waiting.shift()?.taken.length ?? 0;
    this.#waiting.push({ interval, taken });
    this.#work ??= this.#writeAll();
  }

  status(): OutputStatus {
    const { lines, retries, negative, clamped } = this.#counts;
    const files = `${this.#slots.size} series, ${lines} lines in ${this.#options.directory} (${this.#files.files} files)`;
    return {
      name: this.name,
      healthy: this.#problem === "",
      detail: this.#problem === "" ? files : this.#problem,
      series: { counter: 0, gauge: 0, set: 0, histogram: this.#slots.size },
      memory: this.tally.memory(),
      delivered: lines,
      retries,
      queued: this.#waiting.reduce((sum, { taken }) => sum + taken.length, this.#inFlight),
      dropped: { ...this.#dropped, ...this.#slots.refused },
      notes: { negative_samples: Math.round(negative), clamped_samples: Math.round(clamped) },
    };
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(Math.max(0, deadlineMs - this.#deps.clock.nowMs()), resolve);
    await Promise.race([this.#work, promise]);
    cancel();
    for (const { taken } of this.#waiting.splice(0)) this.#dropped.shutdown += taken.length;
    this.#dropped.shutdown += this.#inFlight;
    this.#inFlight = 0;
  }

  /** Oldest first, until nothing waits. */
  async #writeAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#inFlight = next.taken.length;
      const lines = await this.#encode(next);
      this.#inFlight = Math.min(this.#inFlight, lines.length);
      if (lines.length > 0) await this.#write(lines, next.interval.startSeconds * 1_000);
    }
    this.#work = undefined;
  }

  async #encode({ interval, taken }: Closed): Promise<string[]> {
    const lines: string[] = [];
    for (const [index, one] of taken.entries()) {
      const { line, losses } = lineOf(one, interval, this.#options.factor, this.#histogram);
      if (line !== "") lines.push(line);
      this.#counts.negative += losses.negative;
      this.#counts.clamped += losses.clamped;
      if (index % SERIES_AT_ONCE === SERIES_AT_ONCE - 1) await this.#deps.pause();
    }
    return lines;
  }

  async #write(lines: readonly string[], startMs: number): Promise<void> {
    const { log } = this.#deps;
    for (let failures = 0; failures < TRIES_MAX;) {
      try {
        await this.#files.write(lines.join(""), startMs);
        this.#settle("delivered");
        if (this.#problem !== "") log.info({}, "the HDR log can be written again");
        this.#problem = "";
        return;
      } catch (error) {
        failures++;
        if (this.#problem === "")
          log.error({ err: error }, `the HDR log cannot be written to ${this.#options.directory}`);
        this.#problem = `cannot write to ${this.#options.directory}: ${error instanceof Error ? error.message : String(error)}`;
        // Who ends must not wait for a disk that fails.
        if (this.#isClosing || failures === TRIES_MAX) break;
        this.#counts.retries++;
        await this.#wait(failures);
      }
    }
    this.#settle("disk");
  }

  /** What is in flight has become this. After a close that could not wait it is counted already. */
  #settle(as: "delivered" | "disk"): void {
    if (as === "disk") this.#dropped.disk += this.#inFlight;
    else this.#counts.lines += this.#inFlight;
    this.#inFlight = 0;
  }

  #wait(failures: number): Promise<void> {
    const { clock, random } = this.#deps;
    return new Promise((resolve) => {
      const cancel = clock.after(backoffMs(failures - 1, WAITS, random) || WAITS.baseMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

function withoutBounds({ digits }: Layout): Layout {
  return { digits, bounds: [], thresholds: [] };
}
