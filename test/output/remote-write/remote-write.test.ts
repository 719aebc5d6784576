import { afterEach, describe, expect, it } from "vitest";
import type { RemoteWriteOptions } from "../../../src/output/remote-write/options.ts";
import { createSecret } from "../../../src/std/secret.ts";
import type { ReceivedPoint } from "../../support/remote-write/decode.ts";
import { startReceiver } from "../../support/remote-write/receiver.ts";
import type { Receiver, ReceiverOptions } from "../../support/remote-write/receiver.ts";
import { until } from "../../support/until.ts";
import { REMOTE_WRITE_DEFAULTS, Rig, TOKEN } from "./rig.ts";

const open: Receiver[] = [];

async function start(
  change: Partial<RemoteWriteOptions> = {},
  options: ReceiverOptions = {},
): Promise<{ rig: Rig; receiver: Receiver }> {
  const receiver = await startReceiver(options);
  open.push(receiver);
  return { receiver, rig: new Rig(receiver.url, change) };
}

afterEach(async () => {
  for (const receiver of open.splice(0)) {
    expect(receiver.wrongs).toEqual([]);
    await receiver.close();
  }
});

const answer = (status: number, headers?: Record<string, string>, body?: string) =>
  ({ type: "answer", status, ...(headers && { headers }), ...(body !== undefined && { body }) }) as const;

describe("an interval", () => {
  it("sends each series once, with the interval's end as its time, and the server's own labels", async () => {
    const { rig, receiver } = await start();
    rig.view.add("hits_total", 'A="upper",route="/a"', 7);
    rig.view.add("hits_total", "", 3);
    await rig.deliver();
    expect([...receiver.series.keys()].sort()).toEqual([
      '{A="upper",__name__="hits_total",instance="here",job="tallyd",route="/a"}',
      '{__name__="hits_total",instance="here",job="tallyd"}',
    ]);
    const [point] = receiver.series.get('{__name__="hits_total",instance="here",job="tallyd"}') ?? [];
    expect(point).toMatchObject({ value: 3, timeMs: rig.nowMs, startMs: 0 });
    expect(rig.balance()).toBe(0);
  });

  it("takes quotes, backslashes and line ends out of the page's spelling, and keeps other alphabets", async () => {
    const { rig, receiver } = await start();
    rig.view.add("hits_total", String.raw`a="say \"hi\"\\n\n",b="grüße 花火"`, 1);
    await rig.deliver();
    const [[point] = []] = [...receiver.series.values()];
    expect(point?.labels.slice(1)).toEqual([
      ["a", 'say "hi"\\n\n'],
      ["b", "grüße 花火"],
      ["instance", "here"],
      ["job", "tallyd"],
    ]);
  });

  it("lets a label of the series hide the server's own", async () => {
    const { rig, receiver } = await start();
    rig.view.add("hits_total", 'job="mine"', 1);
    await rig.deliver();
    expect([...receiver.series.keys()]).toEqual(['{__name__="hits_total",instance="here",job="mine"}']);
  });

  it("splits many series over requests and shards, and keeps each series in the order of its times", async () => {
    const { rig, receiver } = await start({ pointsPerRequestMax: 100 });
    for (let row = 0; row < 1_000; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    receiver.faults.next(receiver.path, ...Array.from({ length: 10 }, () => answer(503)));
    for (let interval = 0; interval < 5; interval += 1) rig.flush();
    await rig.settled();
    expect(receiver.series.size).toBe(1_000);
    for (const points of receiver.series.values()) expect(points).toHaveLength(5);
    expect(Math.max(...receiver.arrivals.map(({ points }) => points))).toBeLessThanOrEqual(100);
    expect(rig.note("points_delivered")).toBe(5_000);
    expect(rig.output.status().retries).toBe(10);
  });

  it("tells types and helps about once a minute", async () => {
    const { rig, receiver } = await start();
    rig.view.add("hits_total", "", 1);
    for (let interval = 0; interval < 7; interval += 1) await rig.deliver();
    expect(receiver.metadata.get("hits_total")).toMatchObject({ type: 1, help: /Counter/ });
    expect([...receiver.metadata.keys()]).toEqual(["hits_total"]);
    expect(receiver.arrivals.filter(({ points }) => points === 0)).toHaveLength(2);
  });

  it("tells the type of the gauges beside series too", async () => {
    const { rig, receiver } = await start();
    rig.view.add("hits_total", "", 1, true);
    await rig.deliver();
    await rig.deliver();
    expect(receiver.metadata.get("hits_total_last_seen_timestamp_seconds")).toMatchObject({ type: 2 });
  });

  it("leaves only when the numbers in it are in the state file, where there is one", async () => {
    const { rig, receiver } = await start({ pointsPerRequestMax: 10 });
    const waits: (() => void)[] = [];
    rig.view.state = { saved: 0, written: 0, save: () => new Promise((resolve) => waits.push(resolve)) };
    for (let row = 0; row < 100; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    rig.flush();
    await until(() => waits.length > 0);
    expect([rig.note("points_made") > 0, rig.note("points_queued"), receiver.series.size]).toEqual([true, 100, 0]);
    while (rig.output.status().queued > 0) {
      waits.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
      expect(receiver.series.size).toBeLessThanOrEqual(rig.view.state.saved);
    }
    await rig.settled();
    expect(receiver.series.size).toBe(100);
    expect(rig.balance()).toBe(0);
  });

  it("is skipped and counted when the clock did not go on", async () => {
    const { rig } = await start();
    rig.view.add("hits_total", "", 1);
    await rig.deliver();
    rig.output.flush({ startSeconds: rig.nowMs / 1_000 - 10, endSeconds: rig.nowMs / 1_000 });
    await rig.settled();
    expect([rig.note("points_made"), rig.note("intervals_skipped")]).toEqual([1, 1]);
  });
});

describe("the end of a series", () => {
  it("is told with the stale marker when its time to live is over, once", async () => {
    const { rig, receiver } = await start();
    const row = rig.view.add("hits_total", "", 1);
    await rig.deliver();
    rig.view.at(row).isShown = false;
    await rig.deliver();
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1, "stale"]);
    rig.view.at(row).isShown = true;
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1, "stale", 1]);
  });

  it("is told when the projection forgets it, and another series may take its row and its name", async () => {
    const { rig, receiver } = await start();
    const row = rig.view.add("hits_total", "", 1);
    await rig.deliver();
    rig.view.forget(row);
    expect(rig.view.add("hits_total", "", 5)).toBe(row);
    rig.output.tick(rig.nowMs);
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1, "stale", 5]);
  });

  it("is not told of a series that was never sent", async () => {
    const { rig, receiver } = await start();
    rig.view.forget(rig.view.add("hits_total", "", 1));
    await rig.deliver();
    expect(receiver.stored).toBe(0);
  });

  it("is told of every series at a shutdown, after its last value", async () => {
    const { rig, receiver } = await start();
    rig.view.add("hits_total", "", 1);
    await rig.deliver();
    // The interval that a shutdown closes ends in the future; its points may not.
    rig.nowMs += 3_000;
    rig.output.flush({ startSeconds: rig.nowMs / 1_000 - 3, endSeconds: rig.nowMs / 1_000 + 7 });
    await rig.output.close(rig.nowMs + 6_000);
    expect(receiver.values("hits_total")).toEqual([1, 1, "stale"]);
    const times = [...receiver.series.values()][0]?.map(({ timeMs }) => timeMs - rig.nowMs);
    expect(times).toEqual([-3_000, 0, 1]);
    expect([rig.balance(), rig.note("points_queued")]).toEqual([0, 0]);
  });

  it("is not told at a shutdown where the option is off", async () => {
    const { rig, receiver } = await start({ staleAtShutdown: false });
    rig.view.add("hits_total", "", 1);
    await rig.deliver();
    await rig.output.close(rig.nowMs + 6_000);
    expect(receiver.values("hits_total")).toEqual([1]);
  });
});

describe("2.0", () => {
  it("carries types, helps and start times, with each text once", async () => {
    const { rig, receiver } = await start({ version: "2.0" }, { knows2: true });
    rig.view.add("hits_total", 'a="x"', 1);
    rig.view.add("hits_total", 'a="y"', 2);
    await rig.deliver();
    const points = [...receiver.series.values()].flat();
    expect(points.map(({ value }) => value).sort()).toEqual([1, 2]);
    expect(points[0]).toMatchObject({ type: 1, help: expect.stringMatching(/Counter/), startMs: 1_699_999_000_000 });
    expect(receiver.arrivals.every(({ version }) => version === "2.0")).toBe(true);
  });

  it("falls back to 1.0 for a receiver that answers 204 and confirms nothing, and loses no point", async () => {
    const { rig, receiver } = await start({ version: "2.0", shards: 1 });
    for (let row = 0; row < 10; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    await rig.deliver();
    rig.view.add("hits_total", 'n="new"', 5);
    await rig.deliver();
    expect(receiver.arrivals.map(({ version }) => version)).toEqual(["2.0", "1.0", "1.0", "1.0"]);
    expect(receiver.stored).toBe(21);
    expect(receiver.values('hits_total{n="3"}')).toEqual([3, 3]);
    expect(rig.lines.filter((line) => line.includes("1.0 only"))).toHaveLength(1);
  });

  it.each([
    [204, "not_written"],
    [400, "http_4xx"],
  ])("counts as lost what the receiver says it did not store, with a %i", async (status, reason) => {
    const point = ({ value }: ReceivedPoint): boolean => value !== 13;
    const { rig, receiver } = await start({ version: "2.0", shards: 1 }, { knows2: true, picks: { point, status } });
    for (let row = 0; row < 20; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    await rig.deliver();
    expect(rig.dropped()).toEqual({ [reason]: 1 });
    expect([rig.note("points_delivered"), receiver.stored, rig.balance()]).toEqual([19, 19, 0]);
    expect(rig.output.status()).toMatchObject({
      healthy: false,
      detail: `the receiver did not take 1 points (${status}): `,
    });
    rig.view.at(13).value = 14;
    await rig.deliver();
    expect(rig.output.status().healthy).toBe(true);
  });

  it("falls back to 1.0 for a receiver that answers 415", async () => {
    const { rig, receiver } = await start({ version: "2.0" });
    rig.view.add("hits_total", 'n="1"', 1);
    receiver.faults.next(receiver.path, answer(415));
    await rig.deliver();
    expect(receiver.values('hits_total{n="1"}')).toEqual([1]);
  });
});

describe("what a receiver answers", () => {
  it.each([
    ["a 503", answer(503)],
    ["a 500", answer(500)],
    ["a 429", answer(429)],
    ["a connection that is cut before", { type: "cut_before" } as const],
    ["no answer at all", { type: "hang" } as const],
  ])("is tried again after %s", async (_name, fault) => {
    const { rig, receiver } = await start({ timeoutMs: 100 });
    rig.view.add("hits_total", "", 1);
    await rig.deliver();
    receiver.faults.next(receiver.path, fault, fault);
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1, 1]);
    expect([rig.output.status().retries, rig.balance()]).toEqual([2, 0]);
    expect(rig.dropped()).toEqual({});
  });

  it.each([400, 401, 403, 404, 422, 302])(
    "%i is not tried again: the points are dropped and counted",
    async (status) => {
      const { rig, receiver } = await start();
      rig.view.add("hits_total", "", 1);
      await rig.deliver();
      receiver.faults.next(receiver.path, answer(status, {}, "out of order sample"));
      await rig.deliver();
      expect(rig.dropped()).toEqual({ http_4xx: 1 });
      expect(rig.output.status()).toMatchObject({
        healthy: false,
        detail: expect.stringContaining("out of order sample"),
      });
      expect(rig.balance()).toBe(0);
      await rig.deliver();
      expect(rig.output.status().healthy).toBe(true);
      expect(receiver.values("hits_total")).toEqual([1, 1]);
    },
  );

  it("waits as long as Retry-After says, else 30 ms to 5 s, longer each time", async () => {
    const { rig, receiver } = await start({ shards: 1 });
    rig.view.add("hits_total", "", 1);
    receiver.faults.next(
      receiver.path,
      ...Array.from({ length: 9 }, () => answer(503)),
      answer(429, { "retry-after": "4" }),
    );
    await rig.deliver();
    expect(rig.waits).toEqual([45, 90, 180, 360, 720, 1440, 2880, 5000, 5000, 4000]);
  });

  it("413 is answered with halves, in order; a single point that is too large is dropped", async () => {
    const { rig, receiver } = await start({ shards: 1 });
    for (let row = 0; row < 4; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    await rig.deliver();
    receiver.faults.next(receiver.path, answer(413), answer(413), answer(413));
    await rig.deliver();
    expect(rig.dropped()).toEqual({ http_413: 1 });
    expect(receiver.stored).toBe(7);
    expect(rig.balance()).toBe(0);
  });

  it("500 for one point of many is found by halves: that one is dropped and all others arrive", async () => {
    const { rig, receiver } = await start(
      { shards: 1 },
      { chokesOn: ({ labels }) => labels.some(([key, value]) => key === "n" && value === "13") },
    );
    for (let row = 0; row < 64; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    await rig.deliver();
    expect(rig.dropped()).toEqual({ http_500: 1 });
    expect(receiver.stored).toBe(63);
    expect(rig.balance()).toBe(0);
  });

  it("500 for everything loses nothing: once the receiver is well again, all points arrive", async () => {
    const { rig, receiver } = await start({ shards: 1 });
    for (let row = 0; row < 16; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    receiver.faults.next(receiver.path, ...Array.from({ length: 40 }, () => answer(500)));
    await rig.deliver();
    expect(rig.dropped()).toEqual({});
    expect(receiver.stored).toBe(16);
  });
});

describe("a receiver that is away", () => {
  it("costs the oldest points when the queue is full", async () => {
    const { rig, receiver } = await start({ shards: 1, queueBytesMax: 1_000 });
    receiver.faults.always(receiver.path, answer(503));
    for (let row = 0; row < 20; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    for (let interval = 0; interval < 12; interval += 1) rig.flush();
    expect(rig.dropped()["queue_full"]).toBeGreaterThan(0);
    expect(rig.note("queued_bytes")).toBeLessThanOrEqual(1_000);
    expect(rig.balance()).toBe(0);
    receiver.faults.always(receiver.path, undefined);
    await rig.settled();
    const newest = receiver.series.values().next().value?.at(-1)?.timeMs;
    expect(newest).toBe(Math.floor(rig.nowMs / 10_000) * 10_000);
  });

  it("costs the points that are too old", async () => {
    const { rig, receiver } = await start({ shards: 1, ageMaxMs: 60_000 });
    receiver.faults.always(receiver.path, answer(429, { "retry-after": "30" }));
    rig.view.add("hits_total", "", 1);
    rig.flush();
    await until(() => rig.output.status().retries > 0);
    rig.flush();
    rig.nowMs += 120_000;
    rig.output.tick(rig.nowMs);
    expect(rig.dropped()).toEqual({ too_old: 1 });
    expect(rig.balance()).toBe(0);
  });

  it("costs the points that are tried again and again until they are too old", async () => {
    const { rig, receiver } = await start({ shards: 1, ageMaxMs: 60_000 });
    receiver.faults.always(receiver.path, answer(503));
    rig.view.add("hits_total", "", 1);
    rig.flush();
    // Waits between two tries move the time.
    await until(() => rig.dropped()["too_old"] === 1);
    expect(receiver.arrivals.length).toBeGreaterThan(10);
    expect([rig.balance(), rig.output.status().queued]).toEqual([0, 0]);
  });

  it("costs what is queued at the shutdown's deadline, counted and told", async () => {
    const { rig, receiver } = await start({ shards: 1, timeoutMs: 60_000 });
    rig.view.add("hits_total", "", 1);
    await rig.deliver();
    receiver.faults.always(receiver.path, { type: "hang" });
    rig.flush();
    await rig.output.close(rig.nowMs + 50);
    expect(rig.dropped()).toEqual({ shutdown: 2 });
    expect([rig.balance(), rig.note("points_queued")]).toEqual([0, 0]);
    expect(rig.lines.join("\n")).toContain("lost at shutdown");
  });
});

describe("who we are", () => {
  it("is told by headers for tenants and a bearer token, and is in no log line", async () => {
    const { rig, receiver } = await start({
      headers: [["X-Scope-OrgID", createSecret("tenant-one")]],
      auth: { ...REMOTE_WRITE_DEFAULTS.auth, bearerToken: TOKEN },
    });
    rig.view.add("hits_total", "", 1);
    receiver.faults.next(receiver.path, answer(401, {}, `bad token ${TOKEN.reveal()}`));
    await rig.deliver();
    await rig.deliver();
    const headers = receiver.arrivals.at(-1)?.headers ?? {};
    expect(headers["x-scope-orgid"]).toBe("tenant-one");
    expect(headers["authorization"]).toBe(`Bearer ${TOKEN.reveal()}`);
    expect(headers["user-agent"]).toBe("tallyd/test");
    const shown = rig.lines.join("\n") + JSON.stringify(rig.output.status());
    expect(shown).toContain("bad token");
    expect(shown).not.toContain(TOKEN.reveal());
  });

  it("is told by a user name and a password from a file, which is read again when it is refused", async () => {
    const receiver = await startReceiver();
    open.push(receiver);
    const files = ["old\n", "new\n"];
    const auth = { ...REMOTE_WRITE_DEFAULTS.auth, username: "me", passwordFile: "password.txt" };
    const rig = new Rig(receiver.url, { auth, shards: 1 }, { readFile: async () => files.shift() ?? "new\n" });
    rig.view.add("hits_total", "", 1);
    receiver.faults.next(receiver.path, answer(401));
    await rig.deliver();
    const sent = receiver.arrivals.map(({ headers }) =>
      Buffer.from(headers["authorization"]?.slice(6) ?? "", "base64").toString(),
    );
    expect(sent.slice(0, 2)).toEqual(["me:old", "me:new"]);
    expect(receiver.values("hits_total")).toEqual([1]);
    expect(rig.dropped()).toEqual({});
  });

  it("is told anew after a token was rotated, by every shard whose request the old one was in", async () => {
    let token = "old-token";
    const receiver = await startReceiver({ token: () => token });
    open.push(receiver);
    const auth = { ...REMOTE_WRITE_DEFAULTS.auth, bearerTokenFile: "token.txt" };
    const rig = new Rig(receiver.url, { auth, shards: 4 }, { readFile: async () => token });
    for (let row = 0; row < 100; row += 1) rig.view.add("hits_total", `n="${row}"`, row);
    await rig.deliver();
    token = "new-token";
    await rig.deliver();
    expect(rig.dropped()).toEqual({});
    expect(receiver.stored).toBe(200);
  });
});
