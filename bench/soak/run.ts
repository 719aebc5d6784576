/**
 * `npm run soak [-- --seconds 300] [--rate DATAGRAMS_PER_SECOND]`: half of the maximum rate with churn, all kinds, scrapes
 * and deliveries to a stand-in for Datadog's intake. Ends with code 1 when memory grows or anything is lost uncounted.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startIntake } from "../../test/support/intake/intake.ts";
import { removeTools } from "../limit/sections.ts";
import { format } from "../limit/report.ts";
import { compileTools, Sender } from "../load/native.ts";
import { machine, median } from "../result.ts";
import { Server } from "../server.ts";
import { faults, growth, GROWTH_MAX, soak } from "./soak.ts";
import type { SoakReport } from "./soak.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "300" }, rate: { type: "string", default: "0" } },
});
const plan = { seconds: Number(values.seconds), perSecond: Number(values.rate) };
if (!(plan.seconds > 0) || !(plan.perSecond >= 0)) {
  console.error("--seconds and --rate are numbers");
  process.exit(2);
}

const KEY = "0123456789abcdef0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "tallyd-soak-"));
const config = join(folder, "tallyd.yaml");
// The shortest lives that are allowed, few that are remembered and a short window, so that all that grows has grown after the first third.
const lives = ["counter", "gauge", "set", "histogram"].map((kind) => `    ${kind}: 1m`).join("\n");
writeFileSync(
  config,
  `idle: 10s\nprometheus:\n  remember: 1000\n  window:\n    max_age: 1m\n  ttl:\n${lives}\ndatadog:\n  api_key: "${KEY}"\n  counter_expiry: 10s\n`,
);

const intake = await startIntake({ keys: [KEY] });
const tools = compileTools();
const server = await Server.start(["--config", config, "--datadog-url", intake.url]);
try {
  const report = await soak(server, intake, new Sender(tools), plan);
  print(report);
  const found = faults(report);
  for (const fault of found) console.log(`FAULT: ${fault}`);
  console.log(found.length === 0 ? "held" : `${found.length} faults`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await server.stop();
  await intake.close();
  if (tools !== undefined) removeTools(tools);
  rmSync(folder, { recursive: true, force: true });
}

function print(report: SoakReport): void {
  const { resident, status, lines, datagrams, drops } = report;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const late = resident.slice(Math.floor(resident.length / 3));
  console.log(
    [
      `${new Date().toISOString().slice(0, 10)} · ${machine()}`,
      `rate      ${format(report.perSecond)} datagrams/s of 1,432 bytes, ${format(lines / plan.seconds)} lines/s, ${plan.seconds} s`,
      `sent      ${format(datagrams)} datagrams, ${format(lines)} lines`,
      `received  ${format(status.totals.datagrams)} datagrams, ${format(status.ledger.received)} lines; kernel dropped ${format(drops)}`,
      `ledger    balance ${status.ledger.balance}, ${format(status.ledger.received - status.ledger.accepted)} lines not accepted`,
      `CPU       ${format(report.corePercent)} % of a core`,
      `memory    median ${megabytes(median(late))} MB, ${megabytes(Math.min(...late))}–${megabytes(Math.max(...late))} after the first third, slope ${megabytes(growth(resident))} MB (at most ${100 * GROWTH_MAX} %)`,
      `outputs   ${report.scrapes} scrapes, ${format(report.intakePoints)} points at the intake, ${report.intakeRefusals.length} refused`,
    ].join("\n"),
  );
}
