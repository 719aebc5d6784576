import { LabelScan } from "./format/label-scan.ts";
import type { LabelBytes } from "./format/encoder.ts";
import { shardOfName } from "./query.ts";
import type { PageQuery } from "./query.ts";
import { looksAtLabels, maySelect, selects } from "./selector.ts";
import type { Selector } from "./selector.ts";

/** Whether a series is on the page. `sentKeys`: keys that are shown to some as they were sent; a selector may call them either way. */
export type SeriesTest = (labels: LabelBytes, sentKeys?: ReadonlyMap<string, string>) => boolean;

const NONE: ReadonlyMap<string, string> = new Map();

/** What a page shows of what there is. Families are decided first; labels are only read where a selector asks for them. */
export class PageFilter {
  readonly #query: PageQuery;
  readonly #scan = new LabelScan();

  constructor(query: PageQuery) {
    this.#query = query;
  }

  /** False for a family that is not on the page at all. `names` are those of its samples, its own first. */
  takesFamily(names: readonly string[]): boolean {
    const { names: wanted, shard, shards, selectors } = this.#query;
    if (shardOfName(names[0] as string, shards) !== shard) return false;
    if (wanted !== undefined && !names.some((name) => wanted.has(name))) return false;
    return selectors === undefined || selectors.some((selector) => maySelect(selector, names));
  }

  /** A test for the series of a family that is on the page; undefined where all of them are. */
  seriesTest(names: readonly string[]): SeriesTest | undefined {
    const selectors = this.#query.selectors?.filter((selector) => maySelect(selector, names));
    if (selectors === undefined || selectors.some((selector) => !looksAtLabels(selector))) return undefined;
    return (labels, sentKeys) => this.#isSelected(selectors, names, labels, sentKeys);
  }

  #isSelected(
    selectors: readonly Selector[],
    names: readonly string[],
    labels: LabelBytes,
    sentKeys: ReadonlyMap<string, string> = NONE,
  ): boolean {
    this.#scan.scan(labels);
    const values = new Map<string, string>();
    for (let label = 0; label < this.#scan.count; label += 1)
      values.set(this.#scan.text(label * 2), this.#scan.text(label * 2 + 1));
    for (const [key, sent] of sentKeys) values.set(sent, values.get(key) ?? "");
    return selectors.some((selector) => selects(selector, names, (label) => values.get(label) ?? ""));
  }
}
