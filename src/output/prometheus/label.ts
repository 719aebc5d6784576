import type { FamilyType } from "./shape.ts";

const VALID_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** True for a name that needs no quotes in any format. Stricter than Prometheus, which also allows a colon in metric names. */
export function isLegacyName(name: string): boolean {
  return VALID_NAME.test(name);
}

/**
 * A metric or label name by statsd_exporter's rules (its `pkg/mapper/escape.go`): each code point outside [A-Za-z0-9_]
 * becomes `_`, but a run of dashes becomes one; a leading digit gets a `_` in front. A colon never survives, because
 * Prometheus keeps it for recording rules. "" stays "".
 */
export function escapeName(text: string): string {
  if (VALID_NAME.test(text)) return text;
  const escaped = text.replace(/-+|[^A-Za-z0-9_]/gu, "_");
  return /^[0-9]/.test(escaped) ? `_${escaped}` : escaped;
}

/** A label value between its quotes. */
export function escapeValue(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`))
    : value;
}

/** `{a="1",b="2"}`, or "" without labels. Keys must be valid and different; values are any well-formed text. */
export function labelText(labels: Iterable<readonly [key: string, value: string]>): string {
  const parts: string[] = [];
  for (const [key, value] of labels) parts.push(`${key}="${escapeValue(value)}"`);
  // join answers a flat string: a long-lived rope of pieces would take three times the memory.
  return parts.length === 0 ? "" : ["{", parts.join(","), "}"].join("");
}

/** What happened to tags on their way to labels. */
export interface LabelNotes {
  /** Tags that lost to a later tag with the same label key. */
  overwritten: number;
  /** Labels that were renamed because Prometheus or the family uses their name. */
  renamed: number;
}

const RESERVED_LABELS: Readonly<Record<FamilyType, ReadonlySet<string>>> = {
  counter: new Set(["job", "instance"]),
  gauge: new Set(["job", "instance"]),
  summary: new Set(["job", "instance", "quantile"]),
  histogram: new Set(["job", "instance", "le"]),
};

/**
 * The labels of a series, sorted by key, so that equal label sets have equal text. Of several tags with one label key
 * the last wins. Tags without a key are dropped, and empty values too: to Prometheus they are the same as no label.
 * `sentKeys`, where given, is filled with what each key was sent as.
 */
export function labelsOf(
  tags: readonly string[],
  host: string | undefined,
  type: FamilyType,
  valueless: "true" | "drop",
  notes: LabelNotes,
  sentKeys?: Map<string, string>,
  fixed: FixedLabels = NO_FIXED_LABELS,
): [key: string, value: string][] {
  const labels = new Map<string, string>();
  const put = (sent: string, value: string): void => {
    const key = escapeName(sent);
    if (key === "" || value === "") return;
    if (labels.has(key)) notes.overwritten += 1;
    labels.set(key, value.toWellFormed());
    sentKeys?.set(key, sent);
  };
  for (const tag of tags) {
    const colon = tag.indexOf(":");
    if (colon >= 0) put(tag.slice(0, colon), tag.slice(colon + 1));
    else if (valueless === "true") put(tag, "true");
  }
  if (host !== undefined) put("host", host);
  const kept = fixed.labels.length === 0 ? NO_KEYS : putFixed(labels, fixed, notes, sentKeys);
  renameReserved(labels, type, notes, kept);
  return [...labels].sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Labels that a rule gives. */
export interface FixedLabels {
  /** Valid keys. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** True: where a tag makes the same label, the tag's value is shown. */
  readonly tagsWin: boolean;
}

const NO_FIXED_LABELS: FixedLabels = { labels: [], tagsWin: false };
const NO_KEYS: ReadonlySet<string> = new Set();
/** A rule may give them: who writes rules knows what they are. In a client's tags they are an accident. */
const SCRAPERS_OWN = new Set(["job", "instance"]);

/** Puts a rule's labels beside or over those of tags; an empty value takes the label away. Answers the keys that are the rule's. */
function putFixed(
  labels: Map<string, string>,
  { labels: fixed, tagsWin }: FixedLabels,
  notes: LabelNotes,
  sentKeys: Map<string, string> | undefined,
): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const [key, value] of fixed) {
    if (labels.has(key)) {
      notes.overwritten += 1;
      if (tagsWin) continue;
    }
    if (value === "") labels.delete(key);
    else labels.set(key, value.toWellFormed());
    sentKeys?.set(key, key);
    kept.add(key);
  }
  return kept;
}

/** `job` becomes `exported_job`, as Prometheus itself would call it; further prefixes are added until the key is free. */
function renameReserved(
  labels: Map<string, string>,
  type: FamilyType,
  notes: LabelNotes,
  kept: ReadonlySet<string>,
): void {
  const reserved = [...labels.keys()].filter(
    (key) => (key.startsWith("__") || RESERVED_LABELS[type].has(key)) && !(kept.has(key) && SCRAPERS_OWN.has(key)),
  );
  for (const key of reserved.sort()) {
    let renamed = `exported_${key}`;
    while (labels.has(renamed)) renamed = `exported_${renamed}`;
    labels.set(renamed, labels.get(key) ?? "");
    labels.delete(key);
    notes.renamed += 1;
  }
}
