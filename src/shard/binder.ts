import { MIXED, NO_CELL, OVERFLOW } from "../core/tally.ts";
import type { IngestCallbacks, Tally } from "../core/tally.ts";
import type { Dialects } from "../model/dialect.ts";
import { KINDS } from "../model/kind.ts";
import type { KindRow } from "../model/kind.ts";
import type { LimitReason, RejectReason } from "../model/reject.ts";
import { LIMIT_REASONS, REJECT_REASONS } from "../model/reject.ts";
import type { Policy } from "../policy/policy.ts";
import { excerpt } from "../protocol/excerpt.ts";
import { parseKey } from "../protocol/key.ts";
import { Exemplars } from "./exemplars.ts";
import { Gathering } from "./gathering.ts";
import type { Announce } from "./gathering.ts";
import type { Attribution } from "./senders.ts";
import { SeriesCells } from "./series-cells.ts";
import { createSpecialReader } from "./special-reader.ts";
import type { Noted } from "./special-reader.ts";

export interface BinderOptions {
  readonly policy: Policy;
  readonly dialects: Dialects;
  /** Key of the tag that names a trace; "" = none. */
  readonly exemplarTag: string;
  /** The tally that asks; it cannot exist before its callbacks do. */
  readonly tally: () => Tally;
  readonly seriesMax: number;
  readonly keyBytesMax: number;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** To whom new keys and refused lines are ascribed. */
  readonly senders: Attribution;
  /** Where a flood of new series goes between drains; absent = it waits for the next one. */
  readonly announce?: Announce | undefined;
}

/** The TypeScript half of ingestion: what the core asks when it meets something for the first time, or something rare. */
export interface Binder extends IngestCallbacks {
  /** What waits for the main thread. */
  readonly gathering: Gathering;
  /** What was kept of each series until now waits from now on too. */
  gatherExemplars(): void;
  /** Keeps a refused line as an example, when there is room for one. */
  addReject(reason: RejectReason, line: Uint8Array): void;
  /** The tally has freed a cell. */
  forget(cell: number): void;
  /** Whether keys that met the series limit should be bound anew. */
  hasRoom(): boolean;
  /** Special lines that the core counted as accepted and that were then not passed on, by reason; totals. */
  readonly withheld: ReadonlyMap<LimitReason, number>;
  readonly noted: Readonly<Noted>;
}

export function createBinder(options: BinderOptions): Binder {
  const { policy, senders, dialects, keyBytesMax } = options;
  const gathering = new Gathering(options.announce);
  const cells = new SeriesCells({ ...options, define: (definition) => gathering.define(definition) });
  const exemplars = new Exemplars(options.exemplarTag);
  const noted: Noted = { mixed: 0, tagErrors: 0, eventLengthsMended: 0 };
  const readSpecial = createSpecialReader({ policy, dialects, keyBytesMax, exemplars, noted });
  const withheld = new Map<LimitReason, number>();

  function bytes(offset: number, length: number): Uint8Array {
    return options.tally().heap.subarray(offset, offset + length);
  }

  function withhold(reason: LimitReason): void {
    withheld.set(reason, (withheld.get(reason) ?? 0) + 1);
  }

  function addReject(reason: RejectReason, bytesOfLine: Uint8Array): void {
    const isLast = senders.rejected(reason);
    const isExample = gathering.hasRoomForReject;
    if (!isLast && !isExample) return;
    const line = excerpt(bytesOfLine);
    if (isLast) senders.keepLine(line);
    const time = Math.floor(options.nowMs() / 1000);
    if (isExample) gathering.addReject({ reason, line, sender: senders.current(), time });
  }

  return {
    gathering,
    withheld,
    noted,
    addReject,
    forget: (cell) => cells.forget(cell),
    hasRoom: () => cells.hasRoom,
    bind(kindCode, nameOffset, nameLength, tagsOffset, tagsLength) {
      senders.bound();
      const row = KINDS[kindCode] as KindRow;
      const key = parseKey(bytes(nameOffset, nameLength), bytes(tagsOffset, tagsLength), dialects);
      noted.tagErrors += key.tagErrors;
      const { tags, trace } = exemplars.split(key.tags);
      const binding = policy.bind(key.name, tags, row.kind, key.origin);
      if (binding.type === "drop") return limited(binding.reason);
      const cell = cells.cellOf(binding.series);
      if (cell === NO_CELL) return limited("names");
      if (trace !== "") {
        const series = (cell & OVERFLOW) === 0 ? binding.series : policy.overflow(binding.series);
        const behind = options.tally().heap.subarray(nameOffset + nameLength);
        exemplars.keep(cell, series, row, trace, behind, options.nowMs());
      }
      return key.isMixed ? cell | MIXED : cell;
    },
    special(type, offset, length) {
      const read = readSpecial(type, bytes(offset, length));
      if (read.type === "reject") return REJECT_REASONS.indexOf(read.reason);
      if (read.type === "drop") withhold(read.reason);
      else if (!gathering.add(read.special, length)) withhold("specials");
      return 0;
    },
    reject(code, offset, length) {
      addReject(REJECT_REASONS[code] as RejectReason, bytes(offset, length));
    },
    gatherExemplars() {
      for (const exemplar of exemplars.take()) {
        if (!gathering.add({ type: "exemplar", exemplar }, 0)) withhold("specials");
      }
    },
  };
}

function limited(reason: LimitReason): number {
  return -LIMIT_REASONS.indexOf(reason);
}
