/**
 * `npm run bench:limit [-- --only small,full,low,throughput,shards,memory] [--rounds 3] [--seconds 5] [--save NAME]`: how near is
 * tallyd to what the kernel allows? Prints tables against targets; `--save` writes bench/results/NAME.md and NAME.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { NativeTools } from "../load/native.ts";
import { compileTools } from "../load/native.ts";
import { report } from "./report.ts";
import { memory } from "./memory.ts";
import type { Section } from "./report.ts";
import { fullSpeed, lowRates, removeTools, throughput, twoShards } from "./sections.ts";
import type { Plan } from "./sections.ts";

const SECTIONS = new Map<string, (tools: NativeTools, plan: Plan) => Promise<Section>>([
  ["small", (tools, plan) => fullSpeed(tools, plan, "small")],
  ["full", (tools, plan) => fullSpeed(tools, plan, "full")],
  ["low", lowRates],
  ["throughput", throughput],
  ["shards", twoShards],
  ["memory", memory],
]);

const { values } = parseArgs({
  options: {
    only: { type: "string", default: [...SECTIONS.keys()].join(",") },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    save: { type: "string" },
  },
});
const plan: Plan = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const names = values.only.split(",");
const unknown = names.filter((name) => !SECTIONS.has(name));
if (unknown.length > 0 || !(plan.rounds >= 1) || !(plan.seconds > 0)) {
  console.error(`sections: ${[...SECTIONS.keys()].join(", ")}; --rounds and --seconds are numbers`);
  process.exit(2);
}
const tools = compileTools();
if (tools === undefined) {
  console.log("no C compiler (cc): not run");
  process.exit(0);
}
const date = new Date().toISOString().slice(0, 10);
const sections: Section[] = [];
try {
  for (const name of names) {
    const section = await (SECTIONS.get(name) as (tools: NativeTools, plan: Plan) => Promise<Section>)(tools, plan);
    sections.push(section);
    console.log(report([section], date));
  }
} finally {
  removeTools(tools);
}
if (values.save !== undefined) {
  const results = new URL("../results/", import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL(`${values.save}.md`, results), `${report(sections, date)}\n`);
  writeFileSync(new URL(`${values.save}.json`, results), `${JSON.stringify({ date, plan, sections }, null, 2)}\n`);
}
