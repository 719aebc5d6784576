import { describe, expect, it } from "vitest";
import { NO_CELL } from "../../../src/core/tally.ts";
import type { CellKind, Kind } from "../../../src/model/kind.ts";
import type { Series } from "../../../src/model/series.ts";
import { DATADOG_DEFAULTS } from "./defaults.ts";
import { createProjection } from "../../../src/output/datadog/projection.ts";
import type { Slot } from "../../../src/output/datadog/slots.ts";
import { Slots } from "../../../src/output/datadog/slots.ts";

function series(name: string, kind: Kind, tags: readonly string[] = []): Series {
  return { name, kind, tags, host: undefined, layout: 0 };
}

/** Cells are numbered from 0; those given back are listed. */
function table(seriesMax = 100, cellsMax = Infinity): { slots: Slots; released: number[] } {
  const released: number[] = [];
  let next = 0;
  const tally = {
    allocate: (_kind: CellKind, _layout: number) => (next < cellsMax ? next++ : NO_CELL),
    release: (cell: number) => void released.push(cell),
  };
  const slots = new Slots(tally, createProjection({ ...DATADOG_DEFAULTS, hostname: "h" }), seriesMax);
  return { slots, released };
}

describe("cells", () => {
  it("are shared by series that project equally, and counted once", () => {
    const { slots } = table();
    expect(slots.bind(series("x", "histogram"))).toBe(0);
    expect(slots.bind(series("x", "timer"))).toBe(0);
    expect(slots.bind(series("a-b", "counter"))).toBe(1);
    expect(slots.bind(series("a_b", "counter"))).toBe(1);
    expect(slots.series).toEqual({ counter: 1, gauge: 0, set: 0, histogram: 1 });
    expect(slots.counts.altered).toBe(1);
  });

  it.each<[Kind, string, Kind, string]>([
    ["counter", "x", "gauge", "x"],
    ["gauge", "x", "set", "x"],
    ["counter", "x.count", "histogram", "x"],
    ["histogram", "x", "gauge", "x.95percentile"],
  ])("refuse, after a %s %s, a %s %s that would overwrite its points", (first, name, second, rival) => {
    const { slots } = table();
    expect(slots.bind(series(name, first))).toBe(0);
    expect(slots.bind(series(rival, second))).toBe(NO_CELL);
    expect(slots.bind(series(rival, second, ["other:tags"]))).toBe(1);
    expect(slots.counts.conflicts).toBe(1);
  });

  it("are refused over the limits of series and of memory, which is counted", () => {
    for (const { slots } of [table(1), table(100, 1)]) {
      slots.bind(series("x", "counter"));
      expect(slots.bind(series("y", "counter"))).toBe(NO_CELL);
      expect(slots.bind(series("x", "counter"))).toBe(0);
      expect(slots.counts.overLimit).toBe(1);
    }
  });

  it("are released once nobody holds them, and can then be bound anew", () => {
    const { slots, released } = table();
    const cell = slots.bind(series("x", "counter"));
    slots.bind(series("x", "counter"));
    slots.unbind(cell);
    const [slot] = [...slots.values()];
    if (slot === undefined) throw new Error("the slot is gone");
    expect(() => slots.release(slot)).toThrow("still held");
    slots.unbind(cell);
    slots.release(slot);
    expect(released).toEqual([0]);
    expect(slots.series.counter).toBe(0);
    expect(slots.bind(series("x", "gauge"))).toBe(1);
  });

  it.each<[string, Kind, string, Kind]>([
    ["x", "counter", "x", "gauge"],
    ["x", "histogram", "x.count", "counter"],
    ["x.count", "counter", "x", "timer"],
  ])("of %s %s tell when they go, if %s %s was refused for them", (name, kind, rival, second) => {
    const { slots } = table();
    slots.unbind(slots.bind(series(name, kind)));
    slots.unbind(slots.bind(series("other", "gauge")));
    expect(slots.bind(series(rival, second))).toBe(NO_CELL);
    const [wanted, other] = [...slots.values()] as [Slot, Slot];
    slots.release(other);
    expect(slots.vacancies).toBe(0);
    slots.release(wanted);
    expect(slots.vacancies).toBe(1);
    expect(slots.bind(series(rival, second))).not.toBe(NO_CELL);
  });

  it("tell when they go, if there was no room for another", () => {
    const { slots } = table(1);
    slots.unbind(slots.bind(series("x", "counter")));
    slots.bind(series("y", "counter"));
    slots.release([...slots.values()][0] as Slot);
    expect(slots.vacancies).toBe(1);
  });

  it("end the process when they are given back too often: a bug, not input", () => {
    const { slots } = table();
    const cell = slots.bind(series("x", "counter"));
    slots.unbind(cell);
    expect(() => slots.unbind(cell)).toThrow("more often");
  });
});
