import { parseMix } from "../../load/mix.ts";
import type { ScenarioOptions } from "../../load/scenario.ts";
import { TAGS_MAX } from "../../load/scenario.ts";
import type { BenchFlags } from "./flags.ts";
import type { ServerAddress } from "./server-view.ts";
import { parseTarget } from "../../transport/target/url.ts";
import type { Target } from "../../transport/target/url.ts";
import { parseDecimal } from "../../std/decimal.ts";
import { parseDuration } from "../../std/duration.ts";
import type { Result } from "../../std/result.ts";

/** What to do, checked. */
export interface BenchPlan {
  readonly target: Target;
  /** Lines a second; Infinity = as fast as the sender can. */
  readonly rate: number;
  readonly durationMs: number;
  readonly stepMs: number;
  readonly sockets: number;
  readonly scenario: ScenarioOptions;
  readonly verify: ServerAddress | undefined;
  readonly latency: boolean;
  readonly findMax: boolean;
  readonly json: boolean;
  readonly html: string | undefined;
  readonly mayLeaveMachine: boolean;
}

/** The most that the search goes to, and what stands for a typing error. */
export const RATE_MAX = 100_000_000;
const SERIES_MAX = 1_000_000;
/** Distinct datagrams, at least: so many that no cache of the receiver can live off their repetition. */
const DATAGRAMS_MIN = 3_000;
const LINES_MADE_MAX = 2_000_000;
/** About the bytes of a line of this generator: only to judge how many fit into a datagram. */
const LINE_BYTES_GUESS = 60;
const UNITS = new Map([
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
]);

/** Reads all flags; answers every problem at once, each with its flag. */
export function readPlan(flags: BenchFlags): Result<BenchPlan, readonly string[]> {
  const problems: string[] = [];
  const read = <Value>(flag: string, result: Result<Value, string>): Value => {
    if (!result.ok) problems.push(`${flag}: ${result.error}`);
    return (result.ok ? result.value : undefined) as Value;
  };
  const series = read("--series", wholeNumber(flags.series, 1, SERIES_MAX));
  const linesMax = read("--lines-per-datagram", linesOf(flags.linesPerDatagram));
  const datagramBytes = read("--datagram-bytes", wholeNumber(flags.datagramBytes, 64, 65_507));
  const lines = Math.max(series, DATAGRAMS_MIN * Math.min(linesMax, datagramBytes / LINE_BYTES_GUESS));
  const plan: BenchPlan = {
    target: read("--target", parseTarget(flags.target)),
    rate: read("--rate", rateOf(flags.rate)),
    durationMs: read("--duration", durationOf(flags.duration)),
    stepMs: read("--step-duration", durationOf(flags.stepDuration)),
    sockets: read("--sockets", wholeNumber(flags.sockets, 1, 256)),
    scenario: {
      seed: read("--seed", wholeNumber(flags.seed, 0, 0xffff_ffff)),
      series,
      mix: read("--mix", parseMix(flags.mix)),
      tags: read("--tags", wholeNumber(flags.tags, 0, TAGS_MAX)),
      linesPerDatagram: linesMax,
      datagramBytes,
      lines: Math.min(lines, Math.max(series, LINES_MADE_MAX)),
      prefix: read("--prefix", prefixOf(flags.prefix)),
    },
    verify: flags.verify === undefined ? undefined : read("--verify", httpOf(flags.verify)),
    latency: flags.latency,
    findMax: flags.findMax === true,
    json: flags.json === true,
    html: flags.html,
    mayLeaveMachine: flags.iOwnThisTarget === true,
  };
  if (plan.findMax && flags.verify === undefined)
    problems.push("--find-max: needs --verify, the server's HTTP address, to know what was lost");
  if (plan.findMax && plan.rate === Infinity) problems.push("--rate: with --find-max it is where the search begins");
  return problems.length === 0 ? good(plan) : { ok: false, error: problems };
}

function wholeNumber(text: string, min: number, max: number): Result<number, string> {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  return value >= min && value <= max ? good(value) : bad(`write a whole number from ${min} to ${max}`);
}

function linesOf(text: string): Result<number, string> {
  return text === "max" ? good(Infinity) : wholeNumber(text, 1, 1_000);
}

function rateOf(text: string): Result<number, string> {
  if (text === "max") return good(Infinity);
  const [, digits = "", unit = ""] = /^([\d.]+)([kM]?)$/.exec(text) ?? [];
  const value = (parseDecimal(digits) ?? 0) * (UNITS.get(unit) ?? 0);
  return value >= 1 && value <= RATE_MAX
    ? good(value)
    : bad("write lines a second, for example 100000, 100k or 2.5M (at most 100M), or max");
}

function durationOf(text: string): Result<number, string> {
  const value = parseDuration(text) ?? 0;
  return value >= 100 && value <= 3_600_000 ? good(value) : bad("write a duration from 100ms to 1h, for example 10s");
}

function prefixOf(text: string): Result<string, string> {
  return /^[A-Za-z][\w.]{0,63}$/.test(text)
    ? good(text)
    : bad("write letters, digits, dots and underscores, a letter first, at most 64");
}

function httpOf(text: string): Result<ServerAddress, string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return bad("write the server's HTTP address, for example http://127.0.0.1:9102");
  const { origin, pathname, username, password } = url;
  const base = `${origin}${pathname}`.replace(/\/+$/, "");
  if (username === "" && password === "") return good({ base, authorization: undefined });
  try {
    const credentials = Buffer.from(decodeURIComponent(`${username}:${password}`));
    return good({ base, authorization: `Basic ${credentials.toString("base64")}` });
  } catch {
    return bad("write a percent sign in a name or password as %25");
  }
}

function good<Value>(value: Value): Result<Value, never> {
  return { ok: true, value };
}

function bad(problem: string): Result<never, string> {
  return { ok: false, error: problem };
}
