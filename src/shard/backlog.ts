/** Takes bytes of a sender, or as many of them as it can without keeping others waiting; answers how many. */
export type Taker = (bytes: Uint8Array, address: string, port: number) => number;

interface Waiting {
  bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/**
 * What came while an earlier datagram was still being taken, in its order. Between two pieces the event loop has its turn. So a
 * datagram of new names, which cost microseconds each, does not keep a thread for all of its 64 KiB.
 */
export class Backlog {
  readonly #take: Taker;
  readonly #bytesMax: number;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #isScheduled = false;

  /** Of more than `bytesMax` that wait, the first are taken at once: a socket of Node.js cannot be told to wait. */
  constructor(take: Taker, bytesMax: number) {
    this.#take = take;
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The bytes are copied. */
  add(bytes: Uint8Array, address: string, port: number): void {
    this.#waiting.push({ bytes: new Uint8Array(bytes), address, port });
    this.#bytes += bytes.length;
    while (this.#bytes > this.#bytesMax) this.#step();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.isEmpty) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#step();
      this.#schedule();
    });
  }

  #step(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const taken = this.#take(first.bytes, first.address, first.port);
    this.#bytes -= taken;
    if (taken === first.bytes.length) this.#waiting.shift();
    else first.bytes = first.bytes.subarray(taken);
  }
}
