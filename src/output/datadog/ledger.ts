/** Why points were not delivered. */
export const DROP_REASONS = [
  "not_finite",
  "too_big",
  "queue_full",
  "too_old",
  "http_400",
  "http_413",
  "encode_error",
  "timestamped_full",
  "specials_full",
  "shutdown",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/**
 * What became of every point that this output made; an event or a service check counts as one. At any moment
 * `made = delivered + queued + Σ dropped`, where queued includes what is being encoded or is on the way.
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
