import { Html, html } from "../../web/html.ts";
import { STYLE } from "../../web/style.ts";
import { table, tiles } from "../../web/table.ts";
import { CHART_STYLE, chart } from "./chart.ts";
import type { MaxRate } from "./find-max.ts";
import { byRate, count, factsOf, percent } from "./format.ts";
import type { BenchReport } from "./report.ts";
import { LOSS_RATIO_MAX } from "./verdict.ts";

const STYLE_ELEMENT = new Html(`<style>${STYLE}${CHART_STYLE}</style>`);

/** The report as a page of its own: no script, and nothing is loaded from anywhere. */
export function pageOf(report: BenchReport): string {
  const { search, ok, time, version } = report;
  const facts = factsOf(report).map(
    ([label, text]) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td>${text}</td>
      </tr>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>tallyd bench ${time}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <h1>tallyd bench</h1>
          <p class="soft">${time.replace("T", " ").replace(/\.\d+Z/, "Z")} · tallyd ${version}</p>
          <p class="state ${ok ? "good" : "bad"}">${verdictOf(report)}</p>
          ${headTiles(report)} ${search === undefined || search.points.length === 0 ? "" : curve(search)}
          <h2>The run</h2>
          <table>
            <tbody>
              ${facts}
            </tbody>
          </table>
        </main>
      </body>
    </html> `.text;
}

function verdictOf({ ok, failures, run }: BenchReport): string {
  if (!ok) return `Failed: ${failures.join("; ")}`;
  return run.server === undefined ? "Sent; nothing was verified" : "Passed: less than 0.1 % lost";
}

/** The answer, at one look. */
function headTiles({ run, search }: BenchReport): Html {
  const { server, reached } = run;
  const rate = search === undefined ? "lines a second" : "lines a second at most, confirmed";
  const entries: Parameters<typeof tiles>[0][number][] = [
    [rate, search !== undefined && search.best === undefined ? "none" : Math.round(reached)],
  ];
  if (server !== undefined) {
    const { lossRatio, cpu, latency } = server;
    entries.push(["lines lost", percent(lossRatio), lossRatio >= LOSS_RATIO_MAX ? "bad" : "good"]);
    entries.push(["CPU a line", `${count(cpu.nanosecondsPerLine)} ns`]);
    entries.push(["CPU of a core", `${Math.round(cpu.percentOfCore)} %`]);
    if (latency !== undefined && latency.probes > latency.unseen)
      entries.push(["latency, 99th percentile", `${Math.round(latency.p99Ms)} ms`]);
  }
  return tiles(entries);
}

function curve(search: MaxRate): Html {
  const rows = byRate(search.points).map(
    ({ rate, reached, lossRatio, percentOfCore, nanosecondsPerLine, isConfirmation }) => [
      rate,
      reached,
      { figure: percent(lossRatio) },
      { figure: `${Math.round(percentOfCore)} %` },
      Math.round(nanosecondsPerLine),
      lossRatio >= LOSS_RATIO_MAX ? LOSSY : isConfirmation ? CONFIRMED : "good",
    ],
  );
  return html`<h2>Loss and CPU by lines a second</h2>
    ${chart(search)}
    ${table("Every step, by rate", ["lines/s asked", "reached", "lost", "of a core", "ns a line", "verdict"], rows)}`;
}

const LOSSY = html`<span class="bad">lossy</span>`;
const CONFIRMED = html`<span class="state good">confirmed</span>`;
