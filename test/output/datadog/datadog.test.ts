import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Special } from "../../../src/model/event.ts";
import type { Intake } from "../../support/intake/intake.ts";
import { startIntake } from "../../support/intake/intake.ts";
import { sketchQuantile } from "../../support/intake/store.ts";
import { KEY, Rig, until } from "./rig.ts";

let intake: Intake;
let rig: Rig;
beforeEach(async () => {
  intake = await startIntake({ keys: [KEY], now: () => rig.nowMs });
  rig = new Rig(intake.url);
});
afterEach(async () => {
  await rig.output.close(rig.nowMs);
  await intake.close();
  expect(intake.arrivals.map(({ refusal }) => refusal).filter((refusal) => refusal !== "")).toEqual([]);
  expect(intake.store.overwrites).toBe(0);
  expect(rig.balance()).toBe(0);
});

const values = (metric: string): number[] => intake.store.pointsOf(metric).map(({ value }) => value);

describe("an interval", () => {
  it("sends a counter as a rate over the interval, at the interval's start", async () => {
    rig.send("hits:3|c|#b:2,a:1", "hits:4|c|@0.5|#b:2,a:1");
    const { startSeconds } = await rig.deliver();
    expect(intake.store.pointsOf("hits")).toEqual([
      {
        metric: "hits",
        host: "here",
        device: "",
        tags: ["a:1", "b:2"],
        type: "rate",
        interval: 10,
        timestamp: startSeconds,
        value: 1.1,
      },
    ]);
  });

  it("divides by its own length and says so", async () => {
    rig.send("hits:60|c");
    rig.output.flush({ startSeconds: 1_699_999_980, endSeconds: 1_700_000_010 });
    await rig.output.close(rig.nowMs + 5_000);
    expect(intake.store.pointsOf("hits")).toMatchObject([{ value: 2, interval: 30, timestamp: 1_699_999_980 }]);
  });

  it("sends the last value of a gauge, and nothing without samples", async () => {
    rig.send("temp:20|g", "temp:-7|g|#");
    rig.send("level:10|g");
    await rig.deliver();
    rig.send("level:+5|g");
    await rig.deliver();
    await rig.deliver();
    expect(values("temp")).toEqual([-7]);
    expect(intake.store.pointsOf("level")).toMatchObject([
      { value: 10, type: "gauge" },
      { value: 15, type: "gauge" },
    ]);
  });

  it("sends the cardinality of a set and starts anew", async () => {
    rig.send("users:ann|s", "users:bob|s", "users:ann|s");
    await rig.deliver();
    rig.send("users:cleo|s");
    await rig.deliver();
    expect(values("users")).toEqual([2, 1]);
  });

  it("sends histograms and timers of one name as the Agent's aggregates", async () => {
    rig.send("took:1|ms", "took:2|h", "took:3|ms", "took:4|ms");
    await rig.deliver();
    const expected = { max: 4, median: 2, avg: 2.5, count: 0.4, "95percentile": 4 };
    for (const [suffix, value] of Object.entries(expected)) expect(values(`took.${suffix}`)).toEqual([value]);
    expect(intake.store.points.size).toBe(5);
    expect(intake.store.pointsOf("took.count")).toMatchObject([{ type: "rate", interval: 10 }]);
    expect(intake.store.pointsOf("took.max")).toMatchObject([{ type: "gauge" }]);
  });

  it("sends distributions as sketches with exact count and sum, percentiles within the stated error", async () => {
    const samples = Array.from({ length: 5_000 }, (_, index) => ((index * 7919) % 5_000) + 1);
    rig.send(...samples.map((sample) => `size:${sample}|d|#a:1`));
    const { startSeconds } = await rig.deliver();
    const [sketch] = intake.store.sketchesOf("size");
    expect(sketch).toMatchObject({ cnt: 5_000, min: 1, max: 5_000, sum: 12_502_500, host: "here", ts: startSeconds });
    for (const q of [0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]) {
      const exact = Math.ceil(q * 5_000);
      expect(Math.abs((sketch === undefined ? 0 : sketchQuantile(sketch, q)) / exact - 1)).toBeLessThanOrEqual(0.01172);
    }
  });

  it("sends histograms and timers as distributions, too, where that is asked for", async () => {
    rig = new Rig(intake.url, { histogramCopyPrefix: "dist." });
    rig.send("took:1|ms|#device:sda,a:1", "took:3|h|@0.5|#device:sda,a:1", "hits:1|c");
    await rig.deliver();
    expect(intake.store.sketchesOf("dist.took")).toMatchObject([
      { cnt: 3, min: 1, max: 3, sum: 7, host: "here", tags: ["a:1", "device:sda"] },
    ]);
    expect(intake.store.sketches.size).toBe(1);
    expect(intake.store.pointsOf("took.count")).toMatchObject([{ value: 0.3, device: "sda", tags: ["a:1"] }]);
    await rig.deliver();
    expect(intake.store.sketches.size).toBe(1);
  });

  it("keeps negative values and zero in a sketch", async () => {
    rig.send(...[-100, -1, 0, 0, 1, 100].map((sample) => `d:${sample}|d`));
    await rig.deliver();
    expect(intake.store.sketchesOf("d")).toMatchObject([{ cnt: 6, min: -100, max: 100, sum: 0 }]);
  });

  it("keeps the sum exact where sample rates make the count fractional", async () => {
    rig.send("d:5|d|@0.7", "d:7|d|@0.3");
    await rig.deliver();
    const [sketch] = intake.store.sketchesOf("d");
    expect(sketch).toMatchObject({ cnt: Math.round(1 / 0.7 + 1 / 0.3), min: 5, max: 7 });
    expect(sketch?.sum).toBeCloseTo(5 / 0.7 + 7 / 0.3, 9);
  });

  it("merges series that are one at Datadog, and uses the host tag", async () => {
    rig.send("a-b:1|c|#Env:X", "a_b:2|c|#env:x", "h:1|g|#host:other", "h:2|g|#host:");
    await rig.deliver();
    expect(values("a_b")).toEqual([0.3]);
    expect(intake.store.pointsOf("h").map(({ host, tags }) => [host, tags])).toEqual([
      ["other", []],
      ["", []],
    ]);
    expect(rig.note("names_altered")).toBe(1);
  });

  it("refuses a second kind under one name rather than overwriting points", async () => {
    rig.send("x:1|c", "x:5|g", "y:1|ms", "y.count:7|c");
    await rig.deliver();
    expect(intake.store.pointsOf("x")).toMatchObject([{ type: "rate", value: 0.1 }]);
    expect(rig.note("series_in_conflict")).toBe(2);
  });

  it("tells when the name has become free", async () => {
    rig = new Rig(intake.url, { counterExpirySeconds: 0 });
    rig.send("x:1|c", "x:5|g");
    rig.forget();
    await rig.deliver();
    expect(rig.output.vacancies).toBe(0);
    await rig.deliver();
    expect(rig.output.vacancies).toBe(1);
  });

  it("leaves out what is not finite, and counts it", async () => {
    rig.send("d:1e308|d", "d:1e308|d", "d:-5|d|#a", "ok:1|c");
    await rig.deliver();
    expect(intake.store.sketchesOf("d")).toMatchObject([{ cnt: 1, sum: -5 }]);
    expect(values("ok")).toEqual([0.1]);
    expect(rig.output.status().dropped["not_finite"]).toBe(1);
  });
});

describe("a counter that stops", () => {
  it("is sent as 0 until it expires, and then no more", async () => {
    rig = new Rig(intake.url, { counterExpirySeconds: 20 });
    rig.send("hits:5|c");
    for (let interval = 0; interval < 5; interval++) await rig.deliver();
    expect(values("hits")).toEqual([0.5, 0, 0]);
    rig.send("hits:5|c");
    await rig.deliver();
    expect(values("hits")).toEqual([0.5, 0, 0, 0.5]);
  });

  it("is sent as 0 no longer because the clock was set back", async () => {
    rig = new Rig(intake.url, { counterExpirySeconds: 20 });
    rig.send("hits:5|c");
    await rig.deliver();
    rig.nowMs -= 3_000_000;
    await rig.deliver();
    expect(values("hits")).toEqual([0.5]);
  });

  it("keeps its cell until then though its shard has forgotten it; other cells go at once", async () => {
    rig = new Rig(intake.url, { counterExpirySeconds: 20 });
    rig.send("hits:5|c", "temp:1|g");
    rig.forget();
    await rig.deliver();
    expect(values("hits")).toEqual([0.5]);
    await rig.deliver();
    expect(rig.output.status().series).toMatchObject({ counter: 1, gauge: 0 });
    await rig.deliver();
    await rig.deliver();
    expect(values("hits")).toEqual([0.5, 0, 0]);
    expect(rig.output.status().series).toMatchObject({ counter: 0, gauge: 0 });
    expect(rig.output.tally.memory().series).toMatchObject({ counter: 0, gauge: 0 });
  });
});

describe("samples with their own time", () => {
  const sample = (kind: "counter" | "gauge", timestamp: number, ...values: number[]): Special => ({
    type: "timestamped",
    sample: { name: `own.${kind}`, tags: ["b", "a"], host: undefined, kind, values, timestamp },
  });

  it("keep it; those of one series and second become one point", async () => {
    rig.output.take([
      sample("counter", 1_699_999_000, 5),
      sample("counter", 1_699_999_000, 10, 5),
      sample("counter", 1_699_999_001, 10),
      sample("gauge", 1_699_999_000, 1, 2),
      sample("gauge", 1_699_999_000, 3),
    ]);
    await rig.deliver();
    expect(intake.store.pointsOf("own.counter")).toMatchObject([
      { timestamp: 1_699_999_000, value: 2, type: "rate", interval: 10, tags: ["a", "b"] },
      { timestamp: 1_699_999_001, value: 1 },
    ]);
    expect(intake.store.pointsOf("own.gauge")).toMatchObject([{ value: 3, type: "gauge" }]);
  });

  it("are bounded, and what is over is counted", async () => {
    rig = new Rig(intake.url, { timestampedMax: 1 });
    rig.output.take([sample("gauge", 1_699_999_000, 1), sample("gauge", 1_699_999_001, 1)]);
    await rig.deliver();
    expect(intake.store.points.size).toBe(1);
    expect(rig.output.status().dropped["timestamped_full"]).toBe(1);
  });

  it("that came after the last flush are sent at close", async () => {
    rig.output.take([sample("gauge", 1_699_999_000, 1)]);
    await rig.output.close(rig.nowMs + 5_000);
    expect(intake.store.pointsOf("own.gauge")).toHaveLength(1);
  });
});

describe("events and service checks", () => {
  const event = (change: object = {}): Special => ({
    type: "event",
    event: {
      title: "deploy",
      text: 'of "web"\nto prod',
      timestamp: null,
      hostname: null,
      aggregationKey: "",
      priority: "normal",
      alertType: "info",
      sourceType: "",
      tags: ["a:1"],
      ...change,
    },
  });
  const check = (change: object = {}): Special => ({
    type: "service_check",
    check: { name: "db.up", status: 2, timestamp: null, hostname: null, message: "gone", tags: [], ...change },
  });
  const bodies = (path: string): unknown[] =>
    intake.others.filter((other) => other.path === path).map(({ body }) => body);

  it("are sent with the next interval: events by source, with the names of that route", async () => {
    const full = {
      sourceType: "chef",
      aggregationKey: "k",
      hostname: "web-1",
      priority: "low",
      timestamp: 1_699_999_990,
    };
    rig.output.take([event(), event(full), event({ alertType: "error", text: "" }), check()]);
    expect(rig.output.status().notes).toMatchObject({ events_kept: 3, service_checks_kept: 1 });
    expect(rig.balance()).toBe(0);
    await rig.deliver();
    const plain = { priority: "normal", host: "here", tags: ["a:1"], timestamp: 1_700_000_000, msg_title: "deploy" };
    expect(bodies("/intake/")).toEqual(
      expect.arrayContaining([
        {
          api: [
            { ...plain, msg_text: 'of "web"\nto prod', alert_type: "info" },
            { ...plain, msg_text: "", alert_type: "error" },
          ],
        },
        {
          chef: [
            {
              ...plain,
              msg_text: 'of "web"\nto prod',
              alert_type: "info",
              priority: "low",
              host: "web-1",
              timestamp: 1_699_999_990,
              aggregation_key: "k",
              source_type_name: "chef",
            },
          ],
        },
      ]),
    );
    expect(bodies("/api/v1/check_run")).toMatchObject([
      [{ check: "db.up", hostName: "here", status: 2, message: "gone", tags: [], timestamp: 1_700_000_000 }],
    ]);
    expect(intake.arrivals.find(({ path }) => path === "/api/v1/check_run")?.encoding).toBe("");
    expect(rig.note("points_delivered")).toBe(4);
    await rig.deliver();
    expect(intake.arrivals).toHaveLength(3);
  });

  it("are bounded, and what is over is counted", async () => {
    rig = new Rig(intake.url, { specialsMax: 2 });
    rig.output.take([check(), check(), check(), event()]);
    await rig.deliver();
    expect(bodies("/api/v1/check_run")).toMatchObject([[{}, {}]]);
    expect(rig.output.status().dropped["specials_full"]).toBe(1);
  });

  it("are not sent where that is turned off", async () => {
    rig = new Rig(intake.url, { sendsEvents: false, sendsServiceChecks: false });
    rig.output.take([event(), check()]);
    await rig.deliver();
    expect(intake.arrivals).toEqual([]);
  });

  it("that came after the last flush are sent at close", async () => {
    rig.output.take([event(), check()]);
    await rig.output.close(rig.nowMs + 5_000);
    expect(intake.others).toHaveLength(2);
  });

  it("of many sources share the fate of their path, and hold nothing else up", async () => {
    intake.faults.always("/intake/", { type: "answer", status: 404 });
    rig.output.take(Array.from({ length: 5 }, (_, index) => event({ sourceType: `s${index}` })));
    rig.send("hits:1|c");
    rig.flush();
    await until(() => rig.note("points_delivered") === 1 && rig.output.status().retries > 0, "both outcomes");
    await until(() => rig.output.status().queued === 5, "the events wait");
    intake.faults.always("/intake/", undefined);
    await until(() => {
      rig.nowMs += 64_000;
      rig.output.tick(rig.nowMs);
      return rig.note("points_delivered") === 6;
    }, "the events are delivered");
  });
});

describe("the wire", () => {
  it.each(["deflate", "gzip", "none"] as const)("with compression %s is what the headers say", async (compression) => {
    rig = new Rig(intake.url, { compression, userAgent: "tallyd/1.2.3" });
    rig.send("hits:1|c", "d:1|d");
    await rig.deliver();
    const byPath = Object.fromEntries(intake.arrivals.map((arrival) => [arrival.path, arrival]));
    expect(Object.keys(byPath).sort()).toEqual(["/api/beta/sketches", "/api/v2/series"]);
    for (const { encoding, headers } of intake.arrivals) {
      expect(encoding).toBe(compression === "none" ? "" : compression);
      expect(headers["user-agent"]).toBe("tallyd/1.2.3");
    }
  });

  it("puts 25,000 series into posts of at most 10,000 points, in the order of their names", async () => {
    for (let index = 0; index < 25_000; index += 1_000) {
      rig.send(Array.from({ length: 1_000 }, (_, each) => `s${(index + each) % 40}:1|c|#n:${index + each}`).join("\n"));
    }
    await rig.deliver();
    expect(intake.arrivals.map(({ points }) => points).sort((a, b) => a - b)).toEqual([5_000, 10_000, 10_000]);
    expect(intake.store.points.size).toBe(25_000);
  });

  it("speaks v1 to other receivers: pairs, words, and no sketches", async () => {
    rig = new Rig(`${intake.url}/`, { seriesApi: "v1" });
    rig.send("hits:3|c", "d:1|d", "d:3|d");
    await rig.deliver();
    expect(intake.arrivals.map(({ path }) => path)).toEqual(["/api/v1/series"]);
    expect(intake.store.pointsOf("hits")).toMatchObject([{ value: 0.3, type: "rate", interval: 10, host: "here" }]);
    expect(values("d.avg")).toEqual([2]);
  });

  it("shows what it holds", async () => {
    rig.send("hits:1|c", "d:1|d");
    await rig.deliver();
    const status = rig.output.status();
    expect(status).toMatchObject({ name: "datadog", healthy: true, delivered: 2, retries: 0, queued: 0 });
    expect(status.detail).toBe(`delivering to ${intake.url}`);
    expect(status.series).toEqual({ counter: 1, gauge: 0, set: 0, histogram: 1 });
  });
});
