import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Intake } from "../../support/intake/intake.ts";
import { startIntake } from "../../support/intake/intake.ts";
import { KEY, Rig, until } from "./rig.ts";

const SERIES = "/api/v2/series";
const SKETCHES = "/api/beta/sketches";

let intake: Intake;
let rig: Rig;
beforeEach(async () => {
  intake = await startIntake({ keys: [KEY], now: () => rig.nowMs });
  rig = new Rig(intake.url);
});
afterEach(async () => {
  await rig.output.close(rig.nowMs);
  expect(rig.balance()).toBe(0);
  expect(rig.note("points_queued")).toBe(0);
  expect(intake.store.overwrites).toBe(0);
  await intake.close();
});

/** Waits until nothing is on its way: what failed is back in the queue. */
async function settled(requests: number): Promise<void> {
  await until(
    () => intake.arrivals.length >= requests && intake.arrivals.every(({ status }) => status !== 0),
    `${requests} requests`,
  );
  await until(() => rig.output.status().retries + rig.output.status().delivered >= requests, "their outcomes");
}

/** Moves time, and lets the output do what is due. */
function pass(ms: number): void {
  rig.nowMs += ms;
  rig.output.tick(rig.nowMs);
}

const dropped = (reason: string): number => rig.output.status().dropped[reason] ?? 0;

describe("after a failure", () => {
  it.each([401, 402, 404, 408, 418, 429, 500, 502, 503, 504, 301])(
    "%i: the points are kept and sent again after the backoff",
    async (status) => {
      intake.faults.next(SERIES, { type: "answer", status, headers: { location: "http://127.0.0.1:1/" } });
      rig.send("hits:1|c");
      rig.flush();
      await settled(1);
      pass(2_999);
      expect(intake.arrivals).toHaveLength(1);
      pass(1);
      await until(() => rig.note("points_delivered") === 1, "the retry is delivered");
      expect(intake.arrivals).toHaveLength(2);
      expect(rig.output.status()).toMatchObject({ delivered: 1, retries: 1, healthy: true });
    },
  );

  it.each(["cut_before", "cut_after"] as const)(
    "%s: the points are sent again; series are the same twice",
    async (type) => {
      intake.faults.next(SERIES, { type });
      rig.send("hits:1|c");
      rig.flush();
      await until(() => rig.output.status().retries === 1, "the failure is seen");
      pass(3_000);
      await until(() => rig.note("points_delivered") === 1, "the retry is delivered");
      expect(intake.store.repeats).toBe(type === "cut_after" ? 1 : 0);
    },
  );

  it("a request that takes too long is given up and sent again", async () => {
    rig = new Rig(intake.url, { timeoutMs: 100 });
    intake.faults.next(SERIES, { type: "hang" }, { type: "drip", ms: 40 });
    rig.send("hits:1|c");
    rig.flush();
    for (const retries of [1, 2]) {
      await until(() => rig.output.status().retries === retries, "the timeout");
      pass(64_000);
    }
    await until(() => rig.note("points_delivered") === 1, "the retry is delivered");
  });

  it("nobody listening is a failure like any other, and says so without being asked", async () => {
    rig = new Rig("http://127.0.0.1:1");
    rig.send("hits:1|c");
    rig.flush();
    await until(() => rig.output.status().retries === 1, "the failure is seen");
    expect(rig.output.status().detail).toContain("ECONNREFUSED");
    for (let retries = 2; retries <= 3; retries++) {
      pass(64_000);
      await until(() => rig.output.status().retries === retries, "the next failure");
    }
    expect(rig.output.status().healthy).toBe(false);
  });

  it("one probe goes out, and after its success everything, the newest first", async () => {
    intake.faults.always(SERIES, { type: "answer", status: 503 });
    for (const name of ["first", "second", "third"]) {
      rig.send(`${name}:1|g`);
      rig.flush();
      await until(() => rig.output.status().retries > 0 && rig.output.status().queued > 0, "it waits");
    }
    await until(() => rig.note("points_queued") === 3 && rig.output.status().queued === 3, "all three wait");
    const before = intake.arrivals.length;
    intake.faults.always(SERIES, undefined);
    intake.faults.next(SERIES, { type: "delay", ms: 50 });
    pass(64_000);
    await until(() => intake.arrivals.length === before + 1, "the probe");
    pass(1_000);
    expect(intake.arrivals.length).toBe(before + 1);
    expect(intake.store.pointsOf("third")).toHaveLength(1);
    await until(() => rig.note("points_delivered") === 3, "the rest");
  });

  it("one route does not hold up the other", async () => {
    intake.faults.always(SERIES, { type: "answer", status: 500 });
    rig.send("hits:1|c", "d:1|d");
    rig.flush();
    await until(() => rig.note("points_delivered") === 1 && rig.output.status().retries === 1, "both outcomes");
    expect(intake.store.sketchesOf("d")).toHaveLength(1);
    expect(rig.note("points_queued")).toBe(1);
  });

  it("what hangs on two routes takes no connection from the others", async () => {
    rig = new Rig(intake.url, { concurrencyMax: 1, timeoutMs: 120_000 });
    intake.faults.always(SERIES, { type: "hang" });
    intake.faults.always(SKETCHES, { type: "hang" });
    rig.send("hits:1|c", "d:1|d");
    rig.flush();
    await until(() => intake.arrivals.length === 2, "both hang");
    const check = { name: "c", status: 0, timestamp: null, hostname: null, message: "", tags: [] } as const;
    rig.output.take([{ type: "service_check", check }]);
    rig.flush();
    await until(() => rig.note("points_delivered") === 1, "the service check is delivered");
  });

  it.each<[string, Record<string, string>]>([
    ["Retry-After", { "retry-after": "40" }],
    ["X-RateLimit-Reset", { "x-ratelimit-reset": "40", "retry-after": "1" }],
  ])("429 with %s: nothing is sent before", async (_, headers) => {
    intake.faults.next(SERIES, { type: "answer", status: 429, headers });
    rig.send("hits:1|c");
    rig.flush();
    await settled(1);
    pass(39_999);
    expect(intake.arrivals).toHaveLength(1);
    pass(1);
    await until(() => rig.note("points_delivered") === 1, "the retry is delivered");
  });
});

describe("what the intake will not take", () => {
  it("400: is dropped, counted and logged once an interval, and holds nothing up", async () => {
    const body = `{"errors":["bad ${KEY} payload"]}`;
    intake.faults.next(SERIES, { type: "answer", status: 400, body }, { type: "answer", status: 400, body });
    rig = new Rig(intake.url, { concurrencyMax: 1 });
    rig.send("hits:1|c", "temp:1|g");
    await rig.deliver();
    rig.send("temp:2|g");
    await rig.deliver();
    rig.send("temp:3|g");
    await rig.deliver();
    expect(dropped("http_400")).toBe(4);
    expect(rig.note("points_delivered")).toBe(2);
    const reports = rig.lines.filter((line) => line.includes('"status":400'));
    expect(reports).toHaveLength(2);
    expect(reports[0]).toContain("bad [redacted] payload");
  });

  it("413: is split until it fits, without sending an accepted half again", async () => {
    intake.faults.bytesMax = 700;
    rig = new Rig(intake.url, { compression: "none" });
    rig.send(...Array.from({ length: 50 }, (_, index) => `metric${index}:1|c`));
    await rig.deliver();
    expect(intake.store.points.size).toBe(50);
    expect(intake.store.repeats).toBe(0);
    expect(rig.note("points_delivered")).toBe(50);
    expect(intake.arrivals.some(({ status }) => status === 413)).toBe(true);
  });

  it("413 for a single point: that point is dropped and counted", async () => {
    intake.faults.bytesMax = 300;
    rig = new Rig(intake.url, { compression: "none" });
    rig.send("a:1|c", `b:1|c|#${"x".repeat(190)},${"y".repeat(190)}`, "c:1|c");
    await rig.deliver();
    expect([...intake.store.points.values()].map(({ metric }) => metric).sort()).toEqual(["a", "c"]);
    expect(dropped("http_413")).toBe(1);
  });

  it("a body with errors behind a 202 is logged", async () => {
    intake.faults.next(SERIES, { type: "answer", status: 202, body: '{"errors":["half of it was odd"]}' });
    rig.send("hits:1|c");
    await rig.deliver();
    expect(rig.lines.join()).toContain("half of it was odd");
  });
});

describe("the queue's limits", () => {
  it("drop the oldest for want of room, and count its points", async () => {
    intake.faults.always(SERIES, { type: "answer", status: 500 });
    rig = new Rig(intake.url, { retryQueueBytes: 600 });
    for (let interval = 0; interval < 8; interval++) {
      rig.send(`m${interval}:1|g`);
      rig.flush();
      await until(() => rig.output.status().queued + dropped("queue_full") > interval, "the payload waits");
    }
    await until(() => dropped("queue_full") > 0, "some are dropped");
    intake.faults.always(SERIES, undefined);
    // Again and again: a request that was under way when the fault ended still fails, and waits from then on.
    await until(() => {
      pass(64_000);
      return rig.note("points_queued") === 0;
    }, "the rest is delivered");
    expect(intake.store.pointsOf("m7")).toHaveLength(1);
    expect(intake.store.pointsOf("m0")).toHaveLength(0);
    expect(rig.note("points_delivered") + dropped("queue_full")).toBe(8);
  });

  it("do not keep from being sent what need not wait", async () => {
    rig = new Rig(intake.url, { retryQueueBytes: 0 });
    rig.send("hits:1|c", "d:1|d");
    await rig.deliver();
    expect(rig.note("points_delivered")).toBe(2);
    intake.faults.next(SERIES, { type: "answer", status: 500 });
    rig.send("hits:1|c");
    rig.flush();
    await until(() => dropped("queue_full") === 1, "what failed is not kept");
  });

  it("give up what Datadog would drop for its age", async () => {
    intake.faults.always(SERIES, { type: "answer", status: 500 });
    rig.send("old:1|g");
    rig.flush();
    await settled(1);
    pass(55 * 60_000);
    expect(dropped("too_old")).toBe(1);
  });
});

describe("closing", () => {
  it("delivers what it can although the route was backing off", async () => {
    intake.faults.next(SERIES, { type: "answer", status: 500 });
    rig.send("hits:1|c");
    rig.flush();
    await settled(1);
    await rig.output.close(rig.nowMs + 2_000);
    expect(intake.store.pointsOf("hits")).toHaveLength(1);
  });

  it("drops the rest at the deadline, counts it and says so", async () => {
    intake.faults.always(SERIES, { type: "hang" });
    const startMs = Date.now();
    rig = new Rig(intake.url, {}, { now: Date.now });
    rig.send("hits:1|c", "d:1|d");
    rig.flush();
    await rig.output.close(Date.now() + 200);
    expect(Date.now() - startMs).toBeLessThan(15_000);
    expect(dropped("shutdown")).toBe(1);
    expect(rig.lines.join()).toContain("lost at shutdown");
  });

  it("does not wait for a try that lies beyond the deadline", async () => {
    intake.faults.always(SERIES, { type: "answer", status: 500 });
    rig.send("hits:1|c");
    rig.flush();
    await settled(1);
    await rig.output.close(rig.nowMs + 1_000);
    expect(dropped("shutdown")).toBe(1);
  });
});

describe("a long run with faults by script", () => {
  it("balances: what was made is delivered or dropped, and what is delivered has arrived", async () => {
    const script = [500, 202, 400, 429, 202, 404, 503, 202, 400, 202].map((status) =>
      status === 202 ? ({ type: "none" } as const) : ({ type: "answer", status } as const),
    );
    intake.faults.next(SERIES, ...script, { type: "cut_before" }, { type: "cut_after" });
    intake.faults.next(SKETCHES, { type: "answer", status: 500 }, { type: "answer", status: 400 });
    for (let round = 0; round < 12; round++) {
      rig.send("hits:1|c", `temp:${round}|g`, `took:${round}|ms`, `size:${round + 1}|d`);
      rig.flush();
      expect(rig.balance()).toBe(0);
      await until(() => intake.arrivals.length > round, "the next request");
      pass(20_000);
    }
    await until(() => {
      pass(64_000);
      return rig.note("points_queued") === 0;
    }, "all is delivered or dropped");
    expect(rig.note("points_made")).toBe(12 * 8);
    expect(rig.balance()).toBe(0);
    expect(dropped("http_400")).toBeGreaterThan(0);
    const stored = intake.store.points.size + [...intake.store.sketches.values()].length;
    expect(stored + intake.store.silentlyDropped).toBe(rig.note("points_delivered"));
  });
});
