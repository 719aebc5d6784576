import type { Layout } from "../model/layout.ts";

/** Not a cell: the answer of `Output.bind` for a series that the output does not show. */
export const NO_CELL = 0xffff_ffff;
/** Or-ed to a cell that `bind` answers where the cell stands in for others; its lines are counted as `overflowed`. */
export const OVERFLOW = 0x4000_0000;
/** Or-ed to a cell that `bind` answers for a key with tags both in its name and in its tag section; its lines are counted as `mixed`. */
export const MIXED = 0x2000_0000;
/** What a transport may write at `inputOffset`: more than the largest UDP datagram (65,507 bytes). */
export const INPUT_BYTES_MAX = 65_536;

export interface TallyOptions {
  readonly layouts: readonly Layout[];
  /**
   * Windowed quantiles: how many age buckets a histogram cell keeps, and the age of one, in ms. 1 and 0 = no window, whatever
   * layouts say; otherwise a layout may have a window of its own.
   */
  readonly ages?: number;
  readonly ageMs?: number;
  /** Histograms with classic bounds keep the counts of those bounds only (no quantiles): less memory. */
  readonly boundsSuffice?: boolean;
  /** Instead: they keep all their samples too, without a window, which native histograms are made of. */
  readonly bounded?: "whole";
  /** Secrets of the key hash and of set members; random unless given. Tallies that merge sets must share `setSeed`. */
  readonly keySeed?: bigint;
  readonly setSeed?: bigint;
  readonly gaugeSign?: "auto" | "absolute" | "step";
  /** False: `|T…` is passed over, as by an Agent with `dogstatsd_no_aggregation_pipeline: false`. */
  readonly readsTimestamps?: boolean;
  /**
   * True: the fields `c:`, `e:` and `card:` are a part of the key. The tag section that `bind` gets is then followed, where
   * there are such fields, by a line feed and the fields in this order, joined by `|`.
   */
  readonly readsOrigin?: boolean;
  /** True: a datagram's last line must end in LF too, as for an Agent with `dogstatsd_eol_required`; else it is refused. */
  readonly requiresEnd?: boolean;
  /** Most raw keys that are remembered. Beyond, `bind` is asked for each line of an unknown key. */
  readonly keysMax?: number;
  /** Longest name and tags, together. */
  readonly keyBytesMax?: number;
  /** Most linear memory, in bytes. When seven eighths are used, new keys, series and pages are refused. */
  readonly memoryBytesMax?: number;
}

/** What the core asks back while it ingests; all offsets are into `heap`. Must not call `ingest`. */
export interface IngestCallbacks {
  /**
   * First sight of a raw key: answers a cell of this tally (see `cellFor`), with OVERFLOW where it stands in for others
   * and MIXED where it has tags of two styles, or `-code` of a LIMIT_REASONS entry.
   */
  bind(kindCode: number, nameOffset: number, nameLength: number, tagsOffset: number, tagsLength: number): number;
  /** An event (0), service check (1) or timestamped metric line (2): answers 0, or the code of a REJECT_REASONS entry. */
  special(type: number, offset: number, length: number): number;
  /** A refused line; `column` is the byte offset inside the line where it died. */
  reject(reason: number, offset: number, length: number, column: number): void;
}

/** Of a tally that only merges. */
export const NO_CALLBACKS: IngestCallbacks = {
  bind: () => {
    throw new Error("this tally was made without callbacks: it can merge, not ingest");
  },
  special: () => 0,
  reject: () => undefined,
};
