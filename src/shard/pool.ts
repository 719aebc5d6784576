import { assert } from "../std/assert.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { Tapped } from "../capture/recording.ts";
import type { Layout } from "../model/layout.ts";
import type { ListenerStatus, ShardStatus } from "../model/status.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import { probeTransport } from "../transport/registry.ts";
import { receiveBufferWarning } from "../transport/udp.ts";
import { planThreads } from "./placement.ts";
import type { ThreadPlan } from "./placement.ts";
import { allocateCounters, readCounters } from "./counters.ts";
import type { Received } from "./counters.ts";
import type { ShardDelta, ShardOptions } from "./message.ts";
import type { Shard, StartShard } from "./shard.ts";

export interface PoolOptions {
  /** How many threads share the UDP ports, 1 or more. */
  readonly shards: number;
  readonly listen: readonly string[];
  /** UDP is read in batches, by recvmmsg. */
  readonly readsBatches: boolean;
  /** Everything that the shards have in common. */
  readonly shard: Omit<ShardOptions, "id" | "counters" | keyof ThreadPlan>;
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
  /** What each shard's tap has gathered since the last time; they go on, or end. */
  capture(isOn: boolean): Promise<readonly Tapped[]>;
  /**
   * Binds every raw key of every shard anew, under other rules; series that keep their name keep their numbers. `layouts`
   * is the whole table, which may only have grown. Resolves when the rules hold everywhere.
   */
  usePolicy(policy: PolicyOptions, layouts: readonly Layout[]): Promise<void>;
  /** Closes all sockets, drains for the last time and ends the threads. */
  stop(): Promise<void>;
  /** Ends, at once, the threads that have not stopped; what they hold is lost and counted. */
  kill(): Promise<void>;
  status(): readonly PoolStatus[];
  /** Resolves, with what happened, when the shards cannot go on. */
  readonly failed: Promise<Error>;
}

/** A shard of whose drain no part has come for so long never answers: a bug in its thread, for which it is ended. */
const HANG_MS = 30_000;

/** A second death within this time is no accident any more. */
const DEATHS_APART_MS = 60_000;

interface Member {
  readonly id: number;
  /** With the ports that were really bound, once they are known. */
  plan: ThreadPlan;
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
  /** Parts of drains that have come, by shard. */
  readonly #parts = new Map<number, number>();
  /** What a thread is started with; its rules are those that hold now. */
  #shard: PoolOptions["shard"];
  #lastDeathMs = -Infinity;
  #isStopping = false;
  #isKilled = false;
  listening: readonly ListenerStatus[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#shard = options.shard;
  }

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  async start(): Promise<void> {
    const { listen } = this.#options;
    for (const url of new Set(listen)) await probeTransport(url);
    try {
      const [first, ...others] = planThreads(this.#options);
      assert(first !== undefined, "there is something to listen on");
      const bound = await this.#add(0, first);
      await Promise.all(others.map((plan, index) => this.#add(index + 1, joining(plan, first, bound))));
      // Of the threads that share ports one speaks for all; what others have alone comes behind.
      this.listening = bound.concat(...this.#members.slice(1).map((member) => ownListeners(member, bound)));
    } catch (error) {
      await this.kill();
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

  readonly capture = (isOn: boolean): Promise<readonly Tapped[]> =>
    Promise.all(this.#members.map(({ shard }) => shard.capture(isOn)));

  async usePolicy(policy: PolicyOptions, layouts: readonly Layout[]): Promise<void> {
    const more = layouts.slice(this.#shard.layouts.length);
    // First, so that a thread that is started meanwhile has them from its start.
    this.#shard = { ...this.#shard, policy, layouts };
    await Promise.all(this.#members.map(({ shard }) => shard.usePolicy(policy, more)));
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

  async kill(): Promise<void> {
    this.#isStopping = true;
    this.#isKilled = true;
    await Promise.all(this.#members.map(({ shard }) => shard.kill()));
  }

  readonly status = (): PoolStatus[] =>
    this.#members.map(({ id, state, restarts, listening }) => ({ id, state, restarts, listening }));

  async #add(id: number, plan: ThreadPlan): Promise<readonly ListenerStatus[]> {
    const member: Member = { id, plan, state: "starting", restarts: 0, listening: [], ...this.#launch(id, plan) };
    this.#members.push(member);
    await this.#run(member);
    // A restarted thread takes the very same ports again.
    member.plan = { ...plan, listen: member.listening.map(({ url }) => url) };
    return member.listening;
  }

  #launch(id: number, plan: ThreadPlan): Pick<Member, "shard" | "counters"> {
    const counters = allocateCounters();
    const shard = this.#options.start({ ...this.#shard, ...plan, id, counters }, (delta) => {
      // To merge what a thread has handed over by then would take time that nobody gives any more.
      if (this.#isKilled) return;
      this.#parts.set(id, this.#partsOf(id) + 1);
      this.#options.onDelta(id, delta);
    });
    return { counters, shard };
  }

  #partsOf(id: number): number {
    return this.#parts.get(id) ?? 0;
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
    Object.assign(member, this.#launch(member.id, member.plan));
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

  async #drainOne(member: Member): Promise<void> {
    const cancel = this.#watch(member);
    await member.shard.drain();
    cancel();
  }

  /** Ends the shard when it says nothing for `HANG_MS`; a drain of a million new series may take longer. The answer stops it. */
  #watch({ id, shard }: Member): () => void {
    const { clock, log } = this.#options;
    let cancel: () => void;
    const wait = (): void => {
      const parts = this.#partsOf(id);
      cancel = clock.after(HANG_MS, () => {
        if (this.#partsOf(id) > parts) return wait();
        log.error({ shard: id }, `a shard has not answered for ${HANG_MS / 1_000} s; ending it`);
        void shard.kill();
      });
    };
    wait();
    return () => cancel();
  }
}

/** A thread that shares the ports of the first one joins those that the kernel has really given. */
function joining(plan: ThreadPlan, first: ThreadPlan, bound: readonly ListenerStatus[]): ThreadPlan {
  return { ...plan, listen: plan.listen.map((url) => bound[first.listen.indexOf(url)]?.url ?? url) };
}

function ownListeners({ listening }: Member, bound: readonly ListenerStatus[]): readonly ListenerStatus[] {
  return listening.filter(({ url }) => bound.every((other) => other.url !== url));
}
