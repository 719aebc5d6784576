/**
 * `npm run bench:compare [-- --rounds 3] [--seconds 5] [--max] [--save]`: the same load on other servers that a user can
 * install with one command. `--max` also searches each one's highest rate; `--save` writes the table into bench/README.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { removeTools } from "../limit/sections.ts";
import { compileTools, Sender } from "../load/native.ts";
import { machine } from "../result.ts";
import { collectd } from "./collectd.ts";
import { comparePeers } from "./compare.ts";
import { etsyStatsd } from "./etsy-statsd.ts";
import { netdata } from "./netdata.ts";
import { insertTable, table } from "./table.ts";
import { tallyd } from "./tallyd.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    max: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});
const plan = { rounds: Number(values.rounds), seconds: Number(values.seconds), max: values.max };
if (!(plan.rounds >= 1) || !(plan.seconds > 0)) {
  console.error("--rounds and --seconds are numbers above 0");
  process.exit(2);
}
const tools = compileTools();
try {
  const sender = new Sender(tools);
  const results = await comparePeers([tallyd, collectd, netdata, etsyStatsd], sender, plan);
  const where = `${new Date().toISOString().slice(0, 10)} · ${machine()} · sender: ${sender.name}`;
  const text = table(results, plan, where);
  console.log(text);
  const path = new URL("../README.md", import.meta.url);
  if (values.save) writeFileSync(path, insertTable(readFileSync(path, "utf8"), text));
} finally {
  if (tools !== undefined) removeTools(tools);
}
