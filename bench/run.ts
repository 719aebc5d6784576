/**
 * `npm run bench [-- --only core,senders,mapping,stall,end-to-end,scrape,page,names,memory] [--size small] [--save NAME]`: runs the
 * benches one after the other and prints their tables, all but `stall` and `names` unless told otherwise; `--save` also writes them
 * to bench/results/NAME.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchCore } from "./core.ts";
import { benchEndToEnd } from "./end-to-end.ts";
import { benchMapping } from "./mapping.ts";
import { benchMemory } from "./memory.ts";
import { benchNames, benchPage } from "./page.ts";
import type { BenchResult, Size } from "./result.ts";
import { machine, markdown } from "./result.ts";
import { benchScrape } from "./scrape.ts";
import { benchSenders } from "./senders.ts";
import { benchStall } from "./stall.ts";

const BENCHES = new Map<string, (size: Size) => BenchResult | Promise<BenchResult>>([
  ["core", benchCore],
  ["senders", benchSenders],
  ["mapping", benchMapping],
  ["stall", benchStall],
  ["end-to-end", benchEndToEnd],
  ["scrape", benchScrape],
  ["page", benchPage],
  ["names", benchNames],
  ["memory", benchMemory],
]);

/** Take as long as several of the others together. */
const LEFT_OUT = new Set(["stall", "names"]);

const { values } = parseArgs({
  options: {
    only: { type: "string", default: [...BENCHES.keys()].filter((name) => !LEFT_OUT.has(name)).join(",") },
    size: { type: "string", default: "full" },
    save: { type: "string" },
  },
});
const size: Size = values.size === "small" ? "small" : "full";
const start = performance.now();
const parts = [`${new Date().toISOString().slice(0, 10)} · ${machine()}`, ""];
console.log(parts.join("\n"));
for (const name of values.only.split(",")) {
  const bench = BENCHES.get(name);
  if (bench === undefined) {
    console.error(`there is no bench ${JSON.stringify(name)}; choose from ${[...BENCHES.keys()].join(", ")}`);
    process.exit(2);
  }
  const text = markdown(await bench(size));
  parts.push(text);
  console.log(text);
}
console.log(`${((performance.now() - start) / 1_000).toFixed(0)} s`);
if (values.save !== undefined) {
  const results = new URL("results/", import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL(`${values.save}.md`, results), `${parts.join("\n")}\n`);
}
