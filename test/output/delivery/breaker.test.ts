import { describe, expect, it } from "vitest";
import { Breaker } from "../../../src/output/delivery/breaker.ts";

const middle = (): number => 0.5;

describe("a breaker", () => {
  it("lets everything through while nothing fails", () => {
    expect(new Breaker(middle).room(0, 1, 4)).toBe(3);
  });

  it("lets one probe through when the backoff is over, and everything after its success", () => {
    const breaker = new Breaker(middle);
    breaker.fail(breaker.generation, 0, undefined);
    expect(breaker.room(2_999, 0, 4)).toBe(0);
    expect(breaker.room(3_000, 0, 4)).toBe(1);
    expect(breaker.room(3_000, 1, 4)).toBe(0);
    breaker.succeed(breaker.generation);
    expect(breaker.room(3_000, 0, 4)).toBe(4);
  });

  it("waits longer with each failure, 64 s at most", () => {
    const breaker = new Breaker(middle);
    const waits = Array.from({ length: 7 }, () => {
      breaker.fail(breaker.generation, 0, undefined);
      return breaker.blockedUntilMs / 1000;
    });
    expect(waits).toEqual([3, 6, 12, 24, 48, 64, 64]);
  });

  it("takes requests that fail together for one failure", () => {
    const breaker = new Breaker(middle);
    const { generation } = breaker;
    for (let index = 0; index < 4; index++) breaker.fail(generation, 0, undefined);
    expect(breaker.failures).toBe(1);
  });

  it("does not open for a success that was started before the failure", () => {
    const breaker = new Breaker(middle);
    const { generation } = breaker;
    breaker.fail(generation, 0, undefined);
    breaker.succeed(generation);
    expect(breaker.failures).toBe(1);
  });

  it("waits as long as the server asks", () => {
    const breaker = new Breaker(middle);
    const { generation } = breaker;
    breaker.fail(generation, 0, 30_000);
    breaker.fail(generation, 0, 40_000);
    expect(breaker.blockedUntilMs).toBe(40_000);
    breaker.relax(5);
    expect(breaker.room(5, 0, 4)).toBe(1);
  });

  it("does not wait longer because the clock was set back", () => {
    const breaker = new Breaker(middle);
    breaker.fail(breaker.generation, 10_000_000, undefined);
    expect(breaker.room(10_001_000, 0, 4)).toBe(0);
    expect(breaker.room(1_000_000, 0, 4)).toBe(0);
    expect(breaker.room(1_002_999, 0, 4)).toBe(0);
    expect(breaker.room(1_003_000, 0, 4)).toBe(1);
  });
});
