import { PageFilter } from "./filter.ts";
import { negotiate } from "./format/accept.ts";
import type { Negotiated } from "./format/accept.ts";
import { labelsOf, labelText } from "./label.ts";
import type { NativeMode, PrometheusOptions } from "./options.ts";
import { WHOLE_PAGE } from "./query.ts";
import type { PageQuery } from "./query.ts";
import type { View } from "./reader.ts";
import type { Escaping } from "./spelling.ts";

/** What one page shows, and how: what a scraper asks for, as far as the options let it. */
export interface PageWish {
  readonly how: Negotiated;
  /** Of names: where none is sent to anybody as it came, none needs an escape, and legacy names stand as they are. */
  readonly escaping: Escaping;
  readonly view: View;
  readonly filter: PageFilter | undefined;
  readonly targetInfo: string;
  readonly createdSamples: boolean;
}

export class PageWishes {
  readonly #options: PrometheusOptions;
  /** Labels of `target_info` without braces; "" = it is not shown. */
  readonly #targetInfo: string;

  constructor(options: PrometheusOptions) {
    this.#options = options;
    const tags = options.targetInfo ? options.globalTags : [];
    const notes = { overwritten: 0, renamed: 0 };
    this.#targetInfo = labelText(labelsOf(tags, undefined, "gauge", options.valuelessTags, notes)).slice(1, -1);
  }

  of(accept: string | undefined, query: PageQuery, nowMs: number): PageWish {
    const { createdSamples, zeroFirstMs, native, names } = this.#options;
    const how = negotiate(accept);
    const needsNoZero = zeroFirstMs === 0 || how.format.showsCreated({ createdSamples });
    return {
      how,
      escaping: names === "legacy" ? "underscores" : how.escaping,
      view: {
        nowMs,
        zeroAfterMs: needsNoZero ? Infinity : nowMs - zeroFirstMs,
        native: how.format.showsNative ? nativeOf(native.mode, query.native) : "off",
      },
      filter: query === WHOLE_PAGE ? undefined : new PageFilter(query),
      targetInfo: this.#targetInfo,
      createdSamples,
    };
  }
}

/** A scraper chooses, unless nothing is kept that native histograms could be made of. */
function nativeOf(mode: NativeMode, asked: PageQuery["native"]): View["native"] {
  if (mode === "off") return "off";
  return asked ?? (mode === "asked" ? "off" : mode);
}
