import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NativeTools } from "../load/native.ts";
import { Sender } from "../load/native.ts";
import type { Mix } from "../load/scenario.ts";
import { residentBytes } from "../proc.ts";
import { startServer } from "./receiver.ts";
import type { Finding, Section } from "./report.ts";

interface Fleet {
  readonly what: string;
  readonly series: number;
  readonly mix: Mix;
  readonly tags: number;
  /** Names that the series share; undefined = each has its own, and so is a family of its own on the page. */
  readonly names: number | undefined;
  readonly config: string;
  /** Bytes a series, or of the whole process. */
  readonly of: "series" | "process";
  readonly target: number;
}

const LIMITS = "limits: {series: 2000000, keys: 4000000}\n";
const FLEETS: readonly Fleet[] = [
  {
    what: "100,000 series of all kinds, 5 tags, a name each: resident in all",
    series: 100_000,
    mix: "all",
    tags: 5,
    names: undefined,
    config: LIMITS,
    of: "process",
    target: 200,
  },
  {
    what: "1,000,000 counters of 1,000 names, 4 tags: whole process",
    series: 1_000_000,
    mix: "counters",
    tags: 3,
    names: 1_000,
    config: LIMITS,
    of: "series",
    target: 700,
  },
  {
    what: "200,000 histograms of 11 buckets, 1,000 names, 4 tags: added to the process",
    series: 200_000,
    mix: "timers",
    tags: 3,
    names: 1_000,
    config: `${LIMITS}prometheus: {histograms: histogram}\n`,
    of: "series",
    target: 1_500,
  },
];
/** Slow enough that each new name is bound as it comes. */
const LINES_PER_SECOND = 30_000;
const SCRAPES = 3;
/** What is garbage by then has been given back. */
const SETTLE_MS = 5_000;

/** What does the process take, when every series has come twice and was scraped, and some seconds have passed? */
export async function memory(tools: NativeTools): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-memory-"));
  try {
    const findings: Finding[] = [];
    for (const fleet of FLEETS) findings.push(await measure(tools, fleet, folder));
    return { question: "Resident memory of the whole process, every series sent twice and scraped", findings };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(tools: NativeTools, fleet: Fleet, folder: string): Promise<Finding> {
  const { what, series, mix, tags, names, of, target } = fleet;
  const config = join(folder, "tallyd.yaml");
  writeFileSync(config, fleet.config);
  const receiver = await startServer("batch", ["--config", config, "--transport", "batch", "--shards", "1"]);
  const sender = new Sender(tools);
  try {
    await sleep(SETTLE_MS);
    const before = residentBytes(receiver.pid);
    const load = {
      seed: 1,
      series,
      mix,
      tags,
      names,
      datagramBytes: 1_432,
      lines: series,
      prefix: "memory",
      sockets: 4,
    };
    const once = { ...withoutUndefined(load), port: receiver.port, datagrams: 1, datagramsPerSecond: 1_000 };
    const { lines } = await sender.send(once);
    const datagrams = Math.ceil((series * 2) / lines);
    await sender.send({ ...once, datagrams, datagramsPerSecond: LINES_PER_SECOND / lines });
    const { received } = (await receiver.server.settled()).ledger;
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      await (await fetch(`${receiver.server.http}/metrics`)).arrayBuffer();
      await sleep(1_000);
    }
    await sleep(SETTLE_MS);
    const after = residentBytes(receiver.pid);
    const { shards } = await receiver.server.status();
    const made = shards.flatMap(({ memory: held }) => Object.values(held.series)).reduce((a, b) => a + b, 0);
    const note = `${made.toLocaleString("en-US")} series of ${received.toLocaleString("en-US")} lines, RSS ${megabytes(before)} → ${megabytes(after)} MB`;
    const added = what.endsWith("added to the process") ? before : 0;
    const value = of === "process" ? after / 1e6 : (after - added) / made;
    return {
      what,
      value,
      unit: of === "process" ? "MB" : "bytes/series",
      target: { bound: "max", value: target },
      note,
    };
  } finally {
    await receiver.stop();
    sender.forget();
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

function withoutUndefined<T extends { names: number | undefined }>({
  names,
  ...rest
}: T): Omit<T, "names"> & { names?: number } {
  return names === undefined ? rest : { ...rest, names };
}
