import type { FastifyInstance, FastifyReply } from "fastify";
import { LIMIT_HELP, REJECT_HELP } from "../model/reject.ts";
import type { RejectReason } from "../model/reject.ts";
import { MEASURES } from "../model/sender.ts";
import type { Measure, SenderReport } from "../model/sender.ts";
import type { Ledger } from "../model/status.ts";
import { SENDERS_DEFAULT, SENDERS_MAX } from "./limits.ts";

export interface SenderRoutesOptions {
  /** The first `limit` senders by a measure, highest first. */
  readonly senders: (measure: Measure, limit: number) => SenderReport;
  readonly status: () => { readonly ledger: Ledger };
}

/** What `sort` may be, and the measure that it means. */
const SORTS: ReadonlyMap<string, Measure> = new Map([
  ...MEASURES.map((measure): [string, Measure] => [measure, measure]),
  ["new_series", "newSeries"],
]);
const LIMIT = /^[1-9]\d{0,3}$/;

/** `/api/senders` and `/api/rejects`: who sends what, and what is wrong with it. */
export function addSenderRoutes(app: FastifyInstance, { senders, status }: SenderRoutesOptions): void {
  app.get<{ Querystring: Record<string, unknown> }>("/api/senders", (request, reply) => {
    const { sort = "datagrams", limit = String(SENDERS_DEFAULT), ...others } = request.query;
    if (Object.keys(others).length > 0) return refuse(reply, "there is no such parameter; there are sort and limit");
    const measure = SORTS.get(String(sort));
    const count = typeof limit === "string" && LIMIT.test(limit) ? Number(limit) : 0;
    if (measure === undefined) return refuse(reply, `sort is one of ${[...SORTS.keys()].join(", ")}`);
    if (count < 1 || count > SENDERS_MAX) return refuse(reply, `limit is a whole number from 1 to ${SENDERS_MAX}`);
    return reply.header("cache-control", "no-store").send(senderAnswer(senders(measure, count), measure));
  });
  app.get("/api/rejects", (_request, reply) =>
    reply.header("cache-control", "no-store").send(rejectAnswer(status().ledger)),
  );
}

function refuse(reply: FastifyReply, problem: string): FastifyReply {
  return reply.code(400).send({ error: problem });
}

function senderAnswer({ totals, senders, absentMax, known }: SenderReport, sort: Measure): object {
  const listed = senders.map(({ lastReject, ...sender }) => ({
    ...sender,
    exact: MEASURES.every((measure) => sender.errorMax[measure] === 0),
    lastReject: lastReject ?? null,
  }));
  return {
    sort,
    exact: MEASURES.every((measure) => absentMax[measure] === 0) && listed.every((sender) => sender.exact),
    known,
    totals,
    absentMax,
    senders: listed,
  };
}

function rejectAnswer({ rejected, limited, rejects }: Ledger): object {
  const examplesOf = (wanted: RejectReason): object[] =>
    rejects.filter(({ reason }) => reason === wanted).map(({ line, sender, time }) => ({ line, sender, time }));
  return {
    total: sum(rejected),
    reasons: rows(rejected, REJECT_HELP).map((row) => ({ ...row, examples: examplesOf(row.reason) })),
    limitedTotal: sum(limited),
    limits: rows(limited, LIMIT_HELP),
  };
}

/** One row for each reason, the most frequent first. */
function rows<Reason extends string>(
  counts: Readonly<Record<Reason, number>>,
  help: Readonly<Record<Reason, string>>,
): { readonly reason: Reason; readonly total: number; readonly help: string }[] {
  const reasons = Object.keys(counts) as Reason[];
  return reasons
    .map((reason) => ({ reason, total: counts[reason], help: help[reason] }))
    .toSorted((left, right) => right.total - left.total);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
