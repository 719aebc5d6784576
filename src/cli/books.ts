import { createLedger } from "../flush/ledger.ts";
import type { Ledger } from "../flush/ledger.ts";
import { createListenerBook } from "../flush/listeners.ts";
import type { ListenerBook } from "../flush/listeners.ts";
import { createMerger } from "../flush/merger.ts";
import { createSenderBook } from "../flush/senders.ts";
import type { SenderBook } from "../flush/senders.ts";
import { REJECT_HELP } from "../model/reject.ts";
import type { RejectExample } from "../model/status.ts";
import type { Output } from "../output/output.ts";
import type { Received } from "../shard/counters.ts";
import type { ShardDelta } from "../shard/message.ts";
import type { Clock } from "../std/clock.ts";
import { limitLog } from "../std/log.ts";
import type { Logger } from "../std/log.ts";

/** Everything that is kept of what shards tell: the numbers go to the outputs, what is told beside them here. */
export interface Books {
  readonly ledger: Ledger;
  readonly senders: SenderBook;
  readonly listeners: ListenerBook;
  take(shard: number, delta: ShardDelta): void;
  /** A shard died; `received` is all that it ever received. */
  bury(shard: number, received: Received): void;
}

export function createBooks(outputs: readonly Output[], clock: Clock, log: Logger): Books {
  const ledger = createLedger();
  const senders = createSenderBook();
  const listeners = createListenerBook();
  const merger = createMerger(outputs, ledger);
  const logRejects = createRejectLog(log, clock);
  return {
    ledger,
    senders,
    listeners,
    take(shard, delta) {
      merger.merge(shard, delta);
      if (delta.transports !== undefined) listeners.take(shard, delta.transports);
      if (delta.senders !== undefined) senders.take(shard, delta.senders);
      logRejects(delta.rejects);
    },
    bury(shard, received) {
      merger.bury(shard, received);
      senders.bury(shard, received);
      listeners.bury(shard);
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
