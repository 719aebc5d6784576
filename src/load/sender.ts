/** Takes the datagrams of a scenario to a server: one file per way of sending, a row of `senders.ts` each. */
export interface Sender {
  /** For people: `sendmmsg`, `node:dgram` or `node:net`. */
  readonly how: string;
  /**
   * Gives `count` datagrams of the scenario from number `from` on (no further than its last one) to the kernel. Adds 1 to
   * `times[i]` for each datagram `i` that it took, and answers how many: fewer, or none, when it has no room now or
   * refuses. Does not block longer than about a millisecond.
   */
  send(from: number, count: number, times: Uint32Array): number | Promise<number>;
  /** Sends a datagram that is not of the scenario; answers whether the kernel took it. */
  sendOne(datagram: Uint8Array): boolean | Promise<boolean>;
  /** How often the kernel refused, by error code; a datagram that was refused is offered again. */
  readonly refused: ReadonlyMap<string, number>;
  /** Waits until all is on its way and closes the sockets. */
  close(): Promise<void>;
}

/** Counts refusals by code. */
export class Refusals {
  readonly byCode = new Map<string, number>();

  add(error: unknown, count = 1): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + count);
  }
}

/** A socket's send buffer: room for a few bursts, within what systems allow without asking. */
export const SEND_BUFFER_BYTES = 4 << 20;
