import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIntake } from "../support/intake/intake.ts";
import type { Intake } from "../support/intake/intake.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const KEY = "0123456789abcdef0123456789abcdef";
const MAPPING = `
mappings:
- match: "web.*.hits"
  name: hits
  labels: {kind: web}
- match: "debug.*"
  name: unwanted
  action: drop
- match: "*.time"
  name: time_ms
  observer_type: histogram
  scale: 1000
  histogram_options: {buckets: [100, 500]}
`;
/** One of each that brought statsd_exporter down, or its scrapes. */
const HOSTILE = [
  "a]b[c:1|c",
  "foo:1|ms|#quantile:x",
  "foo.h:1|h|#le:1",
  "foo:1|c|#__x:1",
  "go.goroutines:1|c",
  "statsd_exporter.lines_total:1|g",
  "#a=b:1|c",
  ",a=b:1|c",
  "[a=b]:1|c",
  "q:1|ms\nq_count:1|ms",
  "foo:1|ms|@0.0000001",
  "foo:1|ms|@0.00000000000000000001",
  "foo:NaN|c",
];

const folder = mkdtempSync(join(tmpdir(), "tallyd-exporter-"));
const path = join(folder, "mapping.yml");
let intake: Intake;
let tallyd: Tallyd;

async function send(...datagrams: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  const before = (await tallyd.scrape()).get("tallyd_datagrams_total") ?? 0;
  for (const datagram of datagrams) {
    await new Promise((resolve) => socket.send(datagram, tallyd.udpPort, "127.0.0.1", resolve));
  }
  socket.close();
  await until(async () => (await tallyd.scrape()).get("tallyd_datagrams_total") === before + datagrams.length);
}

beforeAll(async () => {
  writeFileSync(path, MAPPING);
  intake = await startIntake({ keys: [KEY] });
  const args = [`--statsd.mapping-config=${path}`, "--web.enable-lifecycle", "--flush-interval", "60s"];
  tallyd = await startTallyd([...args, "--datadog-url", intake.url], { DD_API_KEY: KEY });
}, 60_000);
afterAll(async () => {
  await tallyd.end();
  await intake.close();
  rmSync(folder, { recursive: true });
});

test("series that rules make one are added up for Prometheus, and stay apart for Datadog", async () => {
  await send("web.a.hits:1|c\nweb.b.hits:2|c", "web.a.hits:4|c", "debug.x:8|c", "db.time:300|ms", "other:1|c");
  const page = await tallyd.scrape();
  expect(page.get('hits{kind="web"}')).toBe(7);
  expect([
    page.get('time_ms_bucket{le="100.0"}'),
    page.get('time_ms_bucket{le="500.0"}'),
    page.get("time_ms_sum"),
  ]).toEqual([0, 1, 300]);
  expect([...page.keys()].filter((name) => name.startsWith("unwanted") || name.startsWith("debug"))).toEqual([]);
});

test("names without a rule are listed", async () => {
  const answer = await fetch(`${tallyd.http}/api/unmapped`);
  expect(await answer.json()).toEqual({ names: [{ name: "other", kind: "counter", series: 1 }], beyond: 0 });
});

test("what brings statsd_exporter down does no harm, and every scrape goes on", async () => {
  await send(...HOSTILE, "ok:1|c");
  expect((await tallyd.scrape()).get("ok")).toBe(1);
  expect((await tallyd.status()).ledger.balance).toBe(0);
});

test("its log is logfmt, unless it is told otherwise", async () => {
  const ports = ["--web.listen-address=127.0.0.1:0", "--statsd.listen-udp=127.0.0.1:0", "--statsd.listen-tcp="];
  // Without what the tests themselves are told by the environment, of which tallyd would warn.
  const env = { PATH: process.env["PATH"] };
  const child = spawn(process.execPath, [MAIN, "serve", ...ports], { stdio: ["ignore", "pipe", "inherit"], env });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await until(() => text.includes(" listens on "));
  child.kill();
  await once(child, "close");
  const lines = text.trimEnd().split("\n");
  expect(
    lines.filter((line) => !/^time=\S+Z level=info msg=("[^"]+"|\S+) pid=\d+( \S+=("[^"]*"|[^\s"]+))*$/.test(line)),
  ).toEqual([]);
  expect(lines.find((line) => line.includes(" listens on "))).toContain(" listening.0=udp://127.0.0.1:");
});

test("a mapping that is read again counts for series that live, and a broken one changes nothing", async () => {
  const reload = (): Promise<Response> => fetch(`${tallyd.http}/-/reload`, { method: "POST" });
  writeFileSync(path, `${MAPPING}- match: other\n  name: mapped\n`);
  expect((await reload()).status).toBe(200);
  await send("other:5|c", "web.a.hits:1|c");
  const page = await tallyd.scrape();
  expect([page.get("mapped"), page.get('hits{kind="web"}')]).toEqual([5, 8]);
  writeFileSync(path, `${MAPPING}- match: other\n  nam: mapped\n`);
  const refused = await reload();
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("did you mean name?")]);
  await send("other:5|c");
  expect((await tallyd.scrape()).get("mapped")).toBe(10);
});

test("Datadog got every series under its own name", async () => {
  await tallyd.end();
  const sum = (name: string): number =>
    intake.store.pointsOf(name).reduce((total, { value, interval }) => total + value * interval, 0);
  expect(["web.a.hits", "web.b.hits", "debug.x", "hits"].map(sum).map(Math.round)).toEqual([6, 2, 8, 0]);
  expect(intake.store.pointsOf("db.time.max").map(({ value }) => value)).toEqual([300]);
});
