import { describe, expect, it } from "vitest";
import type { Payload } from "../../../src/output/datadog/payload.ts";
import { Queue } from "../../../src/output/datadog/queue.ts";
import { ROUTES } from "../../../src/output/datadog/route.ts";

/** A payload of 100 bytes: 96 of body and one point. */
function payload(createdMs: number, route: Payload["route"] = ROUTES.v2): Payload {
  return { route, body: new Uint8Array(96), encoding: undefined, itemBytes: new Uint32Array(1), createdMs };
}

function ages(payloads: readonly (Payload | undefined)[]): unknown[] {
  return payloads.map((each) => each?.createdMs);
}

describe("the queue", () => {
  it("gives the newest of a route first, also after a failed one has come back", () => {
    const queue = new Queue(1_000);
    for (const createdMs of [1, 2, 3]) queue.add(payload(createdMs));
    queue.add(payload(9, ROUTES.sketches));
    const newest = queue.takeNewest(ROUTES.v2.path) as Payload;
    queue.add(payload(4));
    queue.add(newest);
    const taken = Array.from({ length: 5 }, () => queue.takeNewest(ROUTES.v2.path));
    expect(ages(taken)).toEqual([4, 3, 2, 1, undefined]);
    expect(queue.has(ROUTES.sketches.path)).toBe(true);
    expect(queue.bytes).toBe(100);
  });

  it("drops the oldest of all routes when it is full", () => {
    const queue = new Queue(300);
    queue.add(payload(1, ROUTES.sketches));
    queue.add(payload(2));
    queue.add(payload(3));
    queue.add(payload(4));
    expect(ages(queue.takeExcess())).toEqual([1]);
    queue.add(payload(1));
    expect(ages(queue.takeExcess())).toEqual([1]);
    expect(ages(queue.takeExcess())).toEqual([]);
    expect(queue.length).toBe(3);
    expect(queue.bytes).toBe(300);
  });

  it("does not keep what is larger than itself", () => {
    const queue = new Queue(99);
    queue.add(payload(1));
    expect(ages(queue.takeExcess())).toEqual([1]);
    expect(queue.bytes).toBe(0);
  });

  it("gives up what is too old, for its route too", () => {
    const queue = new Queue(1_000);
    for (const createdMs of [1, 2, 3]) queue.add(payload(createdMs));
    queue.add(payload(3, ROUTES.checks));
    expect(ages(queue.takeTooOld(10, 8))).toEqual([1]);
    expect(ages(queue.takeTooOld(10, 8))).toEqual([]);
    expect(ages(queue.takeTooOld(600_003, Infinity))).toEqual([]);
    expect(ages(queue.takeTooOld(600_004, Infinity))).toEqual([3]);
    expect(queue.has(ROUTES.checks.path)).toBe(false);
    expect(ages(queue.takeAll())).toEqual([2, 3]);
    expect(queue.bytes).toBe(0);
  });
});
