import type { Families } from "./families.ts";
import type { Family } from "./family.ts";
import type { Encoder, FamilyHead, SeriesFacts } from "./format/encoder.ts";
import type { PageFilter, SeriesTest } from "./filter.ts";
import { lastSeenHead, lastSeenName } from "./last-seen.ts";
import type { Aspect } from "./last-seen.ts";
import type { Reader, View } from "./reader.ts";
import { RowLabels } from "./row-labels.ts";
import type { SeriesTable } from "./series-table.ts";
import type { Journal } from "./state/state.ts";
import { nameAs } from "./spelling.ts";
import type { Escaping } from "./spelling.ts";

/** Where series come from. */
export interface SeriesSource {
  readonly families: Families;
  readonly table: SeriesTable;
  readonly reader: Reader;
}

/** How and what one walk over the series shows. */
export interface Walk {
  readonly view: View;
  readonly escaping: Escaping;
  /** Undefined = everything. */
  readonly filter: PageFilter | undefined;
  /** Rows born later are passed over: `table.bornCount` when the walk began. */
  readonly bornMax: number;
  /** Is told of each row that is read. */
  readonly journal: Pick<Journal, "note"> | undefined;
}

const NO_BYTES = new Uint8Array(0);
const NO_FACTS: SeriesFacts = { createdMs: NaN, exemplar: undefined };

/** Hands the series of families to an encoder, one at a time, so that other work may run between them. */
export class FamilyWriter {
  readonly #source: SeriesSource;
  readonly #walk: Walk;
  readonly #encoder: Encoder;
  readonly #labels: RowLabels;
  readonly #facts: SeriesFacts = { createdMs: NaN, exemplar: undefined };
  #family: Family | undefined;
  #view: View;
  #aspect: Aspect = "numbers";
  #test: SeriesTest | undefined;
  /** Of the family, up to `#length`; the memory is used again for the next one. */
  #rows = new Int32Array(64);
  #length = 0;
  #index = 0;
  /** Rows that the first of two passes has shown; they move to the front of `#rows`. */
  #shown = 0;
  #pass = 1;

  constructor(source: SeriesSource, walk: Walk, encoder: Encoder) {
    this.#source = source;
    this.#walk = walk;
    this.#view = walk.view;
    this.#encoder = encoder;
    this.#labels = new RowLabels(source.table, walk.escaping);
  }

  /** Goes to a family, or to the one beside it; the head comes with the first series that is shown. */
  begin(family: Family, aspect: Aspect): void {
    const { filter } = this.#walk;
    const names = filter === undefined ? [] : namesOf(family, aspect);
    this.#family = family;
    this.#aspect = aspect;
    this.#view = viewOf(family, this.#walk.view);
    this.#index = 0;
    this.#shown = 0;
    this.#pass = 1;
    this.#test = filter?.seriesTest(names);
    const isTaken = filter === undefined || filter.takesFamily(names);
    this.#length = isTaken ? family.size : 0;
    if (this.#length > this.#rows.length) this.#rows = new Int32Array(this.#length);
    this.#source.table.copyRows(family, this.#rows, this.#length);
  }

  /** Writes the next series; false when the family is through. */
  write(): boolean {
    if (this.#index === this.#length && !this.#nextPass()) return false;
    const row = this.#rows[this.#index++] as number;
    const family = this.#family as Family;
    const { table, reader } = this.#source;
    const { view, bornMax } = this.#walk;
    const isThere = table.families[row] === family && (table.births[row] as number) <= bornMax;
    if (this.#pass === 2) {
      if (isThere) this.#put(row, family);
      else this.#encoder.gone();
      return true;
    }
    if (!isThere || !reader.isShown(row, family.shape, view.nowMs)) return true;
    if (this.#test !== undefined && !this.#test(this.#plainLabels(row), table.spelledKeys.get(row))) return true;
    if (this.#shown === 0) this.#encoder.family(this.#head(family));
    this.#rows[this.#shown++] = row;
    this.#put(row, family);
    return true;
  }

  #put(row: number, family: Family): void {
    const { reader, table } = this.#source;
    this.#walk.journal?.note(row);
    if (this.#aspect === "last_seen") {
      this.#encoder.value(this.#labels.of(row), reader.lastSeen(row), NO_FACTS);
      return;
    }
    this.#facts.createdMs = table.createdMs[row] as number;
    this.#facts.exemplar = reader.exemplarOf(row);
    reader.write(this.#encoder, row, family.shape, this.#labels.of(row), this.#facts, this.#view);
  }

  #plainLabels(row: number): { bytes: Uint8Array; from: number; to: number } {
    const labels = { bytes: NO_BYTES, from: 0, to: 0 };
    this.#source.table.readLabels(row, labels);
    return labels;
  }

  #nextPass(): boolean {
    if (this.#shown === 0) return false;
    this.#encoder.passEnd();
    if (this.#pass === this.#encoder.passes) {
      this.#shown = 0;
      return false;
    }
    this.#pass = 2;
    this.#index = 0;
    this.#length = this.#shown;
    return true;
  }

  #head(family: Family): FamilyHead {
    const { name, spelled, shape, isExact } = family;
    const { families } = this.#source;
    if (this.#aspect === "last_seen") {
      const shown = nameAs(this.#walk.escaping, lastSeenName(name), lastSeenName(spelled));
      return { ...lastSeenHead(name), name: shown, unit: "seconds", ownsCounterNames: true, ownsCreated: false };
    }
    const base = shape.type === "counter" && name.endsWith("_total") ? name.slice(0, -"_total".length) : name;
    return {
      name: nameAs(this.#walk.escaping, name, spelled),
      type: shape.type,
      help: family.help ?? shape.help,
      unit: shape.divisor === 1000 && name.endsWith("_seconds") ? "seconds" : "",
      // Who is not exact has claimed them.
      ownsCounterNames: !isExact || families.isFreeFor(family, base),
      ownsCreated: !isExact || families.isFreeFor(family, `${base}_created`),
    };
  }
}

/** All series of a family are shown as native histograms, or none: what it is may be renewed while it is shown. */
export function viewOf({ isNative }: Pick<Family, "isNative">, view: View): View {
  return isNative || view.native === "off" ? view : { ...view, native: "off" };
}

function namesOf(family: Family, aspect: Aspect): string[] {
  if (aspect === "numbers") return sampleNames(family);
  return [...new Set([lastSeenName(family.name), lastSeenName(family.spelled)])];
}

/** Names by which a scraper may ask for a family, its own first. */
export function sampleNames({ name, spelled, shape }: Family): string[] {
  const own = [name, ...shape.derived.map((suffix) => name + suffix)];
  return spelled === name ? own : [...own, spelled, ...shape.derived.map((suffix) => spelled + suffix)];
}
