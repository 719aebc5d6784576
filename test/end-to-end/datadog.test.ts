import { afterEach, expect, test, vi } from "vitest";
import { startIntake } from "../support/intake/intake.ts";
import type { Intake } from "../support/intake/intake.ts";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

vi.setConfig({ testTimeout: 30_000 });

const KEY = "0123456789abcdef0123456789abcdef";
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function intakeWithKey(): Promise<Intake> {
  const intake = await startIntake({ keys: [KEY] });
  open.push(intake);
  return intake;
}

/** Total of a rate over all its points: what happened, whatever the intervals were. */
function happened({ store }: Intake, metric: string): number {
  return [...store.points.values()]
    .filter((point) => point.metric === metric)
    .reduce((total, { value, interval }) => total + value * interval, 0);
}

test("the same numbers that Prometheus sees arrive at Datadog, interval by interval, and the last ones at SIGTERM", async () => {
  const intake = await intakeWithKey();
  const tallyd = await startTallyd(["--flush-interval", "1s", "--datadog-url", intake.url, "--shards", "2"], {
    DD_API_KEY: KEY,
    DD_HOSTNAME: "box",
  });
  open.push({ close: () => tallyd.end() });
  const lines = [
    "hits:2|c|#path:/",
    "load:0.5|g",
    "users:ann|s\nusers:bob|s",
    "wait:10:20:30|ms",
    "weight:1:2:3|d|#unit:kg",
  ];
  for (let i = 0; i < 20; i++) await send(tallyd.udpPort, lines);
  await until(() => happened(intake, "hits") === 40);
  const page = await tallyd.scrape();
  expect(page.get('hits_total{path="/"}')).toBe(40);

  await send(tallyd.udpPort, ["hits:5|c|#path:/", "last:1|c", "weight:4|d|#unit:kg"]);
  expect(await tallyd.end()).toBe(0);
  expect(happened(intake, "hits")).toBeCloseTo(45, 9);
  expect(happened(intake, "last")).toBeCloseTo(1, 9);
  expect(happened(intake, "wait.count")).toBeCloseTo(60, 9);
  const points = [...intake.store.points.values()];
  const named = (metric: string) => points.filter((point) => point.metric === metric);
  expect(named("load").at(-1)).toMatchObject({ type: "gauge", value: 0.5, host: "box" });
  expect(named("users").at(-1)).toMatchObject({ type: "gauge", value: 2 });
  expect(named("wait.max").at(-1)).toMatchObject({ value: 30 });
  expect(named("hits")[0]).toMatchObject({ type: "rate", interval: 1, tags: ["path:/"] });
  const sketches = [...intake.store.sketches.values()].filter(({ metric }) => metric === "weight");
  expect(sketches.reduce((total, { cnt }) => total + cnt, 0)).toBe(61);
  expect(sketches.reduce((total, { sum }) => total + sum, 0)).toBeCloseTo(124, 9);
  expect(intake.arrivals.filter(({ status }) => status !== 202).map(({ refusal }) => refusal)).toEqual([]);
  expect(intake.store.overwrites).toBe(0);
});

test("the key appears nowhere but in its header: not in the log, the status, the page or a URL", async () => {
  const intake = await intakeWithKey();
  const tallyd = await startTallyd(["--flush-interval", "1s", "--datadog-url", intake.url, "--log-level", "trace"], {
    DD_API_KEY: KEY,
  });
  open.push({ close: () => tallyd.end() });
  await send(tallyd.udpPort, ["a:1|c", `oops ${KEY}`]);
  intake.faults.always("/api/v2/series", { type: "answer", status: 403 });
  await until(() => intake.arrivals.some(({ status }) => status === 403));
  const shown = [
    JSON.stringify(await tallyd.status()),
    await (await fetch(tallyd.http)).text(),
    await (await fetch(`${tallyd.http}/metrics`)).text(),
    ...intake.arrivals.map(({ url }) => url),
  ];
  await tallyd.end();
  for (const text of [...shown, tallyd.text()]) expect(text).not.toContain(KEY);
  expect(intake.arrivals.every(({ key }) => key === KEY)).toBe(true);
});
