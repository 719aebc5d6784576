import type { Html } from "../../web/html.ts";
import { html } from "../../web/html.ts";
import { linearAxis, logAxis } from "./axis.ts";
import type { Axis } from "./axis.ts";
import type { MaxRate, RatePoint } from "./find-max.ts";
import { count, percent } from "./format.ts";
import { LOSS_RATIO_MAX } from "./verdict.ts";

/** Two panels above one axis of rates. In units of the picture, which is as wide as the page. */
const WIDTH = 720;
const HEIGHT = 424;
const LEFT = 84;
const RIGHT = WIDTH - 28;
const LOSS = { title: "lines lost", top: 40, bottom: 190 };
const CPU = { title: "CPU of a core", top: 236, bottom: 386 };

/** At least one percent at the top, so that a curve without loss lies flat on the axis. */
const LOSS_TOP_MIN = 0.01;

export const CHART_STYLE = `
svg { display: block; width: 100%; max-width: 60rem; height: auto; margin-bottom: 1rem; }
svg text { font-size: 12px; fill: var(--soft); }
svg .title { fill: var(--text); font-weight: 600; }
svg .grid { stroke: var(--line); }
svg .best { stroke: var(--good); stroke-width: 1.5; }
svg text.best { fill: var(--good); stroke: none; }
svg polyline { fill: none; stroke: var(--link); stroke-width: 2; }
svg circle { fill: var(--link); stroke: var(--link); stroke-width: 2; }
svg circle.lossy { fill: var(--page); stroke: var(--bad); }
@media (max-width: 40rem) { svg text { font-size: 22px; } svg circle { r: 6px; } }
`;

/**
 * Loss and CPU over the rate that was reached (logarithmic), as inline SVG whose colours come from the page's style. Every
 * step is a dot, hollow where it was lossy; the line goes through the best try of each rate that was asked for, which is
 * what the search went by.
 */
export function chart({ points, best }: Pick<MaxRate, "points" | "best">): Html {
  const rates = points.map(rateOf);
  const x = logAxis(Math.min(...rates), Math.max(...rates), LEFT, RIGHT);
  const lossTop = Math.max(LOSS_TOP_MIN, ...points.map(({ lossRatio }) => lossRatio)) * 100;
  const cpuTop = Math.max(100, ...points.map(({ percentOfCore }) => percentOfCore));
  const labels = x.ticks.map((rate) => {
    const at = round(x.at(rate));
    return html`<line class="grid" x1="${at}" x2="${at}" y1="${LOSS.top}" y2="${CPU.bottom}" />
      <text x="${at}" y="${CPU.bottom + 30}" text-anchor="middle">${SHORT.format(rate)}</text>`;
  });
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Loss and CPU by rate; the table below has the numbers"
  >
    ${labels} ${best === undefined ? "" : mark(x.at(rateOf(best)))}
    ${panel(LOSS, points, x, linearAxis(lossTop, LOSS.bottom, LOSS.top), ({ lossRatio }) => lossRatio * 100)}
    ${panel(CPU, points, x, linearAxis(cpuTop, CPU.bottom, CPU.top), ({ percentOfCore }) => percentOfCore)}
  </svg>`;
}

const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** The confirmed rate, through both panels. */
function mark(at: number): Html {
  const anchor = at > (LEFT + RIGHT) / 2 ? "end" : "start";
  return html`<line class="best" x1="${round(at)}" x2="${round(at)}" y1="${LOSS.top}" y2="${CPU.bottom}" />
    <text class="best" x="${round(at)}" y="${LOSS.top - 10}" text-anchor="${anchor}">confirmed</text>`;
}

function panel(
  { title, top }: Pick<typeof LOSS, "title" | "top">,
  points: readonly RatePoint[],
  x: Axis,
  y: Axis,
  value: (point: RatePoint) => number,
): Html {
  const grid = y.ticks.map((tick) => {
    const at = round(y.at(tick));
    return html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${at}" y2="${at}" />
      <text x="${LEFT - 10}" y="${at + 5}" text-anchor="end">${tick} %</text>`;
  });
  const line = bestTries(points).map((point) => `${round(x.at(rateOf(point)))},${round(y.at(value(point)))}`);
  const dots = points.map((point) => {
    const { lossRatio, percentOfCore } = point;
    const told = `${count(rateOf(point))} lines/s: ${percent(lossRatio)} lost, ${Math.round(percentOfCore)} % of a core`;
    const kind = lossRatio >= LOSS_RATIO_MAX ? "lossy" : "good";
    return html`<circle class="${kind}" cx="${round(x.at(rateOf(point)))}" cy="${round(y.at(value(point)))}" r="4"
      ><title>${told}</title></circle
    >`;
  });
  return html`<g>
    ${grid}
    <text class="title" x="${LEFT}" y="${top - 10}">${title}</text>
    <polyline points="${line.join(" ")}" />
    ${dots}
  </g>`;
}

/** What the server got a second: no more than was asked for, and less where the sender was the limit. */
function rateOf({ rate, reached }: RatePoint): number {
  return Math.max(1, Math.min(rate, reached));
}

/** Of each rate the try with the least loss, in the order of the picture. */
function bestTries(points: readonly RatePoint[]): RatePoint[] {
  const best = new Map<number, RatePoint>();
  for (const point of points) {
    if (point.lossRatio <= (best.get(point.rate)?.lossRatio ?? Infinity)) best.set(point.rate, point);
  }
  return [...best.values()].toSorted((left, right) => rateOf(left) - rateOf(right));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
