import { KINDS } from "../model/kind.ts";
import type { Result } from "../std/result.ts";

/** One wire type of a mix and its share of the series. */
export interface MixPart {
  readonly wire: string;
  /** A whole number from 1 on; shares are weights over their sum. */
  readonly weight: number;
}

export const WIRES: readonly string[] = KINDS.map(({ wire }) => wire);
/** Bounds the cycle that `interleave` makes. */
const WEIGHTS_SUM_MAX = 10_000;

/**
 * Reads `c:60,g:15,ms:15,h:5,d:5`: wire types with their shares of the series; `c` alone is `c:1`. Answers one sentence
 * on what is wrong otherwise.
 */
export function parseMix(text: string): Result<readonly MixPart[], string> {
  const parts: MixPart[] = [];
  for (const piece of text.split(",")) {
    const match = /^([a-z]+)(?::(\d{1,5}))?$/.exec(piece.trim());
    if (match === null) return bad(`${JSON.stringify(piece)} is not TYPE:SHARE, for example c:60`);
    const [, wire = "", weight = "1"] = match;
    if (!WIRES.includes(wire)) return bad(`there is no type ${JSON.stringify(wire)}: choose from ${WIRES.join(", ")}`);
    if (parts.some((part) => part.wire === wire)) return bad(`${wire} is given twice`);
    if (Number(weight) > 0) parts.push({ wire, weight: Number(weight) });
  }
  const sum = parts.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0) return bad("every share is 0");
  if (sum > WEIGHTS_SUM_MAX) return bad(`the shares add up to ${sum}; at most ${WEIGHTS_SUM_MAX}`);
  return { ok: true, value: parts };
}

export function formatMix(mix: readonly MixPart[]): string {
  return mix.map(({ wire, weight }) => `${wire}:${weight}`).join(",");
}

/**
 * The shortest cycle of wire types with exactly these shares, each type spread as evenly as it can be (smooth weighted
 * round robin: the type that is furthest behind comes next), so that any stretch of series has about the mix.
 */
export function interleave(mix: readonly MixPart[]): string[] {
  const divisor = mix.map(({ weight }) => weight).reduce(greatestCommonDivisor);
  const length = mix.reduce((sum, { weight }) => sum + weight, 0) / divisor;
  const credits = mix.map(() => 0);
  return Array.from({ length }, () => {
    for (const [i, { weight }] of mix.entries()) credits[i] = (credits[i] as number) + weight / divisor;
    const next = credits.indexOf(Math.max(...credits));
    credits[next] = (credits[next] as number) - length;
    return (mix[next] as MixPart).wire;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function bad(problem: string): Result<never, string> {
  return { ok: false, error: problem };
}
