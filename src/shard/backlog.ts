/** Takes bytes of a sender, or as many of them as it can without keeping others waiting; answers how many. */
export type Taker = (bytes: Uint8Array, address: string, port: number) => number;

interface Waiting {
  bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/**
 * Takes what comes at once while a turn of the event loop has time for it; what has not, waits for the next turns in its order. So
 * neither a datagram of new names, which cost microseconds each, nor a thousand busy connections keep a thread from its other work.
 */
export class Backlog {
  readonly #take: Taker;
  readonly #bytesMax: number;
  readonly #turnMs: number;
  readonly #monotonicMs: () => number;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  /** When this turn of the event loop has taken enough; undefined before it has taken anything. */
  #turnEndMs: number | undefined;
  #emptied: PromiseWithResolvers<void> | undefined;

  /**
   * A turn takes for `turnMs`, and for one call of `take` longer. Of more than `bytesMax` that wait, the first are taken at once: a
   * datagram socket of Node.js cannot be told to wait.
   */
  constructor(take: Taker, bytesMax: number, turnMs: number, monotonicMs: () => number) {
    this.#take = take;
    this.#bytesMax = bytesMax;
    this.#turnMs = turnMs;
    this.#monotonicMs = monotonicMs;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when nothing waits any more; undefined where nothing does. */
  whenEmpty(): Promise<void> | undefined {
    if (this.isEmpty) return undefined;
    this.#emptied ??= Promise.withResolvers<void>();
    return this.#emptied.promise;
  }

  /** What has to wait of the bytes is copied. */
  add(bytes: Uint8Array, address: string, port: number): void {
    const taken = this.isEmpty && this.#hasTime() ? this.#take(bytes, address, port) : 0;
    if (taken === bytes.length) return;
    const rest = new Uint8Array(bytes.subarray(taken));
    this.#waiting.push({ bytes: rest, address, port });
    this.#bytes += rest.length;
    while (this.#bytes > this.#bytesMax) this.#step();
  }

  #hasTime(): boolean {
    const nowMs = this.#monotonicMs();
    if (this.#turnEndMs === undefined) {
      this.#turnEndMs = nowMs + this.#turnMs;
      setImmediate(this.#nextTurn);
    }
    return nowMs < this.#turnEndMs;
  }

  readonly #nextTurn = (): void => {
    this.#turnEndMs = undefined;
    // What takes more than one call shares its turn with nothing else.
    while (!this.isEmpty && this.#hasTime() && this.#step());
    if (!this.isEmpty) return;
    this.#emptied?.resolve();
    this.#emptied = undefined;
  };

  /** True where the first that waits was taken whole. */
  #step(): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return true;
    const taken = this.#take(first.bytes, first.address, first.port);
    this.#bytes -= taken;
    const isWhole = taken === first.bytes.length;
    if (isWhole) this.#waiting.shift();
    else first.bytes = first.bytes.subarray(taken);
    return isWhole;
  }
}
