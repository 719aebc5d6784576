import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Logger } from "../../src/std/log.ts";
import type { ShardDelta } from "../../src/shard/message.ts";
import { startPool } from "../../src/shard/pool.ts";
import type { Pool } from "../../src/shard/pool.ts";
import { startShard } from "../../src/shard/shard.ts";
import type { Shard, StartShard } from "../../src/shard/shard.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ANY_PORT, SHARD_OPTIONS } from "../support/shard-options.ts";
import { until } from "../support/until.ts";

const running: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).toReversed()) await each.close();
});

interface Started {
  readonly pool: Pool;
  readonly clock: ReturnType<typeof manualClock>;
  readonly deltas: ShardDelta[];
  readonly logged: string[];
}

async function start(url: string, startOne: StartShard): Promise<Started> {
  const clock = manualClock();
  const deltas: ShardDelta[] = [];
  const logged: string[] = [];
  const pool = await startPool({
    shards: 1,
    listen: [url],
    readsBatches: false,
    shard: SHARD_OPTIONS,
    start: startOne,
    clock,
    log: recorder(logged),
    onDelta: (_shard, delta) => deltas.push(delta),
    onDeath: () => expect.fail("a shard died"),
  });
  running.push({ close: () => pool.stop() });
  return { pool, clock, deltas, logged };
}

function recorder(logged: string[]): Logger {
  const write = (first: object | string, second?: string): void => void logged.push(second ?? String(first));
  return { debug: write, info: write, warn: write, error: write, child: () => recorder(logged) };
}

/** Sends new names for as long as the connection lives, as fast as the server reads. */
async function sendForEver(port: number, client: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  let sent = 0;
  const more = (): void => {
    let hasRoom = true;
    while (hasRoom && !socket.destroyed) {
      const lines = Array.from({ length: 500 }, () => `client${client}.name${sent++}:1|c\n`);
      hasRoom = socket.write(lines.join(""));
    }
  };
  socket.on("drain", more);
  more();
  return socket;
}

test("a drain ends soon while many connections send new names without a pause", async () => {
  const { pool, deltas } = await start("tcp://127.0.0.1:0", startShard);
  const port = Number(new URL(pool.listening[0]?.url as string).port);
  const clients = await Promise.all(Array.from({ length: 40 }, (_, client) => sendForEver(port, client)));
  running.push({ close: () => clients.forEach((client) => client.destroy()) });
  const startMs = performance.now();
  let drains = 0;
  // The second one has all that came during the first.
  for (; drains < 2; drains++) await pool.drain();
  // Each took 400 turns of the event loop before, and each turn 2 ms for each client: 32 s.
  expect(performance.now() - startMs).toBeLessThan(20_000);
  expect(deltas.findLast(({ last }) => last)?.traffic?.accepted).toBeGreaterThan(0);
}, 120_000);

test("a shard that hands over parts of a long drain is not taken for one that hangs", async () => {
  let hand: (() => void) | undefined;
  let killed = false;
  const { pool, clock, logged } = await start(ANY_PORT, (options, onDelta): Shard => {
    const shard = startShard(options, onDelta);
    hand = () => onDelta({ type: "delta", id: 0, last: false } as ShardDelta);
    const drained = Promise.withResolvers<void>();
    return {
      ready: shard.ready,
      died: shard.died,
      stop: () => shard.stop(),
      kill() {
        killed = true;
        drained.resolve();
        return Promise.resolve();
      },
      drain: () => drained.promise,
      capture: (isOn) => shard.capture(isOn),
      usePolicy: (policy, layouts) => shard.usePolicy(policy, layouts),
    };
  });
  const drain = pool.drain();
  for (let part = 0; part < 5; part++) {
    clock.advance(20_000);
    hand?.();
  }
  expect([killed, logged]).toEqual([false, []]);
  clock.advance(60_000);
  await until(() => killed);
  expect(logged[0]).toContain("has not answered for 30 s");
  await drain;
});
