import type { Version } from "./proto/message.ts";
import { downgradeMessage, splitMessage } from "./proto/split.ts";
import { compress, decompress } from "./snappy.ts";

/** One request that waits for its turn. */
export interface Batch {
  readonly version: Version;
  /** Compressed, as it is sent. */
  readonly body: Uint8Array;
  /** 0 for metadata. */
  readonly points: number;
  /** Unix milliseconds. */
  readonly createdMs: number;
  /** Answers 500 in a row that this request has met. */
  suspicions: number;
  /** Requests delivered when the first of them came: whether the receiver takes others. */
  deliveredBefore: number;
}

export function batchOf(message: Uint8Array, points: number, version: Version, createdMs: number): Batch {
  return { version, body: compress(message), points, createdMs, suspicions: 0, deliveredBefore: 0 };
}

/** The two halves of a batch of at least two points; suspicions stay. */
export function halve(batch: Batch): Batch[] {
  const { version, createdMs, suspicions, deliveredBefore } = batch;
  return splitMessage(decompress(batch.body), batch.points, version).map(({ message, points }) => ({
    ...batchOf(message, points, version, createdMs),
    suspicions,
    deliveredBefore,
  }));
}

/** The same points for a receiver of 1.0. */
export function downgrade(batch: Batch): Batch {
  if (batch.version === "1.0") return batch;
  return { ...batch, version: "1.0", body: compress(downgradeMessage(decompress(batch.body))) };
}
