import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Logger } from "../../src/std/log.ts";
import { readCounters } from "../../src/shard/counters.ts";
import type { Received } from "../../src/shard/counters.ts";
import type { ShardDelta } from "../../src/shard/message.ts";
import { startPool } from "../../src/shard/pool.ts";
import type { Pool, PoolOptions } from "../../src/shard/pool.ts";
import { startShard } from "../../src/shard/shard.ts";
import type { Shard } from "../../src/shard/shard.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ANY_PORT, SHARD_OPTIONS } from "../support/shard-options.ts";
import { until } from "../support/until.ts";

interface Harness {
  readonly pool: Pool;
  readonly clock: ReturnType<typeof manualClock>;
  readonly deltas: { readonly shard: number; readonly delta: ShardDelta }[];
  readonly deaths: { readonly shard: number; readonly received: Received }[];
  readonly logged: string[];
  /** Every shard ever started, in order. */
  readonly shards: Shard[];
  send(count: number, text?: string): Promise<void>;
  /** What the n-th started shard has received so far. */
  received(index: number): Received;
  /** Lines that the shards say they have accepted. */
  accepted(): number;
}

const running: Pool[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((pool) => pool.stop()));
});

/** Every test is about either way to read UDP. */
let readsBatches = false;

async function start(options: Partial<PoolOptions> = {}): Promise<Harness> {
  const clock = manualClock();
  const deltas: Harness["deltas"] = [];
  const deaths: Harness["deaths"] = [];
  const logged: string[] = [];
  const shards: Shard[] = [];
  const counters: SharedArrayBuffer[] = [];
  const pool = await startPool({
    shards: 2,
    listen: [ANY_PORT],
    readsBatches,
    shard: SHARD_OPTIONS,
    start(shardOptions, onDelta) {
      const shard = startShard(shardOptions, onDelta);
      shards.push(shard);
      counters.push(shardOptions.counters);
      return shard;
    },
    clock,
    log: recorder(logged),
    onDelta: (shard, delta) => deltas.push({ shard, delta }),
    onDeath: (shard, received) => deaths.push({ shard, received }),
    ...options,
  });
  running.push(pool);
  return {
    pool,
    clock,
    deltas,
    deaths,
    logged,
    shards,
    // A socket per datagram: the kernel spreads sockets over the shards, not datagrams.
    async send(count, text = "a:1|c") {
      const port = Number(new URL(pool.listening[0]?.url as string).port);
      for (let i = 0; i < count; i++) {
        const socket = createSocket("udp4");
        await new Promise((resolve) => socket.send(text, port, "127.0.0.1", resolve));
        socket.close();
      }
    },
    received: (index) => readCounters(counters[index] as SharedArrayBuffer),
    accepted() {
      const last = new Map(
        deltas.filter(({ delta }) => delta.last).map(({ shard, delta }) => [shard, delta.traffic?.accepted ?? 0]),
      );
      return [...last.values()].reduce((total, lines) => total + lines, 0);
    },
  };
}

function recorder(logged: string[]): Logger {
  const write = (first: object | string, second?: string): void => void logged.push(second ?? String(first));
  return { debug: write, info: write, warn: write, error: write, child: () => recorder(logged) };
}

describe.each([
  ["in batches", true],
  ["by node:dgram", false],
])("UDP that is read %s", (_name, isBatch) => {
  beforeEach(() => void (readsBatches = isBatch));

  test("all shards join the port that the first one got, and a drain brings what was sent before it", async () => {
    const { pool, send, accepted, deltas } = await start({ shards: 3 });
    const addresses = new Set(pool.status().flatMap((shard) => shard.listening.map(({ url }) => url)));
    expect([...addresses]).toEqual(pool.listening.map(({ url }) => url));
    expect(pool.status().map(({ id, state, restarts }) => [id, state, restarts])).toEqual(
      [0, 1, 2].map((id) => [id, "running", 0]),
    );
    await send(200);
    await pool.drain();
    expect(accepted()).toBe(200);
    const busy = new Set(deltas.filter(({ delta }) => (delta.traffic?.lines ?? 0) > 0).map(({ shard }) => shard));
    expect(busy.size).toBe(3);
  });

  test("a drain first reads what waits in the sockets: none of what was sent a moment ago is missing", async () => {
    const { pool, accepted } = await start({ shards: 1 });
    const socket = createSocket("udp4");
    socket.connect(Number(new URL(pool.listening[0]?.url as string).port), "127.0.0.1");
    await once(socket, "connect");
    for (let round = 1; round <= 5; round++) {
      // A connected socket hands each datagram to the kernel before it returns.
      for (let i = 0; i < 500; i++) socket.send("a:1|c");
      await pool.drain();
      expect(accepted()).toBe(round * 500);
    }
    socket.close();
  });

  test("a stop brings the last samples and ends the threads; further drains have nothing to wait for", async () => {
    const { pool, send, accepted } = await start();
    await send(50);
    await pool.stop();
    expect(accepted()).toBe(50);
    expect(pool.status().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    await pool.drain();
  });

  describe("a shard that dies", () => {
    test("is started anew on the same port, once and loudly, and what it had received is told", async () => {
      const { pool, send, accepted, received, deaths, shards, logged } = await start({ shards: 1 });
      await send(10);
      await pool.drain();
      await send(7);
      await until(() => received(0).lines === 17);
      await shards[0]?.kill();
      await until(() => pool.status()[0]?.state === "running" && shards.length === 2);
      expect(deaths).toEqual([{ shard: 0, received: { datagrams: 17, bytes: 85, lines: 17 } }]);
      expect(pool.status()[0]).toMatchObject({ restarts: 1, listening: pool.listening });
      expect(logged.join()).toContain("a shard died; starting it anew");
      await send(5);
      await pool.drain();
      expect(accepted()).toBe(5);
    });

    test("twice within a minute ends the pool with a clear error", async () => {
      const { pool, shards, clock } = await start({ shards: 2 });
      await shards[0]?.kill();
      await until(() => shards.length === 3 && pool.status()[0]?.state === "running");
      clock.advance(59_000);
      await shards[1]?.kill();
      expect((await pool.failed).message).toMatch(/shard 1 died, the second death within a minute: the thread ended/);
      expect(pool.status().map(({ state }) => state)).toEqual(["running", "dead"]);
    });

    test("again after a minute is started anew again", async () => {
      const { pool, shards, clock } = await start({ shards: 1 });
      await shards[0]?.kill();
      await until(() => shards.length === 2 && pool.status()[0]?.state === "running");
      clock.advance(60_000);
      await shards[1]?.kill();
      await until(() => shards.length === 3 && pool.status()[0]?.state === "running");
      expect(pool.status()[0]?.restarts).toBe(2);
    });

    test("while it is drained does not leave the drain waiting", async () => {
      const { pool, shards } = await start({ shards: 1 });
      const drain = pool.drain();
      await shards[0]?.kill();
      await drain;
      await until(() => pool.status()[0]?.state === "running" && shards.length === 2);
    });
  });

  test("a shard that does not answer a drain for half a minute is ended, and so started anew", async () => {
    let hung: Shard | undefined;
    const { pool, clock, logged, deaths } = await start({
      shards: 1,
      start(options, onDelta) {
        const shard = startShard(options, onDelta);
        if (hung !== undefined) return shard;
        const ended = Promise.withResolvers<void>();
        void shard.died.then(() => ended.resolve());
        hung = {
          ready: shard.ready,
          died: shard.died,
          stop: () => shard.stop(),
          kill: () => shard.kill(),
          drain: () => ended.promise,
          capture: (isOn) => shard.capture(isOn),
          usePolicy: (policy, layouts) => shard.usePolicy(policy, layouts),
        };
        return hung;
      },
    });
    const drain = pool.drain();
    clock.advance(29_999);
    expect(logged).toEqual([]);
    clock.advance(1);
    await drain;
    await until(() => pool.status()[0]?.restarts === 1 && pool.status()[0]?.state === "running");
    expect(logged[0]).toContain("has not answered for 30 s");
    expect(deaths).toHaveLength(1);
    await pool.drain();
  });

  describe("an address that cannot be had", () => {
    test("because another process shares ports: the kernel would allow it, tallyd does not", async () => {
      const other = createSocket({ type: "udp4", reusePort: true });
      await new Promise<void>((resolve) => other.bind(0, "127.0.0.1", resolve));
      const url = `udp://127.0.0.1:${other.address().port}`;
      await expect(start({ listen: [url] })).rejects.toThrow(/another process already listens there/);
      other.close();
    });

    test("is an error that names it, and no thread stays behind", async () => {
      const shards: Shard[] = [];
      const listen = ["udp://127.0.0.1:0", "udp://192.0.2.1:0"];
      await expect(
        start({
          listen,
          start(options, onDelta) {
            shards.push(startShard(options, onDelta));
            return shards.at(-1) as Shard;
          },
        }),
      ).rejects.toThrow("udp://192.0.2.1:0: cannot listen: this machine has no such address");
      expect((await shards[0]?.died)?.message).toContain("192.0.2.1");
    });
  });
});

test("a receive buffer that the kernel made smaller is warned about once, not once per shard", async () => {
  // node:dgram has no way to force it, as a privileged process else could.
  const { logged } = await start({
    readsBatches: false,
    shards: 2,
    shard: { ...SHARD_OPTIONS, receiveBufferBytes: 1 << 30 },
  });
  expect(logged.filter((line) => line.includes("net.core.rmem_max"))).toHaveLength(1);
});
