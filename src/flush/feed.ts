import { NO_CELL } from "../core/tally.ts";
import type { Source } from "../core/tally.ts";
import type { Output } from "../output/output.ts";
import type { Delta } from "./delta.ts";

/** One shard's way into every output: it knows which cells the shard has defined, and so can take them all back. */
export interface Feed {
  merge(delta: Delta): void;
  /** The shard is gone: gives back every cell of the outputs that it held. */
  end(): void;
}

export function createFeed(outputs: readonly Output[]): Feed {
  const ways: readonly { readonly output: Output; readonly source: Source }[] = outputs.map((output) => ({
    output,
    source: output.tally.source(),
  }));
  function forget(theirs: number): void {
    for (const { output, source } of ways) {
      const ours = source.mapped(theirs);
      if (ours === NO_CELL) continue;
      source.map(theirs, NO_CELL);
      output.unbind(ours);
    }
  }

  return {
    merge({ definitions, bytes, specials, forgotten }) {
      for (const { cell, series } of definitions) {
        for (const { output, source } of ways) source.map(cell, output.bind(series));
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
