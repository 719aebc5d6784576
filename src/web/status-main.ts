import type { SenderReport } from "../model/sender.ts";
import type { Ledger, OutputStatus, ShardStatus, Status } from "../model/status.ts";
import { formatBytes } from "../std/bytes.ts";
import { Html, html } from "./html.ts";
import { rejectTables, senderTables } from "./sender-tables.ts";
import { facts, numberText, table, tiles } from "./table.ts";
import type { Cell, Figure } from "./table.ts";

/** What the status page shows; the page takes this part of itself anew every few seconds. */
export function statusMain(status: Status, ready: boolean, senders: SenderReport): Html {
  const { flush, outputs, shards, ledger } = status;
  return html`<main>
    <p>
      ${state(ready, ready ? "Ready" : "Not ready: shards are not listening")}
      <span class="soft">· up ${duration(status.uptimeSeconds)} · process ${status.pid}</span>
    </p>
    ${status.warnings.map((warning) => html`<p><strong>Not used:</strong> ${warning}</p>`)} ${headTiles(status)}
    <h2>Lines</h2>
    ${table("What became of every line since the start", ["Lines", "Count", "Share"], ledgerRows(ledger))}
    ${relayTable(status)}
    <h2>Outputs</h2>
    <div class="cards">${outputs.map(outputCard)}</div>
    ${outputs.map(conflictTable)}
    <h2>Shards</h2>
    ${table("Threads that listen", ["Shard", "State", "Listening", "Lines", "Series", "Restarts", "Memory, MiB"], shards.map(shardRow))}
    <p class="soft">
      ${numberText(flush.drains)} drains, the last in ${milliseconds(flush.lastDrainSeconds)};
      ${numberText(flush.flushes)} flushes, one each ${flush.intervalSeconds} s, the last in
      ${milliseconds(flush.lastFlushSeconds)}
    </p>
    ${senderTables(senders)} ${rejectTables(ledger)}
  </main>`;
}

/** Whether all is well, at one look. */
function headTiles({ rates, ledger, shards }: Status): Html {
  const series = shards.reduce((sum, { memory }) => sum + total(memory.series), 0);
  return tiles([
    ["lines a second", Math.round(rates.lines)],
    ["datagrams a second", Math.round(rates.datagrams)],
    ["received a second", formatBytes(Math.round(rates.bytes))],
    ["series", series],
    ["lines rejected", total(ledger.rejected)],
    ["datagrams dropped by the kernel", ledger.kernelDrops, ledger.kernelDrops > 0 ? "bad" : "good"],
    ["lines unaccounted for", ledger.balance, ledger.balance === 0 ? "good" : "bad"],
  ]);
}

function ledgerRows({ received, accepted, rejected, limited, lostWithShard, balance }: Ledger): Cell[][] {
  const rows: [what: string, lines: number][] = [
    ["Received", received],
    ["Accepted", accepted],
    ...counted("Rejected: ", rejected),
    ...counted("Limited: ", limited),
    ["Lost with a shard", lostWithShard],
    ["Unaccounted for", balance],
  ];
  return rows.map(([what, lines]) => [what, lines, share(lines, received)]);
}

function relayTable({ relay }: Status): Html {
  if (relay === undefined) return html``;
  return table(
    `Lines relayed to ${relay.target}`,
    ["What", "Count"],
    [
      ["Relayed", relay.lines],
      ["In packets", relay.packets],
      ["Too long", relay.longLines],
      ...counted("Dropped: ", relay.dropped),
      ["Answers that nobody listens", relay.refusals],
    ],
  );
}

function outputCard(output: OutputStatus): Html {
  const { name, healthy, detail, series, delivered, retries, queued, dropped, notes } = output;
  const entries = [
    ["series", total(series)],
    ["delivered", delivered],
    ["retries", retries],
    ["queued", queued],
    ...counted("dropped: ", dropped),
    ...counted("", notes),
  ] as const;
  return html`<section class="card">
    <h3>${name}</h3>
    <p>${state(healthy, healthy ? "Healthy" : "Failing")} ${detail}</p>
    ${facts(entries)}
  </section>`;
}

function conflictTable({ name, conflicts = [] }: OutputStatus): Html {
  if (conflicts.length === 0) return html``;
  const rows = conflicts.map(({ name: wanted, kind, holder, action }) => [wanted, kind, holder, action]);
  return table(`${name}: latest name conflicts`, ["Name", "Kind", "Taken by", "Done"], rows);
}

function shardRow({ id, state: now, listening, traffic, memory, restarts }: ShardStatus): Cell[] {
  const urls = listening.map(({ url, reader }) => `${url} (${reader})`).join(", ");
  return [String(id), now, urls, traffic.lines, total(memory.series), restarts, memory.bytes / 2 ** 20];
}

function state(isGood: boolean, text: string): Html {
  return html`<span class="state ${isGood ? "good" : "bad"}">${text}</span>`;
}

/** One row per name whose count is not 0. */
function counted(before: string, counts: Readonly<Record<string, number>>): [what: string, count: number][] {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => [before + name.replaceAll("_", " "), count]);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function share(part: number, whole: number): Figure {
  return { figure: whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %` };
}

function milliseconds(seconds: number): string {
  return `${numberText(seconds * 1000)} ms`;
}

function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const shown = parts.filter(([value], index) => value > 0 || index === parts.length - 1);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(" ");
}
