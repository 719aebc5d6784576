import type { RatePoint } from "./find-max.ts";
import { byRate, count, percent } from "./format.ts";
import { LOSS_RATIO_MAX } from "./verdict.ts";

const BAR_CELLS = 20;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `share` (0 to 1) of `BAR_CELLS` cells, padded to them; a share above 0 is never empty. */
export function bar(share: number, isUnicode: boolean): string {
  const cells = Math.min(1, Math.max(0, share)) * BAR_CELLS;
  if (!isUnicode) return "#".repeat(share > 0 ? Math.max(1, Math.round(cells)) : 0).padEnd(BAR_CELLS);
  const eighths = share > 0 ? Math.max(1, Math.round(cells * 8)) : 0;
  return `${"█".repeat(eighths >> 3)}${EIGHTHS[eighths & 7]}`.padEnd(BAR_CELLS);
}

/**
 * Loss and CPU by rate, a row for each step, in Unicode blocks or plain ASCII:
 *
 *     lines/s    loss                            CPU of a core
 *     100,000     0.000 %  |                    |   12 % |##                  |
 */
export function plot(points: readonly RatePoint[], isUnicode: boolean): string {
  const lossMax = Math.max(LOSS_RATIO_MAX, ...points.map(({ lossRatio }) => lossRatio));
  const cpuMax = Math.max(100, ...points.map(({ percentOfCore }) => percentOfCore));
  const edge = isUnicode ? "│" : "|";
  const rows = byRate(points).map(({ rate, lossRatio, percentOfCore, isConfirmation }) => {
    const loss = `${percent(lossRatio).padStart(10)} ${edge}${bar(lossRatio / lossMax, isUnicode)}${edge}`;
    const cpu = `${`${Math.round(percentOfCore)} %`.padStart(6)} ${edge}${bar(percentOfCore / cpuMax, isUnicode)}${edge}`;
    const verdict = lossRatio >= LOSS_RATIO_MAX ? "lossy" : isConfirmation ? "confirmed" : "good";
    return `${count(rate).padStart(12)} ${loss} ${cpu} ${verdict}`;
  });
  const head = `${"lines/s".padStart(12)} ${"loss".padStart(10)} ${" ".repeat(BAR_CELLS + 2)} ${"CPU".padStart(6)} of a core`;
  return [head, ...rows].join("\n");
}
