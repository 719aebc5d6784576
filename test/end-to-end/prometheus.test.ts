import { StatsD } from "hot-shots";
import type { ClientOptions } from "hot-shots";
import { afterEach, expect, test, vi } from "vitest";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

// A process is started for each test, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

const running: Tallyd[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((tallyd) => tallyd.end()));
});

async function start(...args: Parameters<typeof startTallyd>): Promise<Tallyd> {
  const tallyd = await startTallyd(...args);
  running.push(tallyd);
  return tallyd;
}

function client({ udpPort: port }: Tallyd, options: ClientOptions = {}): StatsD {
  return new StatsD({ host: "127.0.0.1", port, protocol: "udp", ...options });
}

const closed = (statsd: StatsD): Promise<void> => new Promise((resolve) => statsd.close(() => resolve()));

test("a real client's counters, gauges, sets, timers, histograms and distributions are right on the page", async () => {
  const tallyd = await start(["--shards", "2"]);
  const statsd = client(tallyd, { prefix: "shop.", globalTags: { env: "test" } });
  for (let i = 0; i < 100; i++) {
    statsd.increment("orders", 2, { payment: i % 2 === 0 ? "card" : "cash" });
    statsd.timing("latency", i + 1);
    statsd.histogram("size", i);
    statsd.distribution("weight", i, ["fragile:yes"]);
    statsd.unique("users", `user-${i % 10}`);
    statsd.gauge("queue", i);
  }
  statsd.decrement("stock", 3);
  statsd.gauge("temperature", -4.5);
  await closed(statsd);
  await until(async () => (await tallyd.status()).totals.lines >= 602);
  const page = await tallyd.scrape();
  const want = new Map([
    ['shop_orders_total{env="test",payment="card"}', 100],
    ['shop_orders_total{env="test",payment="cash"}', 100],
    ['shop_latency_seconds_count{env="test"}', 100],
    ['shop_latency_seconds_sum{env="test"}', 5.05],
    ['shop_latency_seconds{env="test",quantile="0.5"}', 0.05],
    ['shop_size_count{env="test"}', 100],
    ['shop_size_sum{env="test"}', 4_950],
    ['shop_weight_count{env="test",fragile="yes"}', 100],
    ['shop_users{env="test"}', 10],
    ['shop_queue{env="test"}', 99],
    ['shop_temperature{env="test"}', -4.5],
  ]);
  for (const [series, value] of want) {
    if (series.includes("quantile") || series.endsWith('_seconds_sum{env="test"}'))
      expect(page.get(series), series).toBeCloseTo(value, 3);
    else expect(page.get(series), series).toBe(value);
  }
});

test("sample rates are undone: the page shows about what happened, and exactly what was sent", async () => {
  const tallyd = await start();
  const statsd = client(tallyd, { sampleRate: 1 });
  for (let i = 0; i < 50; i++) statsd.increment("always");
  // A rate that the client would roll dice for, sent as a client sends it that has won.
  await send(
    tallyd.udpPort,
    Array.from({ length: 50 }, () => "often:1|c|@0.25\nslow:200|ms|@0.5|#route:/a"),
  );
  await closed(statsd);
  await until(async () => (await tallyd.status()).totals.lines >= 150);
  const page = await tallyd.scrape();
  expect(page.get("always_total")).toBe(50);
  expect(page.get("often_total")).toBe(200);
  expect(page.get('slow_seconds_count{route="/a"}')).toBe(100);
  expect(page.get('slow_seconds_sum{route="/a"}')).toBeCloseTo(20, 9);
});

test("a scrape shows every sample that was sent before it, without waiting for a drain", async () => {
  const tallyd = await start(["--shards", "2"]);
  for (let round = 1; round <= 10; round++) {
    await Promise.all(
      Array.from({ length: 10 }, () =>
        send(
          tallyd.udpPort,
          Array.from({ length: 10 }, () => "seen:1|c"),
        ),
      ),
    );
    expect((await tallyd.scrape()).get("seen_total")).toBe(round * 100);
  }
});

test("a client's buffer of many lines, IPv6, and lines that are refused: all is accounted for", async () => {
  const tallyd = await start(["--listen", "udp://[::1]:0"]);
  const statsd = new StatsD({
    host: "::1",
    port: tallyd.udpPort,
    maxBufferSize: 1_400,
    udpSocketOptions: { type: "udp6" },
  });
  for (let i = 0; i < 500; i++) statsd.increment("buffered", 1, { part: String(i % 5) });
  await closed(statsd);
  await send(tallyd.udpPort, ["no colon\nx:1|q\n\nn:NaN|g\nok:1|c"], "::1");
  await until(async () => (await tallyd.status()).totals.lines >= 504);
  const { ledger, totals } = await tallyd.status();
  expect(ledger).toMatchObject({
    received: 504,
    accepted: 501,
    balance: 0,
    lostWithShard: 0,
    kernelDrops: 0,
    rejected: { no_colon: 1, bad_type: 1, not_finite: 1 },
  });
  expect(ledger.rejects.map(({ reason, line, sender }) => [reason, line, sender.replace(/\d+$/, "PORT")])).toEqual([
    ["not_finite", "n:NaN|g", "[::1]:PORT"],
    ["bad_type", "x:1|q", "[::1]:PORT"],
    ["no_colon", "no colon", "[::1]:PORT"],
  ]);
  expect(totals.datagrams).toBeLessThan(100);
  const page = await tallyd.scrape();
  for (let part = 0; part < 5; part++) expect(page.get(`buffered_total{part="${part}"}`)).toBe(100);
});
