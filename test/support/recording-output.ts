import { createTally, NO_CELL } from "../../src/core/tally.ts";
import type { Special } from "../../src/model/event.ts";
import { kindRow } from "../../src/model/kind.ts";
import type { Interval, Output } from "../../src/output/output.ts";

/** An output with a real tally that keeps what it is told: cells by name and tags, calls in order. */
export interface RecordingOutput extends Output {
  readonly taken: Special[];
  readonly calls: string[];
  readonly flushed: Interval[];
  /** Names that it answers NO_CELL for. */
  readonly refuse: Set<string>;
  cellOf(name: string): number;
  holds(cell: number): number;
}

export function recordingOutput(name: string, events: string[] = []): RecordingOutput {
  const tally = createTally({ layouts: [{ digits: 2, bounds: [], thresholds: [] }] });
  const cells = new Map<string, number>();
  const holds = new Map<number, number>();
  const taken: Special[] = [];
  const flushed: Interval[] = [];
  const refuse = new Set<string>();
  return {
    name,
    tally,
    taken,
    flushed,
    refuse,
    calls: events,
    cellOf: (series) => cells.get(series) ?? NO_CELL,
    holds: (cell) => holds.get(cell) ?? 0,
    addLayouts: (layouts) => tally.addLayouts(layouts),
    bind(series) {
      if (refuse.has(series.name)) return NO_CELL;
      const cell = cells.get(series.name) ?? tally.allocate(kindRow(series.kind).cell, 0);
      cells.set(series.name, cell);
      holds.set(cell, (holds.get(cell) ?? 0) + 1);
      return cell;
    },
    unbind: (cell) => void holds.set(cell, (holds.get(cell) ?? 0) - 1),
    take: (specials) => void taken.push(...specials),
    tick: () => void events.push(`${name} tick`),
    flush(interval) {
      flushed.push(interval);
      events.push(`${name} flush`);
    },
    status: () => ({
      name,
      healthy: true,
      detail: "",
      series: { counter: 0, gauge: 0, set: 0, histogram: 0 },
      memory: tally.memory(),
      delivered: 0,
      retries: 0,
      queued: 0,
      dropped: {},
      notes: {},
      conflicts: [],
    }),
    close: async () => void events.push(`${name} close`),
  };
}
