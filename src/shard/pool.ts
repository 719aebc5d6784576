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
  const pool = new ShardPool(options);
  await pool.start();
  return pool;
}

class ShardPool implements Pool {
  readonly #options: PoolOptions;
  readonly #failed = Promise.withResolvers<Error>();
  readonly #members: Member[] = [];
  #listen: readonly string[];
  #lastDeathMs = -Infinity;
  #isStopping = false;
  listening: readonly ListenerStatus[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#listen = options.shard.listen;
  }

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  async start(): Promise<void> {
    for (const url of new Set(this.#listen)) await probeTransport(url);
    try {
      this.listening = await this.#add(0);
      this.#listen = this.listening.map(({ url }) => url);
      await Promise.all(Array.from({ length: this.#options.shards - 1 }, (_, index) => this.#add(index + 1)));
    } catch (error) {
      this.#isStopping = true;
      await Promise.all(this.#members.map((member) => member.shard.kill()));
      throw error;
    }
    for (const { url, receiveBufferBytes } of this.listening) {
      const warning = receiveBufferWarning(url, this.#options.shard.receiveBufferBytes, receiveBufferBytes);
      if (warning !== undefined) this.#options.log.warn(warning);
    }
  }

  async drain(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#drainOne(member)));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      this.#members.map(async (member) => {
        await member.shard.stop();
        if (member.state !== "dead") member.state = "stopped";
      }),
    );
  }

  readonly status = (): PoolStatus[] =>
    this.#members.map(({ id, state, restarts, listening }) => ({ id, state, restarts, listening }));

  async #add(id: number): Promise<readonly ListenerStatus[]> {
    const member: Member = { id, state: "starting", restarts: 0, listening: [], ...this.#launch(id) };
    this.#members.push(member);
    await this.#run(member);
    return member.listening;
  }

  #launch(id: number): Pick<Member, "shard" | "counters"> {
    const { shard, shards, start, onDelta } = this.#options;
    const counters = allocateCounters();
    const options = { ...shard, id, listen: this.#listen, reusePort: shards > 1, counters };
    return { counters, shard: start(options, (delta) => onDelta(id, delta)) };
  }

  async #run(member: Member): Promise<void> {
    member.listening = await member.shard.ready;
    member.state = "running";
    void member.shard.died.then((cause) => this.#bury(member, cause));
  }

  async #bury(member: Member, cause: Error): Promise<void> {
    const { clock, log, onDeath } = this.#options;
    member.state = "dead";
    onDeath(member.id, readCounters(member.counters));
    if (this.#isStopping) return;
    const nowMs = clock.monotonicMs();
    const isSecond = nowMs - this.#lastDeathMs < DEATHS_APART_MS;
    this.#lastDeathMs = nowMs;
    if (isSecond) return this.#fail(`shard ${member.id} died, the second death within a minute`, cause);
    log.error(
      { shard: member.id, err: cause },
      "a shard died; starting it anew. What it held since its last drain is lost and counted",
    );
    await this.#restart(member);
  }

  async #restart(member: Member): Promise<void> {
    member.restarts++;
    member.state = "starting";
    Object.assign(member, this.#launch(member.id));
    try {
      await this.#run(member);
    } catch (error) {
      member.state = "dead";
      this.#fail(`shard ${member.id} could not be started anew`, error as Error);
    }
  }

  #fail(what: string, cause: Error): void {
    this.#failed.resolve(new Error(`${what}: ${cause.message}`, { cause }));
  }

  async #drainOne({ id, shard }: Member): Promise<void> {
    const { clock, log } = this.#options;
    const cancel = clock.after(HANG_MS, () => {
      log.error({ shard: id }, `a shard has not answered for ${HANG_MS / 1_000} s; ending it`);
      void shard.kill();
    });
    await shard.drain();
    cancel();
  }
}
