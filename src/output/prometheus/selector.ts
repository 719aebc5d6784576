import { late } from "../../std/late.ts";

const re2 = late("re2js");

/** A PromQL series selector: all of its matchers must fit. */
export interface Selector {
  readonly matchers: readonly Matcher[];
}

interface Matcher {
  readonly label: string;
  readonly fits: (value: string) => boolean;
}

const NAME_LABEL = "__name__";
const MATCHERS_MAX = 32;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
/** A backslash before anything else is an error in PromQL too: `"\d"` would else be read as a d. */
const ESCAPE = String.raw`\\(?:[abfnrtv\\'"]|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})`;
const STRING = new RegExp(`"((?:[^"\\\\\n]|${ESCAPE})*)"|'((?:[^'\\\\\n]|${ESCAPE})*)'|\`([^\`]*)\``, "y");
const OPERATOR = /\s*(=~|!~|!=|=)\s*/y;
const BLANKS = /\s*/y;
const ESCAPES = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/**
 * Reads `name`, `name{label="value",other!~"a|b"}`, `{label="value"}` and `{"any.name"}`, or says what is wrong. A label that
 * a series does not have is "". Regular expressions are RE2's and must match the whole value.
 */
export function parseSelector(text: string): Selector | { readonly problem: string } {
  const reader = new Reader(text);
  reader.take(BLANKS);
  const matchers: Matcher[] = [];
  const name = reader.take(NAME)?.[0];
  if (name !== undefined) matchers.push({ label: NAME_LABEL, fits: (value) => value === name });
  reader.take(BLANKS);
  if (reader.takeText("{")) {
    const problem = readMatchers(reader, matchers);
    if (problem !== undefined) return { problem };
  }
  reader.take(BLANKS);
  if (!reader.done) return { problem: `there is something else at column ${reader.at + 1}` };
  if (matchers.length === 0) return { problem: 'it selects nothing; write a name or {label="value"}' };
  return { matchers };
}

/** Whether a selector takes a series of a family: any of the family's sample names may be the one that is meant. */
export function selects(
  { matchers }: Selector,
  names: readonly string[],
  labelValue: (label: string) => string,
): boolean {
  return matchers.every(({ label, fits }) => (label === NAME_LABEL ? names.some(fits) : fits(labelValue(label))));
}

/** Whether a selector may take any series of a family, by its names alone. */
export function maySelect({ matchers }: Selector, names: readonly string[]): boolean {
  return matchers.every(({ label, fits }) => label !== NAME_LABEL || names.some(fits));
}

/** True when the labels of a series decide. */
export function looksAtLabels({ matchers }: Selector): boolean {
  return matchers.some(({ label }) => label !== NAME_LABEL);
}

function readMatchers(reader: Reader, matchers: Matcher[]): string | undefined {
  for (;;) {
    reader.take(BLANKS);
    if (reader.takeText("}")) return undefined;
    if (matchers.length >= MATCHERS_MAX) return `at most ${MATCHERS_MAX} matchers are read`;
    const at = reader.at + 1;
    const bare = reader.take(NAME)?.[0];
    const quoted = bare === undefined ? unquote(reader.take(STRING)) : undefined;
    const label = bare ?? quoted;
    if (label === undefined) return `a label's name is expected at column ${at}`;
    const operator = reader.take(OPERATOR)?.[1];
    if (operator === undefined && quoted !== undefined)
      matchers.push({ label: NAME_LABEL, fits: (value) => value === quoted });
    else {
      const value = operator === undefined ? undefined : unquote(reader.take(STRING));
      if (operator === undefined || value === undefined)
        return `${label} needs an operator and a quoted value, in which a backslash is written twice`;
      const fits = fitsOf(operator, value);
      if (typeof fits === "string") return fits;
      matchers.push({ label, fits });
    }
    reader.take(BLANKS);
    if (reader.takeText(",")) continue;
    return reader.takeText("}") ? undefined : `, or } is expected at column ${reader.at + 1}`;
  }
}

function fitsOf(operator: string, value: string): ((value: string) => boolean) | string {
  if (operator === "=") return (other) => other === value;
  if (operator === "!=") return (other) => other !== value;
  try {
    const pattern = re2().RE2JS.compile(value, re2().RE2JS.DOTALL);
    return operator === "=~" ? (other) => pattern.matches(other) : (other) => !pattern.matches(other);
  } catch {
    return `${JSON.stringify(value)} is not a regular expression (RE2)`;
  }
}

function unquote(match: RegExpExecArray | undefined): string | undefined {
  if (match === undefined) return undefined;
  const [, double, single, raw] = match;
  if (raw !== undefined) return raw;
  return (double ?? single ?? "").replace(
    /\\(?:u(.{4})|U(.{8})|(.))/g,
    (_, short?: string, long?: string, letter = "") => {
      const hex = short ?? long;
      return hex === undefined ? (ESCAPES.get(letter) ?? letter) : String.fromCodePoint(Number.parseInt(hex, 16));
    },
  );
}

/** Takes a text apart from its beginning. */
class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.at >= this.#text.length;
  }

  /** What a sticky pattern finds here; undefined = nothing, and the place stays. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match;
  }

  takeText(text: string): boolean {
    if (!this.#text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }
}
