import type { Html } from "../../web/html.ts";
import { html } from "../../web/html.ts";
import type { RatePoint } from "./find-max.ts";
import { byRate, count, percent } from "./format.ts";

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = WIDTH - 64;
const TOP = 36;
const BOTTOM = HEIGHT - 40;
const TICKS = 4;

/** A tenth of a percent at least, so that a curve without loss lies flat on the axis. */
const LOSS_TOP_MIN = 0.01;

/** Loss (left axis) and CPU (right axis) over the rate (logarithmic), as inline SVG; colours come from the page's style. */
export function chart(points: readonly RatePoint[]): Html {
  const sorted = byRate(points);
  const [low, high] = [sorted[0]?.rate ?? 1, sorted.at(-1)?.rate ?? 1];
  const x = logScale(low, high);
  const lossTop = Math.max(LOSS_TOP_MIN, ...sorted.map(({ lossRatio }) => lossRatio));
  const cpuTop = Math.max(100, ...sorted.map(({ percentOfCore }) => percentOfCore));
  const y = (share: number): number => BOTTOM - share * (BOTTOM - TOP);
  const series = [
    line(
      "loss",
      sorted,
      x,
      ({ lossRatio }) => y(lossRatio / lossTop),
      ({ lossRatio }) => `${percent(lossRatio)} lost`,
    ),
    line(
      "cpu",
      sorted,
      x,
      ({ percentOfCore }) => y(percentOfCore / cpuTop),
      ({ percentOfCore }) => `${Math.round(percentOfCore)} % of a core`,
    ),
  ];
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Loss and CPU by rate; the table below has the numbers"
  >
    ${grid(lossTop, cpuTop, y)} ${rateLabels(low, high, x)}
    <text x="${LEFT}" y="18" class="loss" stroke="none">loss (solid, left)</text>
    <text x="${RIGHT}" y="18" class="cpu" stroke="none" text-anchor="end">CPU of a core (dashed, right)</text>
    ${series}
  </svg>`;
}

function logScale(low: number, high: number): (rate: number) => number {
  const span = Math.log(high / low);
  return (rate) => LEFT + (span === 0 ? 0.5 : Math.log(rate / low) / span) * (RIGHT - LEFT);
}

function grid(lossTop: number, cpuTop: number, y: (share: number) => number): Html[] {
  return Array.from({ length: TICKS + 1 }, (_, i) => {
    const share = i / TICKS;
    const at = round(y(share));
    return html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${at}" y2="${at}" />
      <text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${(lossTop * share * 100).toFixed(2)} %</text>
      <text x="${RIGHT + 8}" y="${at + 4}">${Math.round(cpuTop * share)} %</text>`;
  });
}

function rateLabels(low: number, high: number, x: (rate: number) => number): Html[] {
  const rates = low === high ? [low] : [low, Math.sqrt(low * high), high];
  return rates.map(
    (rate) => html`<text x="${round(x(rate))}" y="${BOTTOM + 22}" text-anchor="middle">${count(rate)}/s</text>`,
  );
}

function line(
  name: string,
  points: readonly RatePoint[],
  x: (rate: number) => number,
  y: (point: RatePoint) => number,
  tell: (point: RatePoint) => string,
): Html {
  const places = points.map((point) => ({ at: [round(x(point.rate)), round(y(point))] as const, point }));
  const dots = places.map(
    ({ at: [cx, cy], point }) =>
      html`<circle class="${name}" cx="${cx}" cy="${cy}" r="3"
        ><title>${count(point.rate)} lines/s: ${tell(point)}</title></circle
      >`,
  );
  return html`<polyline class="${name}" points="${places.map(({ at }) => at.join(",")).join(" ")}" />${dots}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
