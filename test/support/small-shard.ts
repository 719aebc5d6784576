import type { IngestCallbacks, Source, Tally, TallyCounters, TallyOptions } from "../../src/core/tally.ts";
import { createTally, NO_CELL } from "../../src/core/tally.ts";
import type { Layout } from "../../src/model/layout.ts";
import type { LimitReason, RejectReason } from "../../src/model/reject.ts";
import { KINDS } from "../../src/model/kind.ts";
import type { KindRow } from "../../src/model/kind.ts";
import { LIMIT_REASONS, REJECT_REASONS } from "../../src/model/reject.ts";
import { canonicalTags, seriesKey } from "./series-key.ts";

/** Two digits, no classic bounds. */
export const PLAIN: Layout = { digits: 2, bounds: [], thresholds: [] };

export interface BoundSeries {
  readonly row: KindRow;
  /** latin1: one character is one byte. */
  readonly name: string;
  readonly tags: readonly string[];
  /** The tag section as the core handed it over, latin1. */
  readonly rawTags: string;
  readonly key: string;
}

/**
 * A tally with the smallest policy there is: every series is kept, tags are sorted and exact repeats and empty tags
 * removed. It stands in for a shard thread so that the core can be tested alone.
 */
export class SmallShard implements IngestCallbacks {
  readonly tally: Tally;
  readonly bound = new Map<number, BoundSeries>();
  readonly cells = new Map<string, number>();
  readonly rejected = new Map<RejectReason, number>();
  readonly specials: { readonly type: number; readonly line: string }[] = [];
  readonly rejectedLines: { readonly reason: RejectReason; readonly line: string; readonly column: number }[] = [];
  readonly layout: number;
  binds = 0;
  /** Answers the next binds with a limit reason instead of a cell. */
  refuse: LimitReason | undefined;
  /** What `special` answers; 0 accepts. */
  specialAnswer = 0;

  constructor(options: Partial<TallyOptions> = {}, layout = 0) {
    this.tally = createTally({ layouts: [PLAIN], keySeed: 7n, setSeed: 11n, ...options }, this);
    this.layout = layout;
    this.tally.setClock(1_000);
  }

  bind(kindCode: number, nameOffset: number, nameLength: number, tagsOffset: number, tagsLength: number): number {
    this.binds++;
    if (this.refuse !== undefined) return -LIMIT_REASONS.indexOf(this.refuse);
    const row = KINDS[kindCode] as KindRow;
    const name = this.#text(nameOffset, nameLength);
    const rawTags = this.#text(tagsOffset, tagsLength);
    const tags = canonicalTags(rawTags);
    const key = seriesKey(row.wire, name, tags);
    const cell = this.tally.cellFor(row.kind, Buffer.from(key, "latin1"), row.cell === "histogram" ? this.layout : 0);
    if (cell === NO_CELL) return -LIMIT_REASONS.indexOf("names");
    if (this.tally.isNewCell()) {
      this.bound.set(cell, { row, name, tags, rawTags, key });
      this.cells.set(key, cell);
    }
    return cell;
  }

  special(type: number, offset: number, length: number): number {
    this.specials.push({ type, line: this.#text(offset, length) });
    return this.specialAnswer;
  }

  reject(reason: number, offset: number, length: number, column: number): void {
    const name = REJECT_REASONS[reason] as RejectReason;
    this.rejected.set(name, (this.rejected.get(name) ?? 0) + 1);
    if (this.rejectedLines.length < 1_000)
      this.rejectedLines.push({ reason: name, line: this.#text(offset, length), column });
  }

  /** One datagram; a string is latin1. */
  ingest(datagram: Uint8Array | string): void {
    const bytes = typeof datagram === "string" ? Buffer.from(datagram, "latin1") : datagram;
    this.tally.heap.set(bytes, this.tally.inputOffset);
    this.tally.ingest(this.tally.inputOffset, bytes.length);
  }

  /** The cell of a series by its key; fails loudly when the series was never bound. */
  cell(wire: string, name: string, tags: readonly string[] = []): number {
    const cell = this.cells.get(seriesKey(wire, name, tags));
    if (cell === undefined) throw new Error(`no series ${seriesKey(wire, name, tags)}`);
    return cell;
  }

  counted(): TallyCounters {
    return this.tally.counters();
  }

  get rejectedTotal(): number {
    return [...this.rejected.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The cell of a forgotten series may be given to another one. */
  sweep(idleMs: number): void {
    this.tally.sweep(idleMs, (cell) => {
      const series = this.bound.get(cell);
      if (series !== undefined) this.cells.delete(series.key);
      this.bound.delete(cell);
    });
  }

  #text(offset: number, length: number): string {
    return Buffer.from(this.tally.heap.subarray(offset, offset + length)).toString("latin1");
  }
}

/** What a merge needs to know about where a delta comes from. */
export interface DeltaOrigin {
  readonly tally: Tally;
  readonly bound: ReadonlyMap<number, BoundSeries>;
}

/** A tally that only merges, as an output's does: cells by series key, one source per origin. */
export class SmallOutput implements DeltaOrigin {
  readonly tally: Tally;
  readonly cells = new Map<string, number>();
  readonly bound = new Map<number, BoundSeries>();
  readonly #sources = new Map<DeltaOrigin, Source>();
  readonly #layout: number;

  constructor(options: Partial<TallyOptions> = {}, layout = 0) {
    this.tally = createTally({ layouts: [PLAIN], keySeed: 3n, setSeed: 11n, ...options });
    this.#layout = layout;
  }

  /** Drains the origin completely and merges every part, in order. */
  take(origin: DeltaOrigin, bytesMax = 1 << 20): void {
    for (const part of drainAll(origin, bytesMax)) this.merge(origin, part);
  }

  /** Merges one part of a drain of `origin`. */
  merge(origin: DeltaOrigin, part: Uint8Array): void {
    const source = this.#sources.get(origin) ?? this.tally.source();
    this.#sources.set(origin, source);
    for (const [cell, series] of origin.bound) {
      if (source.mapped(cell) === NO_CELL) source.map(cell, this.#cellFor(series));
    }
    source.merge(part);
  }

  cell(wire: string, name: string, tags: readonly string[] = []): number {
    const cell = this.cells.get(seriesKey(wire, name, tags));
    if (cell === undefined) throw new Error(`no series ${seriesKey(wire, name, tags)}`);
    return cell;
  }

  #cellFor(series: BoundSeries): number {
    const known = this.cells.get(series.key);
    if (known !== undefined) return known;
    const cell = this.tally.allocate(series.row.cell, series.row.cell === "histogram" ? this.#layout : 0);
    this.cells.set(series.key, cell);
    this.bound.set(cell, series);
    return cell;
  }
}

/** Every part of one drain; fails when a tally never runs empty. */
export function drainAll(origin: DeltaOrigin, bytesMax = 1 << 20): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = origin.tally.drain(bytesMax);
    if (part.length === 0) return parts;
    parts.push(part);
    if (parts.length > 100_000) throw new Error("a drain that never ends");
  }
}
