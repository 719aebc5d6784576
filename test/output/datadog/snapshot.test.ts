import { describe, expect, it } from "vitest";
import { DATADOG_DEFAULTS } from "./defaults.ts";
import { createProjection } from "../../../src/output/datadog/projection.ts";
import { Slots } from "../../../src/output/datadog/slots.ts";
import { takeSnapshot } from "../../../src/output/datadog/snapshot.ts";

/** Every cell has one sample, and the given number wherever it is asked for one. */
function readingOf(value: number): Parameters<typeof takeSnapshot>[0] {
  const read = (): number => value;
  return {
    samples: () => 1,
    counterSum: read,
    gauge: read,
    cardinality: read,
    count: read,
    sum: read,
    min: read,
    max: read,
    quantiles: (_cell, _qs, into) => void into.fill(value),
    buckets: (_cell, visit) => visit(value, value, 1),
    reset: () => undefined,
  };
}

describe("numbers that JSON cannot say", () => {
  it.each([NaN, Infinity, -Infinity])("%d never leaves, and is counted per point", (value) => {
    const projection = createProjection({ ...DATADOG_DEFAULTS, hostname: "h" });
    let next = 0;
    const slots = new Slots({ allocate: () => next++, release: () => undefined }, projection, 10);
    for (const kind of ["counter", "gauge", "timer", "distribution"] as const) {
      slots.bind({ name: kind, kind, tags: [], host: undefined, layout: 0 });
    }
    const settings = { counterExpirySeconds: 0, parts: projection.parts, quantiles: projection.quantiles };
    const snapshot = takeSnapshot(readingOf(value), slots, { startSeconds: 0, endSeconds: 10 }, settings);
    // An average of infinities is NaN, and so not sent either.
    expect(snapshot).toEqual({ series: [], sketches: [], notFinite: 1 + 1 + projection.parts.length + 1 });
  });
});
