import { describe, expect, it } from "vitest";
import { findMax } from "../../../src/cli/bench/find-max.ts";
import type { MaxRate, RatePoint } from "../../../src/cli/bench/find-max.ts";

interface Simulated {
  /** Lines a second that the server can take. */
  readonly server?: number;
  /** Lines a second that the sender can send. */
  readonly sender?: number;
  /** Steps, counted from 0, at which the machine stalls and lines are lost whatever the rate. */
  readonly stalls?: readonly number[];
  readonly start?: number;
}

function search({ server = Infinity, sender = Infinity, stalls = [], start = 100_000 }: Simulated): Promise<MaxRate> {
  let step = 0;
  const bounds = { start, min: 1_000, max: 100_000_000 };
  return findMax(bounds, async (rate, isConfirmation): Promise<RatePoint> => {
    const reached = Math.min(rate, sender);
    const lossRatio = stalls.includes(step++) ? 0.5 : Math.max(0, 1 - server / reached);
    return { rate, reached, lossRatio, percentOfCore: 0, nanosecondsPerLine: 0, isConfirmation };
  });
}

describe("the search for the highest rate", () => {
  it.each([1_500, 70_000, 100_000, 123_456, 1_000_000, 7_777_777, 90_000_000])(
    "finds a server that can take %d lines a second, within 6 %%",
    async (server) => {
      const { best, points, limit } = await search({ server });
      expect(limit).toBe("server");
      expect(best?.rate).toBeLessThanOrEqual(server * 1.001);
      expect(best?.rate).toBeGreaterThan(server / 1.07);
      expect(best?.isConfirmation).toBe(true);
      expect(points.length).toBeLessThan(40);
    },
  );

  it("says when the sender is the limit, and confirms what it could send", async () => {
    const { best, limit } = await search({ sender: 650_000 });
    expect([limit, best?.rate]).toEqual(["sender", 650_000]);
  });

  it("is not misled by a single stall of the sender", async () => {
    let step = 0;
    const { best } = await findMax({ start: 100_000, min: 1_000, max: 400_000 }, async (rate, isConfirmation) => {
      const reached = step++ === 1 ? rate / 2 : rate;
      return { rate, reached, lossRatio: 0, percentOfCore: 0, nanosecondsPerLine: 0, isConfirmation };
    });
    expect(best?.rate).toBe(400_000);
  });

  it("says so when it goes no further", async () => {
    const { best, limit } = await search({});
    expect([limit, best?.rate]).toEqual(["search", 100_000_000]);
  });

  it("finds none where lines are lost at any rate", async () => {
    const { best, points } = await search({ server: 0 });
    expect(best).toBeUndefined();
    expect(points.every(({ isConfirmation }) => !isConfirmation)).toBe(true);
  });

  it("is not misled by a single stall", async () => {
    const { best } = await search({ server: 1_000_000, stalls: [0, 3] });
    expect(best?.rate).toBeGreaterThan(930_000);
  });

  it("goes lower when the confirmation fails", async () => {
    const calm = await search({ server: 1_000_000 });
    const confirmation = calm.points.length - 1;
    const { best, points } = await search({ server: 1_000_000, stalls: [confirmation] });
    expect(points.filter(({ isConfirmation }) => isConfirmation)).toHaveLength(2);
    expect(best?.rate).toBeLessThan((calm.best?.rate ?? 0) * 0.9);
  });

  it("has no result when every confirmation fails", async () => {
    const confirmation = (await search({ server: 1_000_000 })).points.length - 1;
    const stalls = Array.from({ length: 20 }, (_, i) => confirmation + i);
    expect((await search({ server: 1_000_000, stalls })).best).toBeUndefined();
  });
});
