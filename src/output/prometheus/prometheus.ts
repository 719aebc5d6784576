import type { Clock } from "../../std/clock.ts";
import type { SampleExemplar, Special, TimestampedSample } from "../../model/event.ts";
import { windowOf } from "../../model/layout.ts";
import type { Layout } from "../../model/layout.ts";
import type { Series } from "../../model/series.ts";
import type { OutputStatus } from "../../model/status.ts";
import type { UnmappedReport } from "../../model/unmapped.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { Tally, TallyOptions } from "../../core/tally.ts";
import type { SelfFamily } from "../../telemetry/family.ts";
import type { Interval, Output } from "../output.ts";
import { Families, givesWay } from "./families.ts";
import { epochOf } from "./family.ts";
import type { Family } from "./family.ts";
import { PIECES_HELD } from "./format/page.ts";
import { Ledger } from "./ledger.ts";
import { Lifetimes } from "./lifetimes.ts";
import type { LifetimesParts } from "./lifetimes.ts";
import { LookTable } from "./look.ts";
import type { PrometheusOptions } from "./options.ts";
import { PageWishes } from "./page-wishes.ts";
import { project } from "./projection.ts";
import type { Projection } from "./projection.ts";
import { WHOLE_PAGE } from "./query.ts";
import type { PageQuery } from "./query.ts";
import { Reader } from "./reader.ts";
import { renderPage } from "./render.ts";
import type { RenderedPage } from "./render.ts";
import { Restoration } from "./restore.ts";
import { Rows } from "./rows.ts";
import { SeriesTable } from "./series-table.ts";
import { State } from "./state/state.ts";
import type { StateDeps, StateOptions } from "./state/state.ts";
import { Sweep } from "./sweep.ts";
import { Unmapped } from "./unmapped.ts";
import { RowView } from "./view.ts";
import type { ListedView } from "./view.ts";

export interface PrometheusOutput extends Output {
  /** For a second delivery of the same series. */
  readonly view: ListedView;
  /**
   * The page for an Accept header (undefined = none), `own` metrics first. It shows what has been merged so far: drain
   * the shards first. Reading stops with the signal's reason when that is aborted. `query` says what of it is wanted.
   */
  render(accept: string | undefined, own: readonly SelfFamily[], signal?: AbortSignal, query?: PageQuery): RenderedPage;
  /** Names for which the mapping has no rule. */
  unmapped(): UnmappedReport;
}

export interface PrometheusDependencies {
  /** Makes the output's tally; called once. The caller adds seeds. */
  readonly createTally: (options: TallyOptions) => Tally;
  readonly clock: Clock;
  /** Told what becomes of the state file. */
  readonly log?: StateDeps["log"];
}

const NO_LOG: StateDeps["log"] = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The output that a scraper reads: cumulative since the process started, whoever scrapes and however often. */
export function createPrometheusOutput(
  options: PrometheusOptions,
  dependencies: PrometheusDependencies,
): PrometheusOutput {
  return new Prometheus(options, dependencies);
}

class Prometheus implements PrometheusOutput {
  readonly name = "prometheus";
  readonly tally: Tally;
  readonly #options: PrometheusOptions;
  readonly #layouts: Layout[] = [];
  readonly #clock: Clock;
  readonly #wishes: PageWishes;
  readonly #table = new SeriesTable();
  readonly #looks: LookTable;
  readonly #ledger = new Ledger();
  readonly #families = new Families();
  readonly #rows: Rows;
  readonly #sweep: Sweep;
  readonly #unmapped = new Unmapped();
  readonly #reader: Reader;
  readonly view: RowView;
  readonly #lifetimes: Lifetimes | undefined;
  readonly #state: State | undefined;
  #nowMs = 0;
  /** Of the last tick: what is new now began to count after it, which is what a series' creation time must not be later than. */
  #tickedMs: number;
  #delivered = 0;

  constructor(options: PrometheusOptions, { createTally, clock, log = NO_LOG }: PrometheusDependencies) {
    const { layouts, ageBuckets, windowMs, lifetime } = options;
    this.#options = options;
    this.#clock = clock;
    this.#wishes = new PageWishes(options);
    const window = windowOf(windowMs, ageBuckets);
    // A series with bounds is shown by its bounds alone, so its quantiles need no memory, unless it is shown as a native one.
    const bounded = options.native.mode === "off" ? {} : { bounded: "whole" as const };
    this.tally = createTally({ layouts: [], ...window, boundsSuffice: true, ...bounded });
    this.#looks = new LookTable(options);
    const { seriesMax } = options;
    const [table, families, looks] = [this.#table, this.#families, this.#looks];
    const parts = { tally: this.tally, table, families, looks, layouts: this.#layouts };
    this.#lifetimes = lifetime && new Lifetimes(parts, options, lifetime.remainsMax);
    this.#rows = new Rows({
      ...parts,
      lifetimes: this.#lifetimes,
      ledger: this.#ledger,
      seriesMax,
      onForget: (row, family) => this.#forgetting(row, family),
    });
    this.#reader = new Reader(this.tally, table, options, looks.looks);
    this.#sweep = new Sweep({ ...parts, rows: this.#rows, reader: this.#reader, ledger: this.#ledger });
    this.view = new RowView(
      { families: this.#families, table: this.#table, reader: this.#reader },
      { ...options, settle: () => this.#settle(), journal: () => this.#state?.journal() },
    );
    this.addLayouts(layouts);
    this.#state = this.#openState(parts, log);
    this.#tickedMs = this.#setClock(clock.nowMs());
  }

  /** Before the clock is set: what the file brings back is older. */
  #openState(parts: LifetimesParts, log: StateDeps["log"]): State | undefined {
    const [lifetimes, path] = [this.#lifetimes, this.#options.lifetime?.stateFile];
    if (lifetimes === undefined || path === undefined) return undefined;
    const restoration = new Restoration({ ...parts, lifetimes, counts: this.#rows.counts }, this.#options);
    const restore: StateOptions["restore"] = (records) => restoration.restore(records, this.#clock.nowMs());
    return new State({ path, source: lifetimes, restore }, { log, monotonicMs: this.#clock.monotonicMs });
  }

  addLayouts(layouts: readonly Layout[]): void {
    this.tally.addLayouts(layouts);
    this.#reader.addLayouts(layouts);
    this.#layouts.push(...layouts);
  }

  bind(series: Series): number {
    this.#unmapped.note(series);
    return this.#bind(series);
  }

  #bind(series: Series): number {
    const projection = project(series, this.#layouts[series.layout], this.#options);
    if (projection.refused) {
      this.#ledger.drop(projection.reason);
      return NO_CELL;
    }
    const family = this.#resolve(projection, series);
    if (family === undefined) return NO_CELL;
    const cell = this.#rows.cellFor(family, projection, series, this.#tickedMs);
    if (cell === undefined) {
      if (family.size === 0) this.#families.release(family);
      return NO_CELL;
    }
    this.#ledger.note("labels_overwritten", projection.overwritten);
    this.#ledger.note("labels_renamed", projection.renamed);
    if (projection.reserved) this.#ledger.note("names_reserved");
    if (projection.isNative !== family.isNative) this.#ledger.note("histograms_unlike_rule");
    return cell;
  }

  get vacancies(): number {
    return this.#families.released;
  }

  unmapped(): UnmappedReport {
    return this.#unmapped.report();
  }

  unbind(cell: number): void {
    this.#rows.giveBack(cell);
  }

  take(specials: readonly Special[]): void {
    for (const special of specials) {
      if (special.type === "exemplar") this.#keepExemplar(special.exemplar);
      else if (special.type !== "timestamped") this.#ledger.drop(special.type);
      else if (this.#options.timestamped === "drop") this.#ledger.drop("late");
      else this.#takeAsNow(special.sample);
    }
  }

  /** The shard that tells it holds the series, so it has a row, unless it was refused. */
  #keepExemplar({ series, ...exemplar }: SampleExemplar): void {
    const cell = this.#bind(series);
    if (cell === NO_CELL) return;
    const look = this.#looks.numberOf(series);
    const isKept = this.#reader.keepExemplar(this.#table.rowOfCell(cell) as number, look, exemplar);
    if (!isKept) this.#ledger.note("exemplars_too_long");
    this.unbind(cell);
  }

  /** No shard holds such a series, so it is given back at once and goes when it has been idle. */
  #takeAsNow({ values, timestamp: _timestamp, ...series }: TimestampedSample): void {
    const cell = this.#bind({ ...series, layout: 0 });
    if (cell === NO_CELL) return;
    for (const value of values) this.tally.addSample(cell, value);
    this.unbind(cell);
  }

  tick(unixMs: number): void {
    const nowMs = this.#setClock(unixMs);
    this.#tickedMs = nowMs;
    this.#state?.tick();
    this.#sweep.step(nowMs);
  }

  flush(_interval: Interval): void {
    for (const family of this.#families.values()) {
      if (family.shape.cell !== "set") continue;
      for (const row of this.#table.rowsOf(family)) this.#reader.completeSet(row);
    }
  }

  render(
    accept: string | undefined,
    own: readonly SelfFamily[],
    signal?: AbortSignal,
    query: PageQuery = WHOLE_PAGE,
  ): RenderedPage {
    const wish = this.#wishes.of(accept, query, this.#setClock(this.#clock.nowMs()));
    const source = { families: this.#families, table: this.#table, reader: this.#reader };
    const journal = this.#state?.journal();
    const request = { ...wish, own, monotonicMs: () => this.#clock.monotonicMs(), journal, signal };
    const pieces = this.#counted(renderPage(source, request));
    return { contentType: wish.how.contentType, pieces, held: PIECES_HELD };
  }

  status(): OutputStatus {
    const families = this.#families.size;
    const trouble = this.#state?.trouble ?? "";
    return {
      name: this.name,
      healthy: trouble === "",
      detail: trouble || `${this.#table.size} series in ${families} families, ${this.#delivered} scrapes served`,
      series: { ...this.#rows.counts },
      memory: this.tally.memory(),
      delivered: this.#delivered,
      retries: 0,
      queued: 0,
      dropped: { ...this.#ledger.dropped, superseded: this.tally.samplesLost },
      notes: { ...this.#ledger.notes },
      conflicts: this.#ledger.conflicts,
    };
  }

  /** Nothing is queued here: what no scraper fetched before the process ends is lost with it. */
  async close(_deadlineMs: number): Promise<void> {
    await this.#state?.close();
  }

  /** What is about to be shown is in the state file first, so that no crash can take it back. Undefined = there is none. */
  #settle(): Promise<void> | undefined {
    return this.#state?.save();
  }

  /** The machine's clock may be set back; ours stands still then, because a tally's may not go back. */
  #setClock(unixMs: number): number {
    this.#nowMs = Math.max(this.#nowMs, unixMs);
    this.tally.setClock(this.#nowMs);
    this.#lifetimes?.setClock(this.#nowMs);
    return this.#nowMs;
  }

  #resolve(projection: Projection, series: Series): Family | undefined {
    const epoch = epochOf(series);
    let resolution = this.#families.resolve(projection, epoch);
    while (resolution.holder !== undefined && givesWay(resolution.holder, projection, epoch)) {
      this.#rows.forgetAll(resolution.holder);
      resolution = this.#families.resolve(projection, epoch);
    }
    const { family, holder } = resolution;
    if (holder === undefined) return family;
    if (family === undefined) this.#ledger.drop("type_conflict");
    else this.#ledger.note("families_renamed");
    this.#ledger.conflict({
      name: projection.name,
      kind: series.kind,
      holder: `${holder.shape.key} ${holder.name}`,
      action: family === undefined ? "refused" : `shown as ${family.name}`,
    });
    return family;
  }

  #forgetting(row: number, family: Family): void {
    this.#sweep.forgetting(row, family);
    this.view.forgetting(row, family);
    this.#reader.forget(row);
  }

  async *#counted(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    await this.#settle();
    yield* pieces;
    this.#delivered += 1;
  }
}
