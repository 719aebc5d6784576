import { setImmediate as nextTurn } from "node:timers/promises";
import type { SelfFamily, SelfSample } from "../../telemetry/family.ts";
import type { Families, Family } from "./families.ts";
import { labelFloatText } from "./float.ts";
import type { Encoder } from "./format/encoder.ts";
import type { Format } from "./format/format.ts";
import { PieceBuffer } from "./format/page.ts";
import { labelText } from "./label.ts";
import type { Reader } from "./reader.ts";
import type { SeriesTable } from "./series-table.ts";

export interface RenderSource {
  readonly families: Families;
  readonly table: SeriesTable;
  readonly reader: Reader;
}

export interface RenderRequest {
  readonly format: Format;
  /** This server's own metrics, shown first; their names are reserved, so they cannot meet a pushed one. */
  readonly own: readonly SelfFamily[];
  readonly nowMs: number;
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal | undefined;
}

/** Work between two turns of the event loop, in milliseconds: a shard's drain or a health check never waits longer. */
const TURN_MS = 5;
/** Series between two looks at the clock. */
const LOOK_SERIES = 16;

/**
 * The page in pieces of at most `PIECE_BYTES_MAX` bytes. Other work runs between pieces, so series may come and go
 * meanwhile: families are those of the beginning, and rows born later are skipped, so that none is shown twice.
 * Throws the signal's reason when it is aborted.
 */
export async function* renderPage(
  source: RenderSource,
  request: RenderRequest,
): AsyncGenerator<Uint8Array, void, void> {
  const buffer = new PieceBuffer();
  const encoder = request.format.encoder(buffer);
  const bornMax = source.table.bornCount;
  const families = [...source.families.values()];
  for (const family of request.own) writeOwn(encoder, family);
  let turnEnds = request.monotonicMs() + TURN_MS;
  let looked = 0;
  for (const family of families) {
    const page = new FamilyWriter(source, request.nowMs, bornMax, encoder, family);
    while (!page.done) {
      page.write();
      looked += 1;
      if (looked % LOOK_SERIES !== 0 || request.monotonicMs() < turnEnds) continue;
      yield* buffer.take();
      await nextTurn();
      request.signal?.throwIfAborted();
      turnEnds = request.monotonicMs() + TURN_MS;
    }
  }
  encoder.end();
  yield* buffer.take(true);
}

/** Writes one family, a series at a time; its head comes with the first series that is shown. */
class FamilyWriter {
  readonly #source: RenderSource;
  readonly #nowMs: number;
  readonly #bornMax: number;
  readonly #encoder: Encoder;
  readonly #family: Family;
  readonly #rows: Int32Array;
  #index = 0;
  #headed = false;

  constructor(source: RenderSource, nowMs: number, bornMax: number, encoder: Encoder, family: Family) {
    this.#source = source;
    this.#nowMs = nowMs;
    this.#bornMax = bornMax;
    this.#encoder = encoder;
    this.#family = family;
    this.#rows = source.table.rowsOf(family);
  }

  get done(): boolean {
    return this.#index >= this.#rows.length;
  }

  write(): void {
    const row = this.#rows[this.#index++] as number;
    const { table, reader } = this.#source;
    const { name, shape } = this.#family;
    if (table.families[row] !== this.#family || (table.births[row] as number) > this.#bornMax) return;
    if (!reader.isShown(row, shape, this.#nowMs)) return;
    if (!this.#headed) {
      this.#encoder.family(name, shape.type, shape.help);
      this.#headed = true;
    }
    reader.write(this.#encoder, row, shape, name);
  }
}

function writeOwn(encoder: Encoder, family: SelfFamily): void {
  if (family.samples.length === 0) return;
  encoder.family(family.name, family.type, family.help);
  for (const sample of family.samples) writeOwnSample(encoder, family.name, sample);
}

function writeOwnSample(encoder: Encoder, name: string, { labels, value }: SelfSample): void {
  const series = name + labelText(labels);
  if (typeof value === "number") encoder.value(series, value);
  else encoder.histogram(name, series, { ...value, bounds: value.bounds.map(labelFloatText) });
}
