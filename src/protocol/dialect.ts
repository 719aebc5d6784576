import type { DialectMode, Dialects } from "../model/dialect.ts";

/** A name without the tags that were in it. */
export interface NameTags {
  readonly name: string;
  /** As `key:value`, in wire order. */
  readonly tags: readonly string[];
  /** Parts that were left out because they are no `key=value`. */
  readonly errors: number;
  /** True where the dialect is read whatever else is on the line. */
  readonly isForced: boolean;
}

/** Where the tags are in a name, and what is left of it without them. */
interface Block {
  readonly mode: DialectMode;
  readonly name: string;
  readonly parts: readonly string[];
}

const MARKERS = [
  { marker: "#", separator: ",", dialect: "librato" },
  { marker: ",", separator: ",", dialect: "influxdb" },
  { marker: ";", separator: ";", dialect: "graphite" },
] as const;

/** What a key looks like where only the look tells that it is one: no blank, and no character of another dialect. */
const PLAIN_KEY = /^[^\s,;#=[\]]+$/;

/**
 * Reads the tags that a name carries (`mode` of each dialect: see `model/dialect.ts`):
 *
 *     latency#route=/a,code=200      Librato        latency;route=/a;code=200       Graphite 1.1
 *            ^^^^^^^^^^^^^^^^^^                            ^^^^^^^^^^^^^^^^^^
 *     latency,route=/a,code=200      InfluxDB       lat[route=/a,code=200]ency      SignalFx
 *            ^^^^^^^^^^^^^^^^^^                        ^^^^^^^^^^^^^^^^^^^
 *
 * The order is statsd_exporter's: brackets first, and where there is one they alone count; then the first marker of the
 * others. A value cannot hold a colon, because the first colon of a line ends the name: `a,url=http://b:1|c` is a line
 * with a bad value, here as there. A name never becomes empty. Answers undefined where the name is to stay as it is.
 */
export function readNameTags(name: string, dialects: Dialects): NameTags | undefined {
  const block =
    dialects.signalfx !== "false" && /[[\]]/.test(name) ? findBrackets(name, dialects) : findMarker(name, dialects);
  if (block === undefined || block.name === "") return undefined;
  return block.mode === "auto" ? readStrictly(block) : readLeniently(block);
}

/** One bracket alone, or two in the wrong order, leave the name as it is; the exporter counts an error, and so do we. */
function findBrackets(name: string, { signalfx: mode }: Dialects): Block | undefined {
  const open = name.indexOf("[");
  const close = name.indexOf("]");
  if (open < 0 || close < open) return mode === "true" ? { mode, name, parts: ["[]"] } : undefined;
  return { mode, name: name.slice(0, open) + name.slice(close + 1), parts: name.slice(open + 1, close).split(",") };
}

function findMarker(name: string, dialects: Dialects): Block | undefined {
  let first: Block | undefined;
  let firstAt = name.length;
  for (const { marker, separator, dialect } of MARKERS) {
    const at = dialects[dialect] === "false" ? -1 : name.indexOf(marker);
    if (at < 0 || at >= firstAt) continue;
    firstAt = at;
    first = { mode: dialects[dialect], name: name.slice(0, at), parts: name.slice(at + 1).split(separator) };
  }
  return first;
}

function readStrictly({ name, parts }: Block): NameTags | undefined {
  // What stands before the tags of a well-formed name has none of their characters.
  if (/[=,;#[\]]/.test(name)) return undefined;
  const pairs = parts.map(splitPart).filter((pair): pair is Pair => pair !== undefined && PLAIN_KEY.test(pair[0]));
  return pairs.length === parts.length ? { name, tags: tagsOf(pairs), errors: 0, isForced: false } : undefined;
}

/** Nothing behind the last separator is no part, and no error: `foo#a=b,` and `foo#`. */
function readLeniently({ name, parts }: Block): NameTags {
  const sent = parts.at(-1) === "" ? parts.slice(0, -1) : parts;
  const pairs = sent.map(splitPart).filter((pair) => pair !== undefined);
  return { name, tags: tagsOf(pairs), errors: sent.length - pairs.length, isForced: true };
}

type Pair = readonly [key: string, value: string];

function tagsOf(pairs: readonly Pair[]): string[] {
  return pairs.map((pair) => pair.join(":"));
}

/** Key and value, both not empty; a value may hold `=`. */
function splitPart(part: string): Pair | undefined {
  const equals = part.indexOf("=");
  return equals <= 0 || equals === part.length - 1 ? undefined : [part.slice(0, equals), part.slice(equals + 1)];
}
