import type { SampleExemplar } from "../model/event.ts";
import type { KindRow } from "../model/kind.ts";
import type { Series } from "../model/series.ts";
import { parseDecimal } from "../std/decimal.ts";
import { EXEMPLARS_MAX } from "./limits.ts";

/** Longest value that is read; longer ones are no exemplars. */
const VALUE_BYTES_MAX = 48;
/**
 *     requests:320|ms|#trace_id:4bf92f35
 *             ^^^^^^^ what stands behind a name
 */
const VALUE = /^:([^:|\n]+)\|([a-z]+)(?=[|\r\n]|$)/;

/**
 * The tag that names a trace is no part of a series: it would make one of each request. It is taken out where a key is
 * bound, which happens once for each new trace, and the last one of each cell is kept for the next drain, with the value
 * that stands beside it. A line whose trace is known already costs nothing and tells nothing new.
 */
export class Exemplars {
  readonly #tag: string;
  readonly #prefix: string;
  readonly #last = new Map<number, SampleExemplar>();

  /** `tag` is the key of the tag; "" = there is none. */
  constructor(tag: string) {
    this.#tag = tag;
    this.#prefix = `${tag}:`;
  }

  /** The tags without the trace, and the trace. Of several the first one counts, and all go. */
  split(tags: readonly string[]): { readonly tags: readonly string[]; readonly trace: string } {
    const isTrace = (tag: string): boolean => tag.startsWith(this.#prefix);
    if (this.#tag === "" || !tags.some(isTrace)) return { tags, trace: "" };
    return {
      tags: tags.filter((tag) => !isTrace(tag)),
      trace: tags.find(isTrace)?.slice(this.#prefix.length) ?? "",
    };
  }

  /** `behind` are the bytes behind the name on the line. A line with several values, or pairs, gives no exemplar. */
  keep(
    cell: number,
    series: Series,
    { wire, cell: kind }: KindRow,
    trace: string,
    behind: Uint8Array,
    timeMs: number,
  ): void {
    if (trace === "" || (kind !== "counter" && kind !== "histogram")) return;
    if (this.#last.size >= EXEMPLARS_MAX && !this.#last.has(cell)) return;
    const [, text = "", type] = VALUE.exec(Buffer.from(behind.subarray(0, VALUE_BYTES_MAX)).toString("latin1")) ?? [];
    const value = parseDecimal(text);
    if (value === undefined || type !== wire) return;
    this.#last.set(cell, { series, label: [this.#tag, trace], value, timeMs });
  }

  /** Hands over what has gathered and starts anew. */
  take(): SampleExemplar[] {
    const taken = [...this.#last.values()];
    this.#last.clear();
    return taken;
  }
}
