import { parseDecimal } from "../../../std/decimal.ts";
import type { Node } from "./yaml.ts";

/** What YAML 1.1 makes of a scalar, where a key asks for more than text. Undefined: it is not that. */

export type Scalar = Extract<Node, { type: "scalar" }>;

/** Nothing, `~` or `null`: to a key that asks for anything, it is as if it was not there. */
export function isNull(node: Node): boolean {
  return node.type === "scalar" && node.isPlain && /^(?:|~|null|Null|NULL)$/.test(node.text);
}

const YES = /^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE)$/;
const NO = /^(?:n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/;

/** Words only as they stand: `"true"` in quotes is a text, and 1 is a number. */
export function asFlag({ text, isPlain }: Scalar): boolean | undefined {
  if (!isPlain) return undefined;
  if (YES.test(text)) return true;
  return NO.test(text) ? false : undefined;
}

const RADIXES: readonly (readonly [pattern: RegExp, radix: number])[] = [
  [/^([+-]?)0o?([0-7]+)$/, 8],
  [/^([+-]?)0x([0-9a-fA-F]+)$/, 16],
  [/^([+-]?)0b([01]+)$/, 2],
];

/** `1`, `1_000`, `010` (8), `0x10`, `0b1`, `1.5`, `1e3`, `.inf`; not what stands in quotes. */
export function asNumber({ text, isPlain }: Scalar): number | undefined {
  if (!isPlain) return undefined;
  const digits = text.replaceAll("_", "");
  const infinite = /^([+-]?)\.(?:inf|Inf|INF)$/.exec(digits);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  for (const [pattern, radix] of RADIXES) {
    const whole = pattern.exec(digits);
    if (whole !== null) return (whole[1] === "-" ? -1 : 1) * Number.parseInt(whole[2] ?? "", radix);
  }
  return parseDecimal(digits);
}

const NANOSECONDS = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["μs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
const MS_PER_NANOSECOND = 1e-6;

/** Milliseconds of a duration as Go writes it: `1m20s`, `1.5s`, `5µs`. A number without unit is nanoseconds. */
export function asDuration(scalar: Scalar): { readonly ms: number; readonly isBare: boolean } | undefined {
  const bare = asNumber(scalar);
  if (bare !== undefined) return { ms: bare * MS_PER_NANOSECOND, isBare: bare !== 0 };
  const sign = scalar.text.startsWith("-") ? -1 : 1;
  const text = scalar.text.replace(/^[+-]/, "");
  if (text === "") return undefined;
  if (text === "0") return { ms: 0, isBare: false };
  let nanoseconds = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (part === null) return undefined;
    const [, digits = "", unit = ""] = part;
    nanoseconds += (parseDecimal(digits) ?? 0) * (NANOSECONDS.get(unit) ?? 0);
  }
  return { ms: sign * nanoseconds * MS_PER_NANOSECOND, isBare: false };
}
