import { pino } from "pino";
import type { Clock } from "./clock.ts";
import { late } from "./late.ts";
import { formatLogfmt } from "./logfmt.ts";
import type { LogRecord } from "./logfmt.ts";
import { createScrubber } from "./scrub.ts";

const pretty = late("pino-pretty");

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFormat = "json" | "logfmt" | "pretty";

/** Writes one line: a sentence, or fields and a sentence. */
export interface Write {
  (message: string): void;
  (fields: object, message: string): void;
}

/** `auto` is for people where one looks at it. */
export function chooseLogFormat(asked: LogFormat | "auto", isTerminal: boolean): LogFormat {
  if (asked !== "auto") return asked;
  return isTerminal ? "pretty" : "json";
}

/** What code that logs needs of a logger; pino's satisfies it, and so does a recorder in a test. */
export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  child(fields: Record<string, unknown>): Logger;
}

/** The process's logger, whose level may change while it runs. */
export interface RootLogger extends Logger {
  setLevel(level: LogLevel): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** json: pino's own. logfmt: `key=value`. pretty: for people, in colour. */
  readonly format: LogFormat;
  /** Texts that must never be printed, such as API keys. */
  readonly secrets: readonly string[];
  /** Where whole lines go; by default standard output, synchronously, so that the last words of a crash arrive. */
  readonly write?: (line: string) => void;
}

/**
 * The process's logger. Each finished line is scrubbed of secrets on its way out, so that no field, message, error or
 * cause chain can carry one past it.
 */
export function createLog(options: LogOptions): RootLogger {
  const scrub = createScrubber(options.secrets);
  const write = options.write ?? standardOutput();
  const format = FORMATTERS[options.format]();
  const stream = { write: (line: string): void => write(format(scrub(line))) };
  const log = pino({ level: options.level, base: { pid: process.pid } }, stream);
  return Object.assign(log, {
    setLevel(level: LogLevel): void {
      log.level = level;
    },
  });
}

/** Each makes another line of one that is JSON. */
const FORMATTERS: Readonly<Record<LogFormat, () => (line: string) => string>> = {
  json: () => (line) => line,
  logfmt: () => asLogfmt,
  pretty: () => pretty().prettyFactory({ colorize: true, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,hostname" }),
};

function asLogfmt(line: string): string {
  let record: LogRecord;
  try {
    record = JSON.parse(line) as LogRecord;
  } catch {
    // A secret of digits was taken out of a number: such a line is shown as it is.
    return line;
  }
  return `${formatLogfmt(record)}\n`;
}

function standardOutput(): (line: string) => void {
  const destination = pino.destination({ fd: 1, sync: true });
  return (line) => void destination.write(line);
}

export interface RateLimit {
  /** Lines of one key that are let through in a minute. */
  readonly perMinute: number;
  /** Different keys that are told apart in a minute; the rest share one. */
  readonly keysMax?: number;
}

/** For problems that can come with every line of input: logs the first few a minute of each key and counts the rest. */
export interface LimitedLog {
  warn(key: string, fields: object, message: string): void;
}

const WINDOW_MS = 60_000;
const KEYS_MAX_DEFAULT = 256;
const OTHER_KEYS = "(other)";

/**
 * Lets `perMinute` lines of each key through, then is silent until the minute that began with the key's first line is
 * over, and then says in one line how many it kept back.
 */
export function limitLog(log: Logger, clock: Clock, limit: RateLimit): LimitedLog {
  const seen = new Map<string, number>();
  const keysMax = limit.keysMax ?? KEYS_MAX_DEFAULT;

  function endMinute(key: string): void {
    const suppressed = (seen.get(key) ?? 0) - limit.perMinute;
    seen.delete(key);
    if (suppressed > 0)
      log.warn({ key, suppressed }, `${suppressed} more like this in the last minute were not logged`);
  }

  return {
    warn(key, fields, message) {
      const own = seen.has(key) || seen.size < keysMax ? key : OTHER_KEYS;
      const count = (seen.get(own) ?? 0) + 1;
      seen.set(own, count);
      if (count === 1) clock.after(WINDOW_MS, () => endMinute(own));
      if (count <= limit.perMinute) log.warn(fields, message);
    },
  };
}
