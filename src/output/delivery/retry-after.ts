import type { ResponseHead } from "./transport.ts";

/** A server that asks for longer than an hour is not obeyed for longer. */
const WAIT_MS_MAX = 3_600_000;

/**
 * How long a response asks to wait, in milliseconds; undefined when it does not. `Retry-After` (seconds or a date) and
 * the headers named in `secondsHeaders` (seconds): the longest of them.
 */
export function askedWaitMs(
  response: ResponseHead,
  nowMs: number,
  secondsHeaders: readonly string[] = [],
): number | undefined {
  const asked: number[] = [];
  const after = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(after)) asked.push(Number(after) * 1000);
  else if (after !== "") asked.push(Date.parse(after) - nowMs);
  for (const name of secondsHeaders) {
    const seconds = response.headers.get(name)?.trim() ?? "";
    if (/^\d+(\.\d+)?$/.test(seconds)) asked.push(Number(seconds) * 1000);
  }
  const usable = asked.filter((waitMs) => waitMs > 0);
  return usable.length === 0 ? undefined : Math.min(Math.max(...usable), WAIT_MS_MAX);
}
