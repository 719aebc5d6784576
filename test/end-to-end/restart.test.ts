import { mkdtempSync, rmSync } from "node:fs";
import { get as httpGet } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseProtobuf } from "../support/client-model.ts";
import { keyOf, parseOpenMetrics } from "../support/openmetrics.ts";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

vi.setConfig({ testTimeout: 60_000 });

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const LINES = [
  "hits:5|c|#route:/a",
  "hits:2|c|#route:/b",
  "depth:4.5|g",
  "wait:250|ms",
  "wait:700|ms",
  "size:3|h",
  "users:alice|s",
];

let folder = "";
const running: Tallyd[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyd-restart-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((tallyd) => tallyd.end("SIGKILL")));
  rmSync(folder, { recursive: true });
});

async function start(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Tallyd> {
  const tallyd = await startTallyd(args, {
    TALLYD_PROMETHEUS_STATE_FILE: join(folder, "state"),
    TALLYD_PROMETHEUS_HISTOGRAMS: "histogram",
    TALLYD_PROMETHEUS_CREATED_SAMPLES: "true",
    ...environment,
  });
  running.push(tallyd);
  return tallyd;
}

async function get(tallyd: Tallyd, accept: string): Promise<Buffer> {
  const response = await fetch(`${tallyd.http}/metrics?match[]={__name__!~"tallyd_.*|process_.*|nodejs_.*"}`, {
    headers: { accept },
  });
  expect(response.headers.get("content-type")).toContain(accept.split(";")[0]);
  return Buffer.from(await response.arrayBuffer());
}

interface Shown {
  /** Samples of OpenMetrics, `_created` ones too, by name and labels. */
  readonly open: ReadonlyMap<string, number>;
  /** Of protobuf, by family and labels: when the series began, in milliseconds; undefined = it does not say. */
  readonly created: ReadonlyMap<string, number | undefined>;
}

async function shown(tallyd: Tallyd): Promise<Shown> {
  const families = [...parseOpenMetrics(await get(tallyd, OPEN_METRICS)).values()];
  const open = families.flatMap(({ samples }) =>
    samples.map(({ name, labels, value }) => [keyOf(name, labels), value] as const),
  );
  const created = parseProtobuf(await get(tallyd, PROTOBUF)).flatMap(({ name, metric }) =>
    metric.map(({ label = [], counter, histogram, summary }) => {
      const stamp = (counter ?? histogram ?? summary)?.createdTimestamp;
      const labels = new Map(label.map((pair) => [pair.name, pair.value]));
      const ms = stamp && stamp.seconds * 1_000 + (stamp.nanos ?? 0) / 1e6;
      return [keyOf(name, labels), ms] as const;
    }),
  );
  return { open: new Map(open), created: new Map(created) };
}

const isCreated = ([key]: readonly [string, unknown]): boolean => key.includes("_created");
const notSet = ([key]: readonly [string, unknown]): boolean => !key.startsWith("users");

test.each(["SIGTERM", "SIGKILL"] as const)(
  "after %s every series is on the first page again, in OpenMetrics and protobuf, with the time that it began",
  async (signal) => {
    const first = await start();
    await send(first.udpPort, LINES);
    const before = await shown(first);
    expect([...before.open].filter(isCreated)).toHaveLength(4);
    expect([...before.created.values()].filter((ms) => ms !== undefined)).toHaveLength(4);
    await first.end(signal);

    const second = await start();
    const after = await shown(second);
    expect([...after.open].toSorted()).toEqual([...before.open].filter(notSet).toSorted());
    expect([...after.created].toSorted()).toEqual([...before.created].filter(notSet).toSorted());
    expect(second.text()).toContain("go on with the numbers of the state file");

    await send(second.udpPort, LINES);
    const later = await shown(second);
    expect(later.open.get(keyOf("hits_total", new Map([["route", "/a"]])))).toBe(10);
    expect([...later.open].filter(isCreated).toSorted()).toEqual([...before.open].filter(isCreated).toSorted());
    expect([...later.created].filter(notSet).toSorted()).toEqual([...before.created].filter(notSet).toSorted());
    expect((await second.status()).ledger.balance).toBe(0);
  },
);

/** More than the kernel and the process hold of a page whose reader waits. */
const SERIES = 3_000;
/** So many lie at its end, and get a further sample while the page is being read. */
const LATE = 50;

test("after SIGKILL no counter has fallen below what a slow scraper had read, also of samples that came meanwhile", async () => {
  const first = await start(["--listen", "tcp://127.0.0.1:0"], { TALLYD_DRAIN_INTERVAL: "100ms" });
  const lines = Array.from({ length: SERIES }, (_, index) => `hits:1|c|#n:${index},pad:${"x".repeat(7_000)}\n`);
  const client = connect(Number(new URL(first.listening[0] as string).port), "127.0.0.1");
  const sendAll = async (some: readonly string[], received: number): Promise<void> => {
    client.write(some.join(""));
    await until(async () => (await first.status()).totals.lines >= received);
  };
  await sendAll(lines, SERIES);
  const page = await new Promise<IncomingMessage>((resolve) => httpGet(`${first.http}/metrics`, resolve));
  await sendAll(lines.slice(-LATE), SERIES + LATE);
  client.end();
  let text = "";
  for await (const piece of page.setEncoding("latin1") as AsyncIterable<string>) text += piece;
  await first.end("SIGKILL");

  const second = await (await start()).scrape();
  const read = text.split("\n").filter((line) => line.startsWith("hits_total{"));
  expect(read).toHaveLength(SERIES);
  expect(read.slice(-LATE).every((line) => line.endsWith(" 2"))).toBe(true);
  for (const line of read) {
    const end = line.lastIndexOf(" ");
    expect(second.get(line.slice(0, end))).toBeGreaterThanOrEqual(Number(line.slice(end + 1)));
  }
});
