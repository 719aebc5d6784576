import type { Tapped } from "../capture/recording.ts";
import type { Dialects } from "../model/dialect.ts";
import type { Special } from "../model/event.ts";
import type { Layout } from "../model/layout.ts";
import type { RelayCounts } from "../model/relay.ts";
import type { Definition } from "../model/series.ts";
import type { ListenerStatus, RejectExample, TallyMemory, Traffic } from "../model/status.ts";
import type { StreamLimits, TransportReading } from "../model/transport.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import type { RelayOptions } from "./relaying.ts";
import type { SenderColumns } from "./sender-columns.ts";

/** What a shard thread is started with (`workerData`). */
export interface ShardOptions {
  readonly id: number;
  /** `udp://host:port`, `tcp://host:port`, `unix://path`, `fd://number`: one per listener. */
  readonly listen: readonly string[];
  /** True where several shards share each port (SO_REUSEPORT). */
  readonly reusePort: boolean;
  /** True: datagrams are read in batches, by a loop that blocks the thread (`transport/batch/loop.ts`). */
  readonly readsBatches: boolean;
  readonly receiveBufferBytes: number;
  readonly stream: StreamLimits;
  readonly gaugeSign: "auto" | "absolute" | "step";
  readonly dialects: Dialects;
  /** Key of the tag that names a trace, which is kept as an exemplar and is no part of a series; "" = none. */
  readonly exemplarTag: string;
  readonly readsTimestamps: boolean;
  /** True: a datagram's last line must end in a line feed. */
  readonly requiresEnd: boolean;
  /** Where raw lines are passed on to; undefined = nowhere. */
  readonly relay: RelayOptions | undefined;
  readonly policy: PolicyOptions;
  readonly layouts: readonly Layout[];
  /** Most series, and most raw keys, that this shard's tally may hold. */
  readonly seriesMax: number;
  readonly keysMax: number;
  readonly keyBytesMax: number;
  /** How many senders this shard tells apart at least. */
  readonly sendersMax: number;
  /** A series or key that is idle longer is forgotten, in milliseconds. */
  readonly idleMs: number;
  /** Seed of the key hash: random per process. Seed of set members: the same in every shard of a process. */
  readonly keySeed: bigint;
  readonly setSeed: bigint;
  /** Three float64 counters that outlive the thread: datagrams, bytes, lines received. */
  readonly counters: SharedArrayBuffer;
}

/** What a shard is asked; it answers every question by its id. */
export type Ask =
  | { readonly type: "drain" }
  /** Hand over what the tap has gathered; it goes on, or ends. */
  | { readonly type: "capture"; readonly isOn: boolean }
  /** Bind every raw key anew, under other rules; `layouts` come behind those that the shard has. */
  | { readonly type: "policy"; readonly policy: PolicyOptions; readonly layouts: readonly Layout[] }
  /** Close the sockets, then drain, then end. */
  | { readonly type: "stop" };

export type ToShard = Ask & { readonly id: number };

/** The rules that were sent hold, for all lines that come from now on. */
export interface PolicyInUse {
  readonly type: "policy-in-use";
  readonly id: number;
}

export type FromShard =
  | Ready
  | ShardDelta
  | Captured
  | PolicyInUse
  | { readonly type: "failed"; readonly message: string };

/** Datagrams of a capture; the blocks are transferred. */
export interface Captured {
  readonly type: "captured";
  readonly id: number;
  readonly tapped: Tapped;
}

/** The listeners are open. */
export interface Ready {
  readonly type: "ready";
  readonly listening: readonly ListenerStatus[];
  /** The eventfd that must be added to after each message, where the thread sleeps in the kernel. */
  readonly wakeFd: number | undefined;
  /** Descriptors that Node.js does not close when the thread dies. */
  readonly socketFds: readonly number[];
}

/** The `id` of a part that nobody asked for. */
export const NO_DRAIN = 0;

/**
 * One part of a drain. Parts of one drain arrive in order; the last has `last: true`. Under a flood of new series parts of nothing but
 * definitions come between drains too.
 */
export interface ShardDelta {
  readonly type: "delta";
  /** Of the question; `NO_DRAIN` = there was none. */
  readonly id: number;
  readonly last: boolean;
  /** Cells that appear for the first time in this or a later part, and those that come back by rules that were read again. */
  readonly definitions: readonly Definition[];
  /** Cells that no longer exist after this part has been merged; their numbers may be defined again later. */
  readonly forgotten: readonly number[];
  /** For `Source.merge`; the buffer is transferred. */
  readonly bytes: Uint8Array;
  readonly specials: readonly Special[];
  readonly rejects: readonly RejectExample[];
  /** Totals since the shard started; only on the last part. */
  readonly traffic: Traffic | undefined;
  readonly memory: TallyMemory | undefined;
  /** Totals of the shard's listeners that count anything; only on the last part. */
  readonly transports: readonly TransportReading[] | undefined;
  /** Totals of the shard's relay, if it has one; only on the last part. */
  readonly relay: RelayCounts | undefined;
  /** Who has sent what since the shard started; on a last part, when there is news, at most once a second. Buffers are transferred. */
  readonly senders: SenderColumns | undefined;
}
