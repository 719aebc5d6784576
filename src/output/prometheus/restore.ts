import type { CellKind } from "../../model/kind.ts";
import { isAddable } from "../../model/layout.ts";
import type { Layout } from "../../model/layout.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { Family } from "./family.ts";
import { NOT_SENT } from "./hash.ts";
import type { Lifetimes, LifetimesParts } from "./lifetimes.ts";
import { hasLastSeen } from "./last-seen.ts";
import { namingOf } from "./options.ts";
import type { PrometheusOptions } from "./options.ts";
import { shapeOfKey } from "./shape.ts";
import type { Shape } from "./shape.ts";
import type { About, PageAbout } from "./state/about.ts";
import type { StateRecord } from "./state/format.ts";

type Numbers = Pick<StateRecord, "bytes" | "createdMs">;

interface Place {
  readonly family: Family;
  readonly labels: string;
  readonly look: number;
  readonly layout: number;
  readonly page: PageAbout;
}

export interface RestoreParts extends LifetimesParts {
  readonly lifetimes: Lifetimes;
  /** Rows alive, by kind. */
  readonly counts: Record<CellKind, number>;
}

/** `name shape{labels}` */
const KEY = /^([^ ]+) ([^{]+)(.*)$/s;

/**
 * Puts the series of an earlier process back on the page, as they stood there, so that a restart is no gap: nobody needs to send a
 * series for it to be there. Until somebody does, it is not known what it is called by the rules of now, so it gives way to any
 * that is (`Rows`, `Families`), and goes when its time to live is over. What cannot be shown as it was, because options or layouts
 * are others now, is remembered, and goes on when it is bound.
 */
export class Restoration {
  readonly #parts: RestoreParts;
  readonly #options: PrometheusOptions;
  readonly #naming: string;
  readonly #abouts = new Map<string, About>();
  readonly #layouts = new Map<string, number>();

  constructor(parts: RestoreParts, options: PrometheusOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#naming = namingOf(options);
  }

  /**
   * Before the tally's clock was ever set: each series is put back at the time that its last sample came, so that times to live
   * go on too, and its clock may not go back. Answers how many series are on the page.
   */
  restore(records: Iterable<StateRecord>, nowMs: number): number {
    const { tally, lifetimes } = this.#parts;
    let shown = 0;
    for (const record of [...records].sort((left, right) => left.touchedMs - right.touchedMs)) {
      tally.setClock(Math.min(record.touchedMs, nowMs));
      const { meaning, page } = this.#aboutOf(record.about);
      const place = page === undefined ? "remembered" : this.#place(record, meaning, page, nowMs);
      if (place === "shown") shown += 1;
      if (place !== "remembered") continue;
      // The file's memory goes: what is remembered must not hold a whole block of it.
      lifetimes.remember(record.key, { ...numbersOf(record, nowMs), bytes: new Uint8Array(record.bytes), meaning });
    }
    lifetimes.setClock(nowMs);
    return shown;
  }

  #place(record: StateRecord, meaning: string, page: PageAbout, nowMs: number): "shown" | "remembered" | "over" {
    const { looks, lifetimes, table } = this.#parts;
    const [, name = "", shapeKey = "", labels = ""] = KEY.exec(record.key) ?? [];
    const shape = shapeOfKey(shapeKey);
    if (shape === undefined) return "over";
    const look = looks.numberFor(page.unit, page.treatment);
    const ttlMs = page.treatment?.ttlMs ?? this.#options.ttlMs[shape.cell];
    const isOver = ttlMs !== 0 && nowMs - record.touchedMs > ttlMs;
    // A gauge's value of a time that is yet to come, by a clock that was set back, would beat the next ones.
    if (shape.cell === "gauge" && (isOver || record.touchedMs > nowMs)) return "over";
    const layout = this.#layoutOf(page.layout);
    const isSame = page.naming === this.#naming && lifetimes.meaningOf(shape.cell, layout, look) === meaning;
    if (isOver || !isSame || table.size >= this.#options.seriesMax) return "remembered";
    const family = this.#familyOf(name, shape, page);
    const isShown = family !== undefined && this.#add(numbersOf(record, nowMs), { family, labels, look, layout, page });
    return isShown ? "shown" : "remembered";
  }

  #familyOf(name: string, shape: Shape, page: PageAbout): Family | undefined {
    const { wanted = name, spelled = name, help, isExact = false, isNative = false } = page;
    const facts = { name, wanted, spelled, shape, help, isExact, isNative };
    return this.#parts.families.restore({ ...facts, hasLastSeen: hasLastSeen(this.#options.lastSeen, shape) });
  }

  #add({ bytes, createdMs }: Numbers, { family, labels, look, layout, page }: Place): boolean {
    const { tally, table, families, lifetimes, counts } = this.#parts;
    const kind = family.shape.cell;
    const cell = tally.allocate(kind, layout);
    if (cell === NO_CELL) {
      if (family.size === 0) families.release(family);
      return false;
    }
    const spelledKeys = page.spelledKeys && new Map(page.spelledKeys);
    const row = table.add({ family, labels, spelledKeys, cell, layout, look, origin: NOT_SENT, createdMs });
    lifetimes.goOn(row, { bytes, createdMs });
    family.unsent += 1;
    counts[kind] += 1;
    return true;
  }

  /** The number of an equal layout, or else of one that counts the same; 0 for what has none. */
  #layoutOf(wanted: Layout | undefined): number {
    if (wanted === undefined) return 0;
    const text = JSON.stringify(wanted);
    const known = this.#layouts.get(text);
    if (known !== undefined) return known;
    const { layouts } = this.#parts;
    const equal = layouts.findIndex((layout) => JSON.stringify(layout) === text);
    const found =
      equal >= 0
        ? equal
        : Math.max(
            0,
            layouts.findIndex((layout) => isAddable(layout, wanted)),
          );
    this.#layouts.set(text, found);
    return found;
  }

  #aboutOf(text: string): About {
    const known = this.#abouts.get(text);
    if (known !== undefined) return known;
    const about = JSON.parse(text) as About;
    this.#abouts.set(text, about);
    return about;
  }
}

/** Nothing began in the future, whatever a clock said that was set back: it would be taken for new until then. */
function numbersOf({ bytes, createdMs }: StateRecord, nowMs: number): Numbers {
  return { bytes, createdMs: Math.min(createdMs, nowMs) };
}
