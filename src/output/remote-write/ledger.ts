/** Why points were not delivered. */
export const DROP_REASONS = [
  /** The queue was full; the oldest went. */
  "queue_full",
  "too_old",
  /** The receiver refused the request (4xx, or a redirect): it would refuse it again. */
  "http_4xx",
  /** A single point that is too large for the receiver. */
  "http_413",
  /** A single point at which the receiver fails (500) again and again, while it takes others. */
  "http_500",
  /** A receiver of 2.0 took the request and told that it stored less of it than was sent. */
  "not_written",
  "shutdown",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/**
 * What became of every point that this output made. At any moment `made = delivered + queued + Σ dropped`, where
 * queued includes what is being gathered or is on the way.
 */
export class Ledger {
  made = 0;
  delivered = 0;
  queued = 0;
  readonly dropped = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]));

  make(points: number): void {
    this.made += points;
    this.queued += points;
  }

  deliver(points: number): void {
    this.queued -= points;
    this.delivered += points;
  }

  drop(reason: DropReason, points: number): void {
    this.queued -= points;
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + points);
  }
}
