import type { LiveHistogram, LiveSeries, LiveSeriesList, LiveSeriesProblem } from "../../model/live-series.ts";
import type { Tally } from "../../core/tally.ts";
import { PageFilter } from "./filter.ts";
import type { SeriesTest } from "./filter.ts";
import type { LabelBytes } from "./format/encoder.ts";
import { LabelScan } from "./format/label-scan.ts";
import { WHOLE_PAGE } from "./query.ts";
import { parseSelector } from "./selector.ts";
import type { Selector } from "./selector.ts";
import type { ListedView, ViewFamily } from "./view.ts";

export interface SeriesListOptions {
  readonly view: ListedView;
  readonly tally: Tally;
  /** Of series that have no window of their own. */
  readonly windowMs: number;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/** Rows that are looked at before others have their turn: about two milliseconds. */
const ROWS_AT_ONCE = 2_000;
const ID = /^(\d{1,10})-(\d{1,15})$/;

/** Live series of the page, one by one: for people who look for one among a million. */
export class SeriesList {
  readonly #options: SeriesListOptions;
  readonly #scan = new LabelScan();
  readonly #labels: LabelBytes = { bytes: new Uint8Array(0), from: 0, to: 0 };

  constructor(options: SeriesListOptions) {
    this.#options = options;
  }

  /** The first `limit` series that one of the selectors fits; without any, all. */
  async list(matches: readonly string[], limit: number): Promise<LiveSeriesList | LiveSeriesProblem> {
    const selectors: Selector[] = [];
    for (const match of matches) {
      const parsed = parseSelector(match);
      if ("problem" in parsed) return { problem: `match=${JSON.stringify(match.slice(0, 200))}: ${parsed.problem}` };
      selectors.push(parsed);
    }
    const filter = new PageFilter({ ...WHOLE_PAGE, selectors: selectors.length === 0 ? undefined : selectors });
    const { view, pause } = this.#options;
    const series: LiveSeries[] = [];
    let looked = 0;
    for (const family of view.families()) {
      if (!filter.takesFamily([family.name])) continue;
      const isWanted = filter.seriesTest([family.name]);
      for (const row of view.rowsOf(family)) {
        if (++looked % ROWS_AT_ONCE === 0) await pause();
        const one = this.#describe(row, family, isWanted);
        if (one === undefined) continue;
        if (series.length === limit) return { series, isCut: true };
        series.push(one);
      }
    }
    return { series, isCut: false };
  }

  /** The histogram of the series of that id; undefined where there is no such series (any more). */
  histogram(id: string): LiveHistogram | LiveSeriesProblem | undefined {
    const [, rowText = "", birthText] = ID.exec(id) ?? [];
    const row = Number.parseInt(rowText, 10);
    const { view, tally } = this.#options;
    const family = view.familyOf(row);
    if (family === undefined || String(view.birthOf(row, family)) !== birthText) return undefined;
    const series = this.#describe(row, family, undefined);
    if (series === undefined) return undefined;
    if (family.shape.cell !== "histogram") return { problem: `${series.name} is a ${series.type} and no histogram` };
    const cell = view.cellOf(row);
    const buckets: [number, number, number][] = [];
    tally.buckets(cell, (low, high, weight) => void buckets.push([low, high, weight]));
    const { divisor, scale } = view.lookOf(row);
    const windowMs = view.ownWindowMsOf(row) ?? this.#options.windowMs;
    return { ...series, count: tally.count(cell), sum: tally.sum(cell), divisor, scale, buckets, windowMs };
  }

  /** undefined where the row is gone, not shown, or not wanted. */
  #describe(row: number, family: ViewFamily, isWanted: SeriesTest | undefined): LiveSeries | undefined {
    const { view, nowMs } = this.#options;
    const birth = view.birthOf(row, family);
    if (birth === 0 || !view.isShown(row, family, nowMs())) return undefined;
    view.readLabels(row, this.#labels);
    if (isWanted !== undefined && !isWanted(this.#labels)) return undefined;
    this.#scan.scan(this.#labels);
    const labels = Array.from({ length: this.#scan.count }, (_, label): [string, string] => [
      this.#scan.text(label * 2),
      this.#scan.text(label * 2 + 1),
    ]);
    return { id: `${row}-${birth}`, name: family.name, labels, type: family.shape.type };
  }
}
