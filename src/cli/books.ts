import { createLedger } from "../flush/ledger.ts";
import type { Ledger } from "../flush/ledger.ts";
import { createListenerBook } from "../flush/listeners.ts";
import type { ListenerBook } from "../flush/listeners.ts";
import { createMerger } from "../flush/merger.ts";
import { createRelayBook } from "../flush/relay.ts";
import type { RelayBook } from "../flush/relay.ts";
import { createSenderBook } from "../flush/senders.ts";
import type { SenderBook } from "../flush/senders.ts";
import { REJECT_HELP } from "../model/reject.ts";
import { RELAY_DROP_HELP, RELAY_DROP_REASONS } from "../model/relay.ts";
import type { RejectExample, RelayStatus } from "../model/status.ts";
import type { Output } from "../output/output.ts";
import type { Received } from "../shard/counters.ts";
import type { ShardDelta } from "../shard/message.ts";
import { readSummary } from "../shard/sender-columns.ts";
import type { Clock } from "../std/clock.ts";
import { limitLog } from "../std/log.ts";
import type { Logger } from "../std/log.ts";

/** Everything that is kept of what shards tell: the numbers go to the outputs, what is told beside them here. */
export interface Books {
  readonly ledger: Ledger;
  readonly senders: SenderBook;
  readonly listeners: ListenerBook;
  readonly relay: RelayBook;
  take(shard: number, delta: ShardDelta): void;
  /** A shard died; `received` is all that it ever received. */
  bury(shard: number, received: Received): void;
}

/** `relayTarget`: for the books of the relay; undefined where nothing is relayed. */
export function createBooks(
  outputs: readonly Output[],
  relayTarget: string | undefined,
  clock: Clock,
  log: Logger,
): Books {
  const ledger = createLedger();
  const senders = createSenderBook();
  const listeners = createListenerBook();
  const relay = createRelayBook(relayTarget);
  const merger = createMerger(outputs, ledger);
  const logRejects = createRejectLog(log, clock);
  const logRelay = createRelayLog(log, clock);
  return {
    ledger,
    senders,
    listeners,
    relay,
    take(shard, delta) {
      merger.merge(shard, delta);
      if (delta.transports !== undefined) listeners.take(shard, delta.transports);
      if (delta.senders !== undefined) senders.take(shard, readSummary(delta.senders));
      if (delta.relay !== undefined) {
        relay.take(shard, delta.relay);
        logRelay(relay.status());
      }
      logRejects(delta.rejects);
    },
    bury(shard, received) {
      merger.bury(shard, received);
      senders.bury(shard, received);
      listeners.bury(shard);
      relay.bury(shard);
    },
  };
}

/** Tells, a few times a minute and reason, which lines are refused and why. */
function createRejectLog(log: Logger, clock: Clock): (rejects: readonly RejectExample[]) => void {
  const limited = limitLog(log, clock, { perMinute: 5 });
  return (rejects) => {
    for (const { reason, line, sender } of rejects)
      limited.warn(reason, { reason, line, sender }, `refused a line: ${REJECT_HELP[reason]}`);
  };
}

/** Tells, once a minute for each reason, that lines are not relayed and why. */
function createRelayLog(log: Logger, clock: Clock): (relay: RelayStatus | undefined) => void {
  const limited = limitLog(log, clock, { perMinute: 1 });
  let told: Readonly<Record<string, number>> = {};
  return (relay) => {
    if (relay === undefined) return;
    const { target, refusals, dropped } = relay;
    // A refusal tells of lines that had been taken, which nobody has counted.
    const now = { ...dropped, refused: dropped.refused + refusals };
    for (const reason of RELAY_DROP_REASONS) {
      if (now[reason] > (told[reason] ?? 0))
        limited.warn(reason, { target, reason }, `lines do not reach the relay's target: ${RELAY_DROP_HELP[reason]}`);
    }
    told = now;
  };
}
