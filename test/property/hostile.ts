import { Random } from "../support/random.ts";
import { SmallShard } from "../support/small-shard.ts";
import { hostile } from "../support/traffic.ts";
import { inputOf, VECTORS } from "../conformance/vector.ts";

/**
 * Cheap endless noise: one megabyte of protocol-like bytes, plain random bytes and known cases, of which datagrams are
 * windows with a few damaged bytes. Making the bytes costs less than reading them, so millions fit into a test run.
 */
export class NoisePool {
  readonly #random: Random;
  readonly #bytes: Uint8Array;

  constructor(seed: number, size = 1 << 20) {
    this.#random = new Random(seed);
    const cases = VECTORS.map(inputOf).join("\n");
    let text = cases;
    while (text.length < size) {
      const form = this.#random.int(0, 2);
      if (form === 0) text += hostile(this.#random, 500);
      else if (form === 1) text += `${this.#random.pick(VECTORS.map(inputOf))}\n`;
      else for (let i = 0; i < 100; i++) text += String.fromCharCode(this.#random.int(0, 255));
    }
    this.#bytes = Buffer.from(text.slice(0, size), "latin1");
  }

  /** Writes a datagram of at most `lengthMax` bytes to `into`; answers its length. */
  next(into: Uint8Array, offset: number, lengthMax: number): number {
    const random = this.#random;
    const length = random.int(0, lengthMax);
    const from = random.int(0, this.#bytes.length - lengthMax - 1);
    into.set(this.#bytes.subarray(from, from + length), offset);
    for (let i = random.int(0, 3); i > 0 && length > 0; i--)
      into[offset + random.int(0, length - 1)] = random.int(0, 255);
    return length;
  }
}

/** A shard that refuses new series beyond a few thousand, so that noise cannot fill the memory. */
export function boundedShard(): SmallShard {
  return new SmallShard({ keysMax: 20_000, keyBytesMax: 4_096 });
}

/** Sends `count` noise datagrams; answers what does not balance (empty = all does). Throws when the core traps. */
export function hostileRound(seed: number, count: number, lengthMax: number): string[] {
  const pool = new NoisePool(seed);
  const shard = boundedShard();
  const out: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = pool.next(shard.tally.heap, shard.tally.inputOffset, lengthMax);
    shard.tally.ingest(shard.tally.inputOffset, length);
    if (shard.bound.size > 5_000 && shard.refuse === undefined) shard.refuse = "names";
    if (i % 20_000 === 19_999) {
      shard.tally.setClock(1_000 + i * 1_000);
      for (let part = shard.tally.drain(1 << 20); part.length > 0; part = shard.tally.drain(1 << 20));
      for (let k = 0; k < 50; k++) shard.sweep(1_000);
      shard.refuse = undefined;
    }
  }
  const ledger = shard.counted();
  const refused =
    Object.values(ledger.rejected).reduce((sum, n) => sum + n, 0) +
    Object.values(ledger.limited).reduce((sum, n) => sum + n, 0);
  if (ledger.lines !== ledger.accepted + refused)
    out.push(`${ledger.lines} lines, but ${ledger.accepted} accepted and ${refused} refused (seed ${seed})`);
  if (shard.rejectedTotal !== Object.values(ledger.rejected).reduce((sum, n) => sum + n, 0))
    out.push(`the reject callback ran ${shard.rejectedTotal} times (seed ${seed})`);
  return out;
}
