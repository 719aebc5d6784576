import { Html, html } from "../../web/html.ts";
import { chart } from "./chart.ts";
import type { RatePoint } from "./find-max.ts";
import { byRate, count, factsOf, percent } from "./format.ts";
import type { BenchReport } from "./report.ts";
import { LOSS_RATIO_MAX } from "./verdict.ts";

const STYLE = new Html(`<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif;
  --loss: light-dark(#b3261e, #f2847c); --cpu: light-dark(#1a56b0, #8ab4f8); --line: #8886; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { margin: 0; font-size: 1.4rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; }
svg text { font-size: 12px; fill: currentColor; }
svg .grid { stroke: var(--line); }
svg .loss { stroke: var(--loss); fill: var(--loss); }
svg .cpu { stroke: var(--cpu); fill: var(--cpu); }
svg polyline.loss, svg polyline.cpu { fill: none; stroke-width: 2; }
svg polyline.cpu { stroke-dasharray: 6 4; }
</style>`);

/** The report as a page of its own: no script, and nothing is loaded from anywhere. */
export function pageOf(report: BenchReport): string {
  const { search, ok, failures, time, version } = report;
  const facts = factsOf(report).map(
    ([label, text]) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td>${text}</td>
      </tr>`,
  );
  const verdict = ok ? "Passed" : `Failed: ${failures.join("; ")}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>tallyd bench ${time}</title>
        ${STYLE}
      </head>
      <body>
        <main>
          <h1>tallyd bench</h1>
          <p>${time} · tallyd ${version}</p>
          <p><strong>${verdict}</strong></p>
          <div class="scroll">
            <table>
              <tbody>
                ${facts}
              </tbody>
            </table>
          </div>
          ${search === undefined ? "" : curve(search.points)}
        </main>
      </body>
    </html> `.text;
}

function curve(points: readonly RatePoint[]): Html {
  const rows = byRate(points).map(
    ({ rate, reached, lossRatio, percentOfCore, nanosecondsPerLine, isConfirmation }) =>
      html`<tr>
        <td class="number">${count(rate)}</td>
        <td class="number">${count(reached)}</td>
        <td class="number">${percent(lossRatio)}</td>
        <td class="number">${Math.round(percentOfCore)} %</td>
        <td class="number">${count(nanosecondsPerLine)}</td>
        <td>${lossRatio >= LOSS_RATIO_MAX ? "lossy" : isConfirmation ? "confirmed" : "good"}</td>
      </tr>`,
  );
  return html`<h2>Loss and CPU by rate</h2>
    ${chart(points)}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">lines/s asked</th>
            <th scope="col" class="number">reached</th>
            <th scope="col" class="number">loss</th>
            <th scope="col" class="number">of a core</th>
            <th scope="col" class="number">ns a line</th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
