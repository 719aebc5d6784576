import { LIMIT_HELP, REJECT_HELP } from "../model/reject.ts";
import { MEASURES } from "../model/sender.ts";
import type { Sender, SenderReport } from "../model/sender.ts";
import type { Ledger } from "../model/status.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { numberText, table } from "./table.ts";
import type { Cell } from "./table.ts";

const SENDER_HEADS = [
  "Sender",
  "Datagrams",
  "Lines",
  "Bytes",
  "Rejected",
  "New series",
  "Last rejected line",
  "Last seen",
];

/** Who sends most, for the status page. Nothing before anyone has sent. */
export function senderTables({ senders, known, absentMax }: SenderReport): Html {
  if (senders.length === 0) return html``;
  const isComplete = MEASURES.every((measure) => absentMax[measure] === 0);
  const rest = isComplete
    ? `${numberText(known)} in all`
    : `more than ${numberText(known)} in all; ≥ marks counts that began after the sender's first datagram`;
  return html`<h2>Senders</h2>
    ${table(`The senders with the most datagrams, of ${rest}`, SENDER_HEADS, senders.map(senderRow))}
    <p><a href="/api/senders">senders as JSON</a></p>`;
}

function senderRow(sender: Sender): Cell[] {
  const count = (measure: (typeof MEASURES)[number]): Cell =>
    sender.errorMax[measure] === 0 ? sender[measure] : `≥ ${numberText(sender[measure])}`;
  const { lastReject, lastPort } = sender;
  return [
    lastPort === 0 ? sender.sender : `${sender.sender} (last port ${lastPort})`,
    ...MEASURES.map(count),
    lastReject === undefined ? "" : html`${lastReject.reason} <code>${lastReject.line}</code>`,
    timeText(sender.lastSeen),
  ];
}

/** What was refused and why, with the latest examples. Nothing while nothing was. */
export function rejectTables({ rejected, limited, rejects }: Ledger): Html {
  const rows = [...countRows(rejected, REJECT_HELP), ...countRows(limited, LIMIT_HELP)];
  if (rows.length === 0 && rejects.length === 0) return html``;
  const examples = rejects.map(({ reason, line, sender, time }) => [
    reason,
    html`<code>${line}</code>`,
    sender,
    timeText(time),
  ]);
  return html`<h2>Rejected lines</h2>
    ${table("By reason, since the start", ["Reason", "Lines", "Meaning"], rows)}
    ${table("The latest few of each reason, newest first", ["Reason", "Line", "Sender", "Time"], examples)}
    <p><a href="/api/rejects">rejects as JSON</a></p>`;
}

function countRows<Reason extends string>(
  counts: Readonly<Record<Reason, number>>,
  help: Readonly<Record<Reason, string>>,
): Cell[][] {
  const reasons = Object.keys(counts) as Reason[];
  return reasons.filter((reason) => counts[reason] > 0).map((reason) => [reason, counts[reason], help[reason]]);
}

/** `2026-01-31 12:00:00Z`. */
function timeText(unixSeconds: number): Html {
  return html`<time>${new Date(unixSeconds * 1_000).toISOString().replace("T", " ").replace(".000", "")}</time>`;
}
