import { afterEach, expect, test, vi } from "vitest";
import { startServer } from "../../src/cli/server.ts";
import type { Server } from "../../src/cli/server.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { SenderSummary } from "../../src/model/sender.ts";
import type { Status } from "../../src/model/status.ts";
import { readCounters } from "../../src/shard/counters.ts";
import { startShard } from "../../src/shard/shard.ts";
import type { Shard } from "../../src/shard/shard.ts";
import { systemClock } from "../../src/std/clock.ts";
import { createLog } from "../../src/std/log.ts";
import { send } from "../support/send.ts";
import { until } from "../support/until.ts";

vi.setConfig({ testTimeout: 30_000 });

const running: Server[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(Date.now() + 5_000)));
});

/** The whole server inside the test's process, so that one of its threads can be ended. */
async function start() {
  const shards: Shard[] = [];
  const counters: SharedArrayBuffer[] = [];
  const logged: string[] = [];
  const flags = new Map([
    ["listen", { value: ["udp://127.0.0.1:0"], origin: "test" }],
    ["http", { value: "127.0.0.1:0", origin: "test" }],
    ["shards", { value: "1", origin: "test" }],
    // Nothing is drained unless a test asks: what was received since then is what a death costs.
    ["flush_interval", { value: "1h", origin: "test" }],
    ["drain_interval", { value: "60s", origin: "test" }],
  ]);
  const loaded = loadConfig({ flags, machine: { hostname: "box", cores: 2 } });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const server = await startServer({
    config: loaded.value.config,
    log: createLog({ level: "info", format: "json", secrets: [], write: (line) => void logged.push(line) }),
    version: "0.0.0",
    clock: systemClock,
    startShard(options, onDelta) {
      const shard = startShard(options, onDelta);
      shards.push(shard);
      counters.push(options.counters);
      return shard;
    },
  });
  running.push(server);
  const port = Number(new URL(server.listening[0] as string).port);
  const get = async (path: string): Promise<Response> => fetch(`${server.httpAddress}${path}`);
  return {
    server,
    shards,
    logged,
    received: (index: number) => readCounters(counters[index] as SharedArrayBuffer).lines,
    send: (count: number, text: string) =>
      send(
        port,
        Array.from({ length: count }, () => text),
      ),
    scrape: async () => (await get("/metrics")).text(),
    status: async () => (await (await get("/api/status")).json()) as Status,
    senders: async () => (await (await get("/api/senders")).json()) as SenderSummary,
  };
}

test("a shard that dies is replaced, its loss is in the books, and totals never fall", async () => {
  const { shards, logged, received, send: sendLines, scrape, status, senders } = await start();
  await sendLines(100, "a:1|c|#x");
  expect(await scrape()).toContain('a_total{x="true"} 100');
  await sendLines(30, "a:1|c|#x");
  await until(() => received(0) === 130);
  await shards[0]?.kill();
  await until(async () => shards.length === 2 && (await status()).shards[0]?.state === "running");
  await sendLines(7, "a:1|c|#x");
  expect(await scrape()).toContain('a_total{x="true"} 107');
  expect((await status()).ledger).toMatchObject({ received: 137, accepted: 107, lostWithShard: 30, balance: 0 });
  expect((await status()).shards[0]).toMatchObject({ restarts: 1, traffic: { lines: 137, accepted: 107 } });
  expect(logged.join("")).toContain("a shard died; starting it anew");
  // Who sent the 30 lines is not known any more: they are in the totals and in the bound of each sender's error.
  expect(await senders()).toMatchObject({
    totals: { datagrams: 137, lines: 137 },
    absentMax: { datagrams: 30, lines: 30 },
    senders: [{ sender: "127.0.0.1", datagrams: 107, lines: 107, errorMax: { datagrams: 30, lines: 30 } }],
  });
});

test("a second death within a minute is the end, told with its cause", async () => {
  const { server, shards, status } = await start();
  await shards[0]?.kill();
  await until(async () => shards.length === 2 && (await status()).shards[0]?.state === "running");
  await shards[1]?.kill();
  expect((await server.failed).message).toContain("shard 0 died, the second death within a minute");
});

test("a shard that does not stop in time is ended, so that the process can end", async () => {
  const { server, shards, received, send: sendLines, scrape } = await start();
  await scrape();
  await sendLines(5, "a:1|c");
  await until(() => received(0) === 5);
  const shard = shards[0] as Shard;
  let isDead = false;
  void shard.died.then(() => (isDead = true));
  // It has so much to drain that it takes longer than there is time.
  shard.stop = () => new Promise(() => {});
  await server.stop(Date.now() + 200);
  await until(() => isDead);
});
