/** Time as an argument: the process hands in `systemClock`, tests hand in one that they move by hand. */
export interface Clock {
  /** Unix milliseconds; may jump when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start that only ever grow; for measuring how long something took. */
  monotonicMs(): number;
  /** Runs `task` once, `delayMs` from now, and does not keep the process alive; the answer cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
