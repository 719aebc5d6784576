import { nearest } from "../std/nearest.ts";
import * as limits from "./limits.ts";
import { bad, choice, good, list, text } from "./values.ts";
import type { Read } from "./values.ts";

/** Readers of rules that are maps, in the Agent's words: entries of lists. */

export interface DenyPrefix {
  readonly prefix: string;
  readonly exceptPrefixes: readonly string[];
  readonly exceptNames: readonly string[];
}

/** `{prefix, except_prefix, except_exact}`. */
export const denyPrefix: Read<DenyPrefix> = (given) => {
  const fields = fieldsOf(given, ["prefix", "except_prefix", "except_exact"]);
  if (!fields.ok) return fields;
  const names = list(text("write metric names, or their beginnings"), limits.FILTER_ENTRIES_MAX);
  const prefix = text("write the beginning of the names that are not wanted")(fields.value["prefix"]);
  if (!prefix.ok) return bad("has no prefix", "write {prefix: 'app.debug.'}");
  const exceptPrefixes = names(fields.value["except_prefix"] ?? []);
  const exceptNames = names(fields.value["except_exact"] ?? []);
  return exceptPrefixes.ok && exceptNames.ok
    ? good({ prefix: prefix.value, exceptPrefixes: exceptPrefixes.value, exceptNames: exceptNames.value })
    : bad("has exceptions that are no list of names", "write except_prefix: [app.debug.keep.]");
};

export interface TagFilterRule {
  readonly metric: string;
  readonly action: "include" | "exclude";
  readonly tags: readonly string[];
}

/** `{metric_name, action, tags}`; the action is exclude unless it is given. */
export const tagFilterRule: Read<TagFilterRule> = (given) => {
  const fields = fieldsOf(given, ["metric_name", "action", "tags"]);
  if (!fields.ok) return fields;
  const metric = text("write a metric name")(fields.value["metric_name"]);
  if (!metric.ok) return bad("has no metric_name", "write the exact name, with the namespace");
  const action = choice(["exclude", "include"])(fields.value["action"] ?? "exclude");
  if (!action.ok) return bad("has an unknown action", "write exclude or include");
  const tags = list(text("write tag keys"), limits.FILTER_ENTRIES_MAX)(fields.value["tags"] ?? []);
  return tags.ok
    ? good({ metric: metric.value, action: action.value, tags: tags.value })
    : bad("has tags that are no list of keys", "write tags: [user_id, session]");
};

function fieldsOf(given: unknown, known: readonly string[]): ReturnType<Read<Readonly<Record<string, unknown>>>> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return bad("is no map of keys", `write {${known.map((name) => `${name}: …`).join(", ")}}`);
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return good(given as Readonly<Record<string, unknown>>);
  const guess = nearest(unknown, known);
  return bad(
    `has an unknown key ${JSON.stringify(unknown)}`,
    guess === undefined ? `known here: ${known.join(", ")}` : `did you mean ${guess}?`,
  );
}
