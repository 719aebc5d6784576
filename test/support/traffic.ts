import type { Random } from "./random.ts";

/** Text is latin1 throughout: one character is one byte, so that bytes that are not UTF-8 survive. */
export interface TrafficOptions {
  /** How many names of each kind. */
  readonly names: number;
  /** Share of lines that are damaged or odd on purpose. */
  readonly broken: number;
  /**
   * Values and rates whose float64 sums are exact in any order (multiples of 1/64, rates that are powers of two), so
   * that sums that were split over shards must be equal to the last bit.
   */
  readonly dyadic: boolean;
}

export interface Line {
  readonly bytes: string;
  /**
   * True where the order of this line and others of its series matters across shards (a gauge that mixes absolute
   * values and steps, anything damaged): such lines of one name must go to one shard.
   */
  readonly ordered: boolean;
}

const KINDS = ["c", "c", "c", "g", "ms", "h", "d", "s"] as const;
const TAGS = [
  "env:prod",
  "env:dev",
  "region:eu",
  "host:a",
  "bare",
  "",
  ":",
  "k:",
  ":v",
  "__proto__:x",
  "a:b:c",
  "\xc3\xa9t\xc3\xa9:1",
  "bad\xff:\xfe",
];
const ODD_NAMES = [
  "__proto__",
  "constructor",
  "a b/c$",
  "_events",
  "_e:",
  "_sc",
  "na\xc3\xafve",
  "bro\xffken",
  "x\x00y",
  "@",
  "#",
  " ",
  "n".repeat(300),
];
const ODD_NUMBERS = [
  "+5",
  "-0",
  "-0.0",
  ".5",
  "5.",
  "+.5",
  "-5.",
  "1e3",
  "1E3",
  "25e-2",
  "1e+2",
  "1e-400",
  "00012",
  "0.1000000000000000055511151231257827",
  "9007199254740993",
  "123456789012345678",
  "0.000000000000000000001",
  "123456789.123456789",
  "4.35",
  "2.675",
  "1e22",
  "1e-30",
];
const BAD_NUMBERS = [
  "",
  " 1",
  "1 ",
  "1_000",
  "0x10",
  "0x1p4",
  "1e400",
  "-1e400",
  "nan",
  "NaN",
  "inf",
  "+Inf",
  "-infinity",
  "1,5",
  "1e",
  "e5",
  ".",
  "+",
  "-",
  "--1",
  "1.2.3",
  "true",
  "\xef\xbc\x91",
  "5%",
];
const FIELDS = [
  "",
  "x",
  "xyz",
  "c:ci-abc",
  "c:",
  "e:it-false,cn-web,pu-1",
  "card:low",
  "card:",
  "m:test",
  "f:#,,",
  "C:1",
  "cards",
  "E:x",
];
const BAD_FIELDS = ["@", "@x", "@1_0", "@NaN", "T", "T0", "T-5", "T1.5", "Type:web", "Tabc"];
const TIMES = ["T1656581400", "T+1656581400", "T4102444800", "T1"];
const ODD_RATES = ["@0", "@-0.5", "@2", "@1.5", "@1.000000", "@1e-1", "@.5"];
const HOSTILE = ":::|||@##,,cgmshdTe_{}\n\r\r0123456789.+-eE\x00\xff\xc3 ";

/** A number as clients print them. */
export function value(random: Random, dyadic: boolean): string {
  if (dyadic) return String(random.int(-2_000, 64_000) / 64);
  const form = random.int(0, 5);
  if (form === 0) return String(random.int(0, 9));
  if (form === 1) return String(random.int(-1_000_000, 1_000_000));
  if (form === 2) return (random.next() * 1_000).toFixed(random.int(1, 6));
  if (form === 3) return String(random.next() * 10 ** random.int(-8, 8));
  if (form === 4) return String(Math.exp(random.normal() * 2 + 3));
  return random.pick(ODD_NUMBERS);
}

function rate(random: Random, dyadic: boolean): string {
  if (dyadic) return `@${1 / 2 ** random.int(0, 6)}`;
  return random.chance(0.3) ? random.pick(ODD_RATES) : `@${random.int(1, 1_000) / 1_000}`;
}

function values(random: Random, kind: string, sign: string, dyadic: boolean): string {
  if (kind === "s") return random.pick(["", "u:", "007:"]) + String(random.int(1, 40));
  const count = random.chance(0.2) ? random.int(2, 12) : 1;
  const one = (): string => {
    const text = value(random, dyadic);
    if (kind !== "g" || sign === "mixed") return text;
    const bare = text.replace(/^[+-]/, "");
    return sign === "absolute" ? bare : `${random.pick(["+", "-"])}${bare}`;
  };
  return Array.from({ length: count }, one).join(random.chance(0.05) ? "::" : ":");
}

/** Tags, rate and unknown fields in any order. A step is only a step on a plain line, so those get no tags. */
function fields(random: Random, kind: string, sign: string, dyadic: boolean): string {
  const out: string[] = [];
  if (random.chance(0.3)) out.push(rate(random, dyadic));
  if (kind === "g" && sign === "step") return out.map((field) => `|${field}`).join("");
  if (random.chance(0.6)) out.push(`#${Array.from({ length: random.int(0, 4) }, () => random.pick(TAGS)).join(",")}`);
  if (random.chance(0.1)) out.push(`#${random.pick(TAGS)}`);
  if (random.chance(0.2)) out.push(random.pick(FIELDS));
  if (random.chance(0.02)) out.push(random.pick(TIMES));
  return random
    .shuffle(out)
    .map((field) => `|${field}`)
    .join("");
}

/** Several pairs of value and type under one name, as Etsy's clients pack them; the fields are of the whole line. */
function pairsLine(random: Random, options: TrafficOptions): Line {
  const pairs = Array.from({ length: random.int(2, 4) }, () => {
    const kind = random.pick(["c", "g", "ms", "h", "d"] as const);
    const share = random.chance(0.3) ? `|${rate(random, options.dyadic)}` : "";
    return `${values(random, kind, "absolute", options.dyadic)}|${kind}${share}`;
  });
  const bytes = `pairs.${random.int(1, options.names)}:${pairs.join(":")}`;
  // A rate of the last pair must not be followed by one of the line.
  return { bytes: `${bytes}${random.pick(["", "|#env:prod", "|#a,b:c|c:ci-1"])}`, ordered: false };
}

/** One line that every server should understand. */
export function goodLine(random: Random, options: TrafficOptions): Line {
  if (random.chance(0.05)) return pairsLine(random, options);
  const kind = random.pick(KINDS);
  const sign = random.pick(["absolute", "step", "mixed"] as const);
  const name =
    random.chance(0.05) && kind !== "g"
      ? random.pick(ODD_NAMES)
      : `${kind}.${kind === "g" ? sign : "x"}.${random.int(1, options.names)}`;
  return {
    bytes: `${name}:${values(random, kind, sign, options.dyadic)}|${kind}${fields(random, kind, sign, options.dyadic)}`,
    ordered: kind === "g" && sign === "mixed",
  };
}

/** One line with exactly one thing wrong (or odd), or a few damaged bytes. */
export function brokenLine(random: Random, options: TrafficOptions): Line {
  const name = `broken.${random.int(1, options.names)}`;
  const kind = random.pick(KINDS);
  const make: readonly (() => string)[] = [
    () => `${name}:${random.pick(BAD_NUMBERS)}|${kind === "s" ? "c" : kind}`,
    () => `${name}:1:${random.pick(BAD_NUMBERS)}:3|${kind === "s" ? "d" : kind}|#t:x`,
    () => `${name}:1|${random.pick(["", "m", "kv", "C", "MS", "count", "c\r", "gf", "msx", "m s"])}`,
    () => `${name}:1|${kind}|${random.pick(BAD_FIELDS)}`,
    () =>
      `${name}:1|${random.pick(["c", "c|@0.5", "x", "c|@x"])}:${random.pick(["", "1", "1|", "1|c|@x", "1|x", "|c", "x|g", "1|c|T5", "2|c"])}`,
    () =>
      pairsLine(random, options)
        .bytes.replace(/^[^:]*/, name)
        .replace(/[|:]/, random.pick(["|", ":", "::", ""])),
    () => `${name}:1|${kind}|#a:b|${random.pick(TIMES)}`,
    () =>
      random.pick([
        name,
        `:1|${kind}`,
        `|${kind}`,
        "|",
        ":|",
        `${name}:1`,
        `${name}|c`,
        "   ",
        `${name}:|s`,
        `${name}::|c`,
      ]),
    () => random.pick(["_e{5,4}:title|text", "_sc|agent.up|0", "_e{x", "_sc|", "_scx:1|c", "_e{", "_e:1|c"]),
    () => mutate(random, goodLine(random, options).bytes.replace(/^[^:]*/, name)),
    () => hostile(random, random.int(0, 60)).replaceAll("\n", ""),
  ];
  return { bytes: random.pick(make)(), ordered: true };
}

export function anyLine(random: Random, options: TrafficOptions): Line {
  return random.chance(options.broken) ? brokenLine(random, options) : goodLine(random, options);
}

/** A few flipped, removed, doubled or foreign bytes. */
export function mutate(random: Random, bytes: string): string {
  let out = bytes;
  for (let i = random.int(1, 4); i > 0; i--) {
    const at = random.int(0, out.length);
    const form = random.int(0, 3);
    if (form === 0) out = out.slice(0, at) + out.slice(at + 1);
    else if (form === 1) out = out.slice(0, at) + random.pick([...HOSTILE]) + out.slice(at);
    else if (form === 2) out = out.slice(0, at) + String.fromCharCode(random.int(0, 255)) + out.slice(at + 1);
    else out = out.slice(0, at) + out.slice(Math.max(0, at - random.int(1, 8)));
  }
  return out.replaceAll("\n", "");
}

/** Bytes that look like the protocol often enough to reach every branch of a parser. */
export function hostile(random: Random, length: number): string {
  let out = "";
  for (let i = 0; i < length; i++) {
    out += random.chance(0.9)
      ? (HOSTILE[random.int(0, HOSTILE.length - 1)] as string)
      : String.fromCharCode(random.int(0, 255));
  }
  return out;
}

/** Lines glued to a datagram with LF, CRLF, empty lines and with or without a last LF. */
export function datagram(random: Random, lines: readonly string[]): string {
  const end = random.pick(["\n", "\n", "\n", "\r\n"]);
  let out = "";
  for (const line of lines) out += line + (random.chance(0.03) ? `${end}\n` : end);
  return random.chance(0.5) ? out : out.slice(0, out.length - end.length);
}

/** The biggest datagram that UDP carries over IPv4: 65,507 bytes, the last line cut off in the middle. */
export function fullDatagram(random: Random, options: TrafficOptions): string {
  let out = "";
  while (out.length < 65_507) out += `${anyLine(random, options).bytes}\n`;
  return out.slice(0, 65_507);
}
