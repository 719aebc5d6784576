import { zeroRelayCounts } from "../../model/relay.ts";
import type { RelayDropReason } from "../../model/relay.ts";

/** The system's codes by what they mean for a packet that was to be sent. */
const REASONS: ReadonlyMap<string, RelayDropReason> = new Map([
  ["EAGAIN", "no_room"],
  ["EWOULDBLOCK", "no_room"],
  ["ENOBUFS", "no_room"],
  ["ENOMEM", "no_room"],
  ["ECONNREFUSED", "refused"],
  ["ENETUNREACH", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETDOWN", "unreachable"],
  ["EHOSTDOWN", "unreachable"],
  ["EADDRNOTAVAIL", "unreachable"],
  ["EPERM", "unreachable"],
  ["EACCES", "unreachable"],
  ["EMSGSIZE", "too_large"],
]);

/** Why the system did not take a packet, from its code, such as EAGAIN. */
export function reasonOf(code: string): RelayDropReason {
  return REASONS.get(code) ?? "other";
}

/** Counts what becomes of packets. */
export class Outcomes {
  readonly counts = zeroRelayCounts();

  sent(lines: number): void {
    this.counts.packets++;
    this.counts.lines += lines;
  }

  refused(): void {
    this.counts.refusals++;
  }

  dropped(reason: RelayDropReason, lines: number): void {
    this.counts.dropped[reason] += lines;
  }
}
