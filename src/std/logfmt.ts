/** A line of the log as pino writes it. */
export type LogRecord = Readonly<Record<string, unknown>>;

const LEVELS: ReadonlyMap<unknown, string> = new Map([
  [10, "trace"],
  [20, "debug"],
  [30, "info"],
  [40, "warn"],
  [50, "error"],
  [60, "fatal"],
]);

/**
 * A line of the log as logfmt, without its line end:
 *
 *     time=2026-01-02T03:04:05.678Z level=info msg="tallyd listens" http=http://127.0.0.1:9102 listening.0=udp://127.0.0.1:8125
 *
 * What is inside a field has its path as a key, entries of lists their number. A value stands in quotes where it must, with the
 * escapes of JSON, so that every reader of logfmt finds the same text and no text can end the line or look like another field.
 */
export function formatLogfmt({ time, level, msg, ...fields }: LogRecord): string {
  const start = [
    ["time", typeof time === "number" ? new Date(time).toISOString() : time],
    ["level", LEVELS.get(level) ?? level],
    ["msg", msg],
  ] as const;
  return [...start, ...Object.entries(fields)].flatMap(([key, value]) => pairs(key, value)).join(" ");
}

function pairs(key: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null) return [`${keyText(key)}=${valueText(value)}`];
  return Object.entries(value).flatMap(([name, inner]) => pairs(`${key}.${name}`, inner));
}

/** A key has no quotes: what would end it is taken out. */
function keyText(key: string): string {
  return key === "" ? "_" : key.replaceAll(/[\s="\p{C}]/gu, "_");
}

function valueText(value: unknown): string {
  const text = String(value);
  return /^[^\s="\\\p{C}]+$/u.test(text) ? text : quote(text);
}

/** JSON leaves some characters as they are that end a line, or turn its direction, on a terminal. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => character.replaceAll(/[^]/g, escape));
}

function escape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
