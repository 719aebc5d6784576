const UNIT_MS = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;

/**
 * Milliseconds of a text such as `500ms`, `10s`, `1h30m` or `7d`; `0` needs no unit.
 * Answers undefined for anything else: a number without a unit is a guess that has cost people hours.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (text === "") return undefined;
  let totalMs = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (part === null) return undefined;
    totalMs += Number(part[1]) * (UNIT_MS.get(part[2] ?? "") ?? 0);
  }
  return totalMs;
}

/** The shortest text that `parseDuration` reads back as `durationMs` (for whole milliseconds). */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let restMs = durationMs;
  let text = "";
  for (const [unit, unitMs] of [...UNIT_MS].toReversed()) {
    const whole = unit === "ms" ? restMs : Math.floor(restMs / unitMs);
    if (whole > 0) text += `${whole}${unit}`;
    restMs -= whole * unitMs;
  }
  return text;
}
