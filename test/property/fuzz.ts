/**
 * `npm run fuzz [-- --seconds 60] [--seed 1]`: rounds of hostile noise, of broken cases in every parser, and of random traffic against the naive model,
 * until the time is over or something differs. Every failure prints the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { differentialRound } from "./differential.ts";
import { hostileRound } from "./hostile.ts";
import { parserRound } from "./parsers.ts";

/** Each has a tally of its own, which costs a millisecond. */
const BROKEN_LINES = 500;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  },
});
const seconds = Number(values.seconds);
const firstSeed = Number(values.seed);
const end = performance.now() + seconds * 1_000;
console.log(`fuzz: seed ${firstSeed}, ${seconds} s`);

let lines = 0;
let datagrams = 0;
let rounds = 0;
let broken = 0;
for (let seed = firstSeed; performance.now() < end; seed++, rounds++) {
  const found = round(seed);
  if (found.length > 0) {
    console.error(
      `\nseed ${seed} differs (repeat with: npm run fuzz -- --seed ${seed} --seconds 1)\n${found.slice(0, 20).join("\n")}`,
    );
    process.exit(1);
  }
  if (rounds % 20 === 0)
    console.log(
      `seed ${seed}: ${rounds + 1} rounds, ${lines} lines compared, ${broken} broken, ${datagrams} noise datagrams`,
    );
}
console.log(`fuzz: nothing found in ${rounds} rounds, ${lines} lines compared, ${datagrams} noise datagrams`);

/** One seed's work. A trap of the core is a finding like any other. */
function round(seed: number): readonly string[] {
  try {
    datagrams += 50_000;
    const noise = hostileRound(seed, 50_000, seed % 3 === 0 ? 1_500 : 120);
    if (noise.length > 0) return noise;
    broken += BROKEN_LINES;
    const unsound = parserRound(seed, BROKEN_LINES);
    if (unsound.length > 0) return unsound;
    const result = differentialRound(seed, {
      shards: (seed % 5) + 1,
      lines: 5_000,
      names: [1, 5, 50, 1_000][seed % 4] as number,
      broken: [0, 0.1, 0.5, 0.9][(seed >> 2) % 4] as number,
      dyadic: seed % 2 === 0 && (seed >> 2) % 4 === 0,
    });
    lines += result.lines;
    return result.differences;
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
