import { createHash } from "node:crypto";
import type { SenderReport } from "../model/sender.ts";
import type { OutputStatus, ShardStatus, Status } from "../model/status.ts";
import { Html, html } from "./html.ts";
import { rejectTables, senderTables } from "./sender-tables.ts";
import { numberText, table } from "./table.ts";
import type { Cell } from "./table.ts";

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
h1 { margin: 0; }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8886; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; }
`;

/** Fetches this page again every few seconds and takes over its main part; stops while the button is pressed. */
const SCRIPT = `
const button = document.querySelector("button");
button.hidden = false;
let paused = false;
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
});
const refresh = async () => {
  if (paused || document.hidden) return;
  const state = document.getElementById("state");
  try {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(4000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (!answer.ok || main === null) throw new Error(String(answer.status));
    document.querySelector("main").replaceWith(main);
    if (state.textContent !== "") state.textContent = "";
  } catch {
    state.textContent = "The server does not answer; the numbers below are old.";
  }
};
setInterval(refresh, 5000);
`;

// Whole elements, because the policy's hashes cover every byte between the tags.
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`);
const hashSource = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only this page's own style and script may run, and only this server may be asked. */
export const STATUS_PAGE_POLICY = [
  "default-src 'none'",
  `style-src ${hashSource(STYLE)}`,
  `script-src ${hashSource(SCRIPT)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The status as a self-contained page; without JavaScript it is a snapshot that reloads itself. */
export function statusPage(status: Status, ready: boolean, senders: SenderReport): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>tallyd</title>
        ${STYLE_ELEMENT}
        <noscript><meta http-equiv="refresh" content="10" /></noscript>
      </head>
      <body>
        <header>
          <h1>tallyd</h1>
          <p>
            ${status.version} · <a href="/metrics">metrics</a> · <a href="/api/status">status as JSON</a>
            <button type="button" aria-pressed="false" hidden>Pause refresh</button>
          </p>
          <p id="state" role="status"></p>
        </header>
        ${mainPart(status, ready, senders)} ${SCRIPT_ELEMENT}
      </body>
    </html> `.text;
}

function mainPart(status: Status, ready: boolean, senders: SenderReport): Html {
  const { ledger, flush, rates } = status;
  return html`<main>
    <p>
      ${ready ? "Ready" : "Not ready: shards are not listening"}, up ${duration(status.uptimeSeconds)}, process
      ${status.pid}.
    </p>
    ${status.warnings.map((warning) => html`<p><strong>Not used:</strong> ${warning}</p>`)}
    <h2>Traffic</h2>
    ${table(
      "Per second, over about the last second",
      ["What", "Per second"],
      [
        ["Datagrams", rates.datagrams],
        ["Lines", rates.lines],
        ["Bytes", rates.bytes],
      ],
    )}
    ${table(
      "Lines since the start",
      ["What", "Lines"],
      [
        ["Received", ledger.received],
        ["Accepted", ledger.accepted],
        ...counted("Rejected", ledger.rejected),
        ...counted("Limited", ledger.limited),
        ["Lost with a shard", ledger.lostWithShard],
        ["Unaccounted for (must be 0)", ledger.balance],
        ["Datagrams dropped by the kernel", ledger.kernelDrops],
      ],
    )}
    ${relayTable(status)}
    <h2>Shards</h2>
    ${table("Shard threads", ["Shard", "State", "Listening", "Lines", "Series", "Restarts", "Memory, bytes"], status.shards.map(shardRow))}
    <p>
      ${flush.drains} drains, the last in ${milliseconds(flush.lastDrainSeconds)}; ${flush.flushes} flushes of
      ${flush.intervalSeconds} s, the last in ${milliseconds(flush.lastFlushSeconds)}.
    </p>
    <h2>Outputs</h2>
    ${table("Outputs", ["Output", "State", "Series", "Delivered", "Retries", "Queued"], status.outputs.map(outputRow))}
    ${status.outputs.map(outputDetails)} ${senderTables(senders)} ${rejectTables(status.ledger)}
  </main>`;
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
      ...counted("Dropped", relay.dropped),
      ["Answers that nobody listens", relay.refusals],
    ],
  );
}

function shardRow({ id, state, listening, traffic, memory, restarts }: ShardStatus): Cell[] {
  const urls = listening.map(({ url, reader }) => `${url} (${reader})`).join(", ");
  return [String(id), state, urls, traffic.lines, total(memory.series), restarts, memory.bytes];
}

function outputRow({ name, healthy, detail, series, delivered, retries, queued }: OutputStatus): Cell[] {
  return [name, `${healthy ? "Healthy" : "Failing"}: ${detail}`, total(series), delivered, retries, queued];
}

function outputDetails({ name, dropped, notes, conflicts = [] }: OutputStatus): Html {
  const counts = [...counted("Dropped", dropped), ...counted("Note", notes)];
  const countTable =
    counts.length === 0 ? html`` : table(`${name}: not delivered as it was sent`, ["What", "Count"], counts);
  if (conflicts.length === 0) return countTable;
  const rows = conflicts.map(({ name: wanted, kind, holder, action }) => [wanted, kind, holder, action]);
  return html`${countTable}${table(`${name}: latest name conflicts`, ["Name", "Kind", "Taken by", "Done"], rows)}`;
}

/** One row per name whose count is not 0. */
function counted(what: string, counts: Readonly<Record<string, number>>): Cell[][] {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => [`${what}: ${name.replaceAll("_", " ")}`, count]);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
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
