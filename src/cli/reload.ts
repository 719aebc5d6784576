import type { ConfigError } from "../config/given.ts";
import { formatError } from "../config/given.ts";
import type { Layout } from "../model/layout.ts";
import type { ReloadOutcome, ReloadStatus } from "../model/reload.ts";
import type { Output } from "../output/output.ts";
import { tellProblem } from "../policy/mapping/profile.ts";
import type { Pool } from "../shard/pool.ts";
import type { ExporterRule } from "../policy/mapping/exporter/rule.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { Result } from "../std/result.ts";
import type { Reread } from "./settings.ts";
import { readPolicy } from "./policy.ts";

export interface ReloadTools {
  /** Reads the configuration again, from where the process had it; undefined: it has it from nowhere that could change. */
  readonly reread: (() => Result<Reread, readonly ConfigError[]>) | undefined;
  /** What holds so far, and the layouts that live series have. */
  readonly policy: PolicyOptions;
  readonly layouts: readonly Layout[];
  readonly outputs: readonly Pick<Output, "addLayouts">[];
  readonly shards: Pick<Pool, "usePolicy">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Reads the configuration again while the process runs. A configuration with any fault changes nothing. */
export interface Reloader {
  /** One at a time; who asks meanwhile waits for a turn of their own, because the files may have changed since. */
  reload(): Promise<ReloadOutcome>;
  status(): ReloadStatus;
  /** Of the configuration that runs. */
  warnings(): readonly string[];
}

export function createReloader(tools: ReloadTools, first: readonly string[]): Reloader {
  const { clock, log } = tools;
  let { policy, layouts } = tools;
  let warnings = first;
  let status: ReloadStatus = { succeeded: 0, failed: 0, isLastGood: true, rulesSince: clock.nowMs() / 1_000 };
  let turn: Promise<unknown> = Promise.resolve();

  async function reloadNow(): Promise<ReloadOutcome> {
    if (tools.reread === undefined) return fail(["this server has no configuration that could be read again"]);
    const reread = tools.reread();
    if (!reread.ok) return fail(reread.error.map(formatError));
    const { loaded, changed, restart, accept } = reread.value;
    const read = readPolicy(loaded.config, layouts, status.succeeded + 1);
    if (read.problems.length > 0) return fail(read.problems.map(tellProblem));
    // Before any series can have one of them.
    for (const output of tools.outputs) output.addLayouts(read.layouts.slice(layouts.length));
    layouts = read.layouts;
    await tools.shards.usePolicy(read.policy, layouts);
    accept();
    const rules = rulesSentences(policy.exporter?.rules, read.policy.exporter?.rules);
    policy = read.policy;
    warnings = restart.length === 0 ? [] : [waitingSentence(restart)];
    status = { ...status, succeeded: status.succeeded + 1, isLastGood: true, rulesSince: clock.nowMs() / 1_000 };
    log.info({ changed, restart, rules }, "the configuration was read again, and every series is bound anew");
    for (const warning of [...loaded.warnings, ...warnings]) log.warn(warning);
    return { ok: true, notes: [changedSentence(changed), ...rules, ...loaded.warnings, ...warnings] };
  }

  function fail(errors: readonly string[]): ReloadOutcome {
    status = { ...status, failed: status.failed + 1, isLastGood: false };
    log.error({ errors }, "the configuration was not read again, and nothing has changed: it has errors");
    return { ok: false, errors };
  }

  return {
    reload() {
      const mine = turn.then(reloadNow);
      turn = mine.catch(() => {});
      return mine;
    },
    status: () => status,
    warnings: () => warnings,
  };
}

function changedSentence(changed: readonly string[]): string {
  return changed.length === 0 ? "no key has changed" : `changed: ${changed.join(", ")}`;
}

/** Rules stand in files of their own, whose changes are no change of a key. */
function rulesSentences(before: readonly ExporterRule[] = [], now: readonly ExporterRule[] = []): string[] {
  if (before.length === 0 && now.length === 0) return [];
  const known = new Set(before.map(textOf));
  const same = now.filter((rule) => known.has(textOf(rule))).length;
  return [`rules for Prometheus: ${now.length}, ${same} of them as before; there were ${before.length}`];
}

/** Equal for rules that say the same, wherever they stand. */
function textOf({ file: _file, line: _line, ...said }: ExporterRule): string {
  return JSON.stringify(said);
}

function waitingSentence(restart: readonly string[]): string {
  const one = restart.length === 1;
  return `${restart.join(", ")} ${one ? "has" : "have"} changed and ${one ? "takes" : "take"} effect with a restart only`;
}
