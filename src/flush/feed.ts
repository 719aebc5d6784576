import { NO_CELL } from "../core/tally.ts";
import type { Source } from "../core/tally.ts";
import type { Series } from "../model/series.ts";
import type { Output } from "../output/output.ts";
import type { Delta } from "./delta.ts";

/** One shard's way into every output: it knows which cells the shard has defined, and so can take them all back. */
export interface Feed {
  merge(delta: Delta): void;
  /** The shard is gone: gives back every cell of the outputs that it held. */
  end(): void;
}

/** Refused series of a shard that are remembered, for each output; a further one stays refused until it is new again. */
const REFUSED_MAX = 10_000;

interface Way {
  readonly output: Output;
  readonly source: Source;
  /** Series that the output did not take, by the shard's cell. */
  readonly refused: Map<number, Series>;
  /** The output's, when the refused were asked for last. */
  vacancies: number;
}

export function createFeed(outputs: readonly Output[]): Feed {
  const ways: readonly Way[] = outputs.map((output) => ({
    output,
    source: output.tally.source(),
    refused: new Map(),
    vacancies: output.vacancies ?? 0,
  }));

  /** Also of a cell that was defined before: then it is another one by rules that were read again, or the same. */
  function define({ output, source, refused }: Way, theirs: number, series: Series): void {
    const before = source.mapped(theirs);
    const ours = output.bind(series);
    source.map(theirs, ours);
    if (before !== NO_CELL) output.unbind(before);
    if (ours !== NO_CELL) refused.delete(theirs);
    else if (output.vacancies !== undefined && refused.size < REFUSED_MAX) refused.set(theirs, series);
  }

  /** A name may have become free: those that were refused ask once more. */
  function askAgain(way: Way): void {
    if ((way.output.vacancies ?? 0) === way.vacancies) return;
    for (const [theirs, series] of Array.from(way.refused)) define(way, theirs, series);
    way.vacancies = way.output.vacancies ?? 0;
  }

  function forget(theirs: number): void {
    for (const { output, source, refused } of ways) {
      refused.delete(theirs);
      const ours = source.mapped(theirs);
      if (ours === NO_CELL) continue;
      source.map(theirs, NO_CELL);
      output.unbind(ours);
    }
  }

  return {
    merge({ definitions, bytes, specials, forgotten }) {
      for (const way of ways) askAgain(way);
      for (const { cell, series } of definitions) {
        for (const way of ways) define(way, cell, series);
      }
      for (const { output, source } of ways) {
        if (bytes.length > 0) source.merge(bytes);
        if (specials.length > 0) output.take(specials);
      }
      for (const cell of forgotten) forget(cell);
    },
    end() {
      for (const { output, source } of ways) {
        source.forEachMapped((ours) => output.unbind(ours));
        source.close();
      }
    },
  };
}
