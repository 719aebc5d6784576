import type { Config } from "../config/config.ts";
import { CoreMissingError } from "../core/tally.ts";
import { kindRow } from "../model/kind.ts";
import { LIMIT_HELP, REJECT_HELP } from "../model/reject.ts";
import type { Series } from "../model/series.ts";
import type { Traffic } from "../model/status.ts";
import { findContenders } from "../policy/mapping/exporter/contenders.ts";
import type { PreparedMapping } from "../policy/mapping/exporter/prepare.ts";
import { tellProblem } from "../policy/mapping/profile.ts";
import { systemClock } from "../std/clock.ts";
import { drawPieces, piecesOf, pointAt, showBytes } from "./anatomy.ts";
import { previewDatadog, previewPrometheus } from "./preview.ts";
import { readPolicy } from "./policy.ts";
import type { PolicyRead } from "./policy.ts";
import { loadSettings } from "./settings.ts";
import { formatErrors } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { traceLine } from "./trace.ts";
import type { Fate, SpecialLine, Trace } from "./trace.ts";

export interface ExplainFlags {
  readonly config?: string;
  /** Mapping files of statsd_exporter, instead of those of the configuration. */
  readonly mapping?: readonly string[];
}

/**
 * `tallyd explain LINE`: what becomes of each line of a datagram, by the code that a server runs. Answers the exit
 * code: 1 where a line is not aggregated.
 */
export async function explain(datagram: string, flags: ExplainFlags, terminal: Terminal): Promise<number> {
  const settings = loadSettings(flags, terminal.environment);
  if (!settings.ok) {
    terminal.err(formatErrors(settings.error));
    return 1;
  }
  const read = readPolicy(settings.value.config);
  for (const problem of read.problems) terminal.err(`warning: ${tellProblem(problem)}`);
  const lines = datagram.split("\n").filter((line, index) => line !== "" || index === 0);
  let code = 0;
  try {
    for (const [index, line] of lines.entries()) {
      const explained = await explainLine(new TextEncoder().encode(line), settings.value.config, read);
      terminal.out(index === 0 ? explained.text : `\n${explained.text}`);
      if (!explained.isUsed) code = 1;
    }
  } catch (error) {
    if (!(error instanceof CoreMissingError)) throw error;
    terminal.err(error.message);
    return 1;
  }
  return code;
}

interface Explained {
  readonly text: string;
  readonly isUsed: boolean;
}

async function explainLine(line: Uint8Array, config: Config, { policy, layouts }: PolicyRead): Promise<Explained> {
  const trace = traceLine(line, {
    // What a rule drops is looked at all the same: it is to be told which rule.
    policy: { ...policy, isForPrometheusOnly: false },
    layouts,
    gaugeSign: config.gaugeSign,
    dialects: config.dialects,
    exemplarTag: config.prometheus.exemplarTag,
    readsTimestamps: config.readsTimestamps,
    keyBytesMax: config.limits.keyBytesMax,
    nowMs: systemClock.nowMs(),
  });
  const tell = TELL[trace.fate.type] as (fate: Fate, line: Uint8Array, trace: Trace) => string;
  const text = [tell(trace.fate, line, trace), ...notesOf(trace.traffic)].join("\n");
  const { exporter, isForPrometheusOnly } = policy;
  const all = seriesOf(trace.fate);
  const rules = exporter === undefined ? [] : all.map((series) => tellRules(series, exporter, all.length > 1));
  // A line of several pairs is used as a whole or not at all.
  if (isForPrometheusOnly === true && all.some(({ prometheus }) => prometheus?.isDropped === true)) {
    return { text: [text, ...rules, `not aggregated: mapping\n${LIMIT_HELP.mapping}`].join("\n"), isUsed: false };
  }
  if (trace.fate.type !== "series") {
    return { text: [text, ...rules].join("\n"), isUsed: trace.fate.type === "special" };
  }
  const page = config.prometheus.enabled ? await previewPrometheus(trace, config, layouts, systemClock) : ["(off)"];
  const points = previewDatadog(trace, config, layouts);
  const off = config.datadog.enabled ? "" : " (off: there is no API key)";
  return {
    text: [text, ...rules, "", section("prometheus", page), section(`datadog${off}`, points)].join("\n"),
    isUsed: true,
  };
}

/** What a line names: a series for each kind, or the one of a sample with its own time. */
function seriesOf(fate: Fate): readonly Series[] {
  if (fate.type === "series") return [fate.series, ...fate.others];
  if (fate.type !== "special" || fate.special.type !== "timestamped") return [];
  return [{ ...fate.special.sample, layout: 0 }];
}

type Tell<Type extends Fate["type"]> = (fate: Extract<Fate, { type: Type }>, line: Uint8Array, trace: Trace) => string;

/** How each fate is told; one row each. */
const TELL: { readonly [Type in Fate["type"]]: Tell<Type> } = {
  series: ({ series, others, exemplar }, line, { nameBytes, rule, readsOrigin }) => {
    const pieces = drawPieces(line, piecesOf(line, nameBytes, readsOrigin));
    const traced = exemplar === undefined ? [] : [`exemplar: ${showText(exemplar.label.join(":"))}`];
    const sections = [section("series", [...seriesRows(series), ...mappedBy(rule), ...traced])];
    for (const other of others) sections.push(section("and", seriesRows(other)));
    return `${pieces}\n\n${sections.join("\n")}`;
  },
  special: ({ special }, line, { rule }) =>
    `  ${showBytes(line)}\n\n${section(`${special.type.replace("_", " ")}, not aggregated`, specialRows(special, rule))}`,
  rejected: ({ reason, column }, line) =>
    `${pointAt(line, column)}\nrejected at byte ${column + 1}: ${reason}\n${REJECT_HELP[reason]}`,
  limited: ({ reason }, line) => `  ${showBytes(line)}\nnot aggregated: ${reason}\n${LIMIT_HELP[reason]}`,
  empty: () => "an empty line: it is passed over and not counted",
};

/** What was not taken as it was sent. */
function notesOf({ ratesClamped, mixed, tagErrors, eventLengthsMended }: Traffic): string[] {
  const notes: string[] = [];
  if (ratesClamped > 0) notes.push("the sample rate is outside (0, 1]; it is taken as 1");
  if (mixed > 0) notes.push("there are tags both in the name and behind |#");
  if (tagErrors > 0) notes.push(`parts of the name are no key=value and left out: ${tagErrors}`);
  if (eventLengthsMended > 0) notes.push("the lengths are taken as characters; they should be UTF-8 bytes");
  return notes.map((note) => `note: ${note}`);
}

/** What is said where a field is null. */
const ABSENT: Readonly<Record<string, string>> = { timestamp: "when it came", hostname: "this server's" };

function specialRows(special: SpecialLine, rule: string | undefined): string[] {
  if (special.type === "timestamped") {
    const { values, timestamp, ...series } = special.sample;
    return [...seriesRows(series), ...mappedBy(rule), `values: ${values.join(" ")}`, `timestamp: ${timestamp}`];
  }
  const fields = Object.entries(special.type === "event" ? special.event : special.check);
  return fields.map(([name, value]) => `${name}: ${value === null ? ABSENT[name] : JSON.stringify(value)}`);
}

function seriesRows({ name, kind, tags, host }: Omit<Series, "layout">): string[] {
  const { unit } = kindRow(kind);
  const rows = [`name: ${showText(name)}`, `kind: ${kind}${unit === "" ? "" : ` in ${unit}`}`];
  rows.push(`tags: ${tags.length === 0 ? "none" : tags.map(showText).join(" ")}`);
  if (host !== undefined) rows.push(`host: ${host === "" ? "none, on purpose" : showText(host)}`);
  return rows;
}

function mappedBy(rule: string | undefined): string[] {
  return rule === undefined ? [] : [`mapped by: ${showText(rule)}`];
}

/** Which rules fit the name, which one won, and why the others did not. */
function tellRules(series: Series, exporter: PreparedMapping, isOneOfSeveral: boolean): string {
  const rows = findContenders(series, exporter).map(({ rule, isWinner, why }) => {
    const result = rule.isDrop ? "dropped" : rule.name;
    return `${isWinner ? "*" : " "} ${rule.file} line ${rule.line}: ${rule.match} -> ${result}; ${why}`;
  });
  const title = `rules for Prometheus${isOneOfSeveral ? `: ${series.kind}` : ""}`;
  return section(title, rows.length === 0 ? ["none fits: shown under its own name"] : rows);
}

function showText(text: string): string {
  return showBytes(new TextEncoder().encode(text));
}

function section(title: string, rows: readonly string[]): string {
  return [title, ...(rows.length === 0 ? ["not shown"] : rows).map((row) => `  ${row}`)].join("\n");
}
