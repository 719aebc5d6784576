import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { ListenerStatus, ShardStatus } from "../model/status.ts";
import { probeTransport } from "../transport/registry.ts";
import { receiveBufferWarning } from "../transport/udp.ts";
import { allocateCounters, readCounters } from "./counters.ts";
import type { Received } from "./counters.ts";
import type { ShardDelta, ShardOptions } from "./message.ts";
import type { Shard, StartShard } from "./shard.ts";

export interface PoolOptions {
  /** How many threads, 1 or more. */
  readonly shards: number;
  /** Everything that the shards have in common. */
  readonly shard: Omit<ShardOptions, "id" | "reusePort" | "counters">;
  readonly start: StartShard;
  readonly clock: Clock;
  readonly log: Logger;
  /** Gets every part of every drain, in order for each shard. */
  readonly onDelta: (shard: number, delta: ShardDelta) => void;
  /** A shard died with all that it had not handed over; `received` is all that it ever received. Its cells are void. */
  readonly onDeath: (shard: number, received: Received) => void;
}

/** What the pool knows of a shard; traffic and memory come with its deltas. */
export type PoolStatus = Pick<ShardStatus, "id" | "state" | "restarts" | "listening">;

export interface Pool {
  /** Where the shards listen, with the ports that were really bound. */
  readonly listening: readonly ListenerStatus[];
  /** Resolves when every shard has handed over what it held. */
  drain(): Promise<void>;
  /** Closes all sockets, drains for the last time and ends the threads. */
  stop(): Promise<void>;
  status(): readonly PoolStatus[];
  /** Resolves, with what happened, when the shards cannot go on. */
  readonly failed: Promise<Error>;
}

/** A shard that has not answered a drain for so long never will: a bug in its thread, for which it is ended. */
const HANG_MS = 30_000;

/** A second death within this time is no accident any more. */
const DEATHS_APART_MS = 60_000;

interface Member {
  readonly id: number;
  state: ShardStatus["state"];
  restarts: number;
  listening: readonly ListenerStatus[];
  shard: Shard;
  counters: SharedArrayBuffer;
}

/**
 * Starts the shards. The first one binds the addresses; the others join the ports that it got. Rejects when an address
 * cannot be had, or is held by another process already.
 */
export async function startPool(options: PoolOptions): Promise<Pool> {
  const { clock, log } = options;
  const failed = Promise.withResolvers<Error>();
  const members: Member[] = [];
  let listen = options.shard.listen;
  let lastDeathMs = -Infinity;
  let isStopping = false;

  function launch(id: number): Pick<Member, "shard" | "counters"> {
    const counters = allocateCounters();
    const shardOptions = { ...options.shard, id, listen, reusePort: options.shards > 1, counters };
    return { counters, shard: options.start(shardOptions, (delta) => options.onDelta(id, delta)) };
  }

  async function run(member: Member): Promise<void> {
    member.listening = await member.shard.ready;
    member.state = "running";
    const { shard } = member;
    void shard.died.then((cause) => bury(member, cause));
  }

  async function bury(member: Member, cause: Error): Promise<void> {
    member.state = "dead";
    options.onDeath(member.id, readCounters(member.counters));
    if (isStopping) return;
    const nowMs = clock.monotonicMs();
    const isSecond = nowMs - lastDeathMs < DEATHS_APART_MS;
    lastDeathMs = nowMs;
    if (isSecond) {
      failed.resolve(new Error(`shard ${member.id} died, the second death within a minute: ${cause.message}`, { cause }));
      return;
    }
    log.error({ shard: member.id, err: cause }, "a shard died; starting it anew. What it held since its last drain is lost and counted");
    member.restarts++;
    member.state = "starting";
    Object.assign(member, launch(member.id));
    try {
      await run(member);
    } catch (error) {
      member.state = "dead";
      failed.resolve(new Error(`shard ${member.id} could not be started anew: ${(error as Error).message}`, { cause: error }));
    }
  }

  async function drain({ id, shard }: Member): Promise<void> {
    const cancel = clock.after(HANG_MS, () => {
      log.error({ shard: id }, `a shard has not answered for ${HANG_MS / 1_000} s; ending it`);
      void shard.kill();
    });
    await shard.drain();
    cancel();
  }

  async function add(id: number): Promise<void> {
    const member: Member = { id, state: "starting", restarts: 0, listening: [], ...launch(id) };
    members.push(member);
    await run(member);
  }

  async function stop(): Promise<void> {
    isStopping = true;
    await Promise.all(
      members.map(async (member) => {
        await member.shard.stop();
        if (member.state !== "dead") member.state = "stopped";
      }),
    );
  }

  for (const url of new Set(listen)) await probeTransport(url);
  try {
    await add(0);
    const listening = (members[0] as Member).listening;
    listen = listening.map(({ url }) => url);
    await Promise.all(Array.from({ length: options.shards - 1 }, (_, index) => add(index + 1)));
    for (const { url, receiveBufferBytes } of listening) {
      const warning = receiveBufferWarning(url, options.shard.receiveBufferBytes, receiveBufferBytes);
      if (warning !== undefined) log.warn(warning);
    }
    return {
      listening,
      drain: async () => void (await Promise.all(members.map(drain))),
      stop,
      status: () => members.map(({ id, state, restarts, listening: own }) => ({ id, state, restarts, listening: own })),
      failed: failed.promise,
    };
  } catch (error) {
    isStopping = true;
    await Promise.all(members.map((member) => member.shard.kill()));
    throw error;
  }
}
