import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startIntake } from "../support/intake/intake.ts";
import type { Intake } from "../support/intake/intake.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";
import { bookedOf, contextOf, HOST, missing, renamed, Teller } from "./process.ts";
import type { Booked } from "./process.ts";
import { DIFFERENCES, OUTPUT_DIFFERENCES, PROTOCOL_DIFFERENCES } from "./tables.ts";
import { inputOf, VECTORS, withDifferences } from "./vector.ts";
import type { Vector } from "./vector.ts";

const KEY = "0123456789abcdef0123456789abcdef";
/**
 * As a DogStatsD server: a sign is no step, and there is no limit on a key. The page holds the self-metrics alone, so that
 * it is quickly read after each case: what became of the series is seen at the intake.
 */
const AS_AGENT = {
  DD_API_KEY: KEY,
  DD_HOSTNAME: HOST,
  TALLYD_GAUGE_SIGN: "absolute",
  TALLYD_LIMITS_KEY_BYTES: "65507",
  TALLYD_PROMETHEUS_ENABLED: "false",
};

interface Group {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cases: readonly Vector[];
}

/** Options that change nothing here: what to do with origin fields, and a receive buffer that cuts datagrams. */
const WITHOUT_EFFECT = new Set(["dogstatsd_origin_detection_client", "dogstatsd_buffer_size"]);

/** One process per set of options. */
function groupsOf(vectors: readonly Vector[]): Group[] {
  const groups = new Map<string, Vector[]>();
  for (const vector of vectors) {
    const options = Object.entries(vector.config ?? {}).filter(([name]) => !WITHOUT_EFFECT.has(name));
    const key = JSON.stringify(Object.fromEntries(options));
    groups.set(key, [...(groups.get(key) ?? []), vector]);
  }
  return [...groups].map(([key, cases]) => {
    const options = Object.entries(JSON.parse(key) as Record<string, unknown>);
    const environment = options.map(([name, value]) => [
      `DD_${name.toUpperCase()}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return {
      name: options.length === 0 ? "defaults" : key.slice(0, 120),
      environment: Object.fromEntries(environment) as Record<string, string>,
      cases: distinct(cases),
    };
  });
}

/** Cases of the same series would add up in one process: from the second on they get a prefix. */
function distinct(cases: readonly Vector[]): Vector[] {
  const taken = new Set<string>();
  return cases.map((vector, index) => {
    const keys = vector.metrics.map(contextOf);
    const isTaken = keys.some((key) => taken.has(key));
    for (const key of keys) taken.add(key);
    return isTaken ? renamed(vector, `case${index}.`) : vector;
  });
}

const DATAGRAMS = withDifferences(DIFFERENCES, PROTOCOL_DIFFERENCES, OUTPUT_DIFFERENCES).filter(
  ({ transport }) => transport === undefined,
);
const OFF = Object.fromEntries(
  ["SIGNALFX", "LIBRATO", "INFLUXDB", "GRAPHITE"].map((dialect) => [`TALLYD_DIALECTS_${dialect}`, "false"]),
);
const GROUPS: readonly Group[] = [
  ...groupsOf(DATAGRAMS),
  { name: "no dialects", environment: OFF, cases: distinct(VECTORS.filter(({ id }) => id.startsWith("dialect."))) },
];

describe.each(GROUPS)("through the process with $name", ({ environment, cases }) => {
  const booked = new Map<string, Booked>();
  let intake: Intake;
  let balance = Number.NaN;

  beforeAll(async () => {
    intake = await startIntake({ keys: [KEY] });
    const args = ["--flush-interval", "60s", "--shards", "1", "--datadog-url", intake.url];
    const tallyd = await startTallyd(args, { ...AS_AGENT, ...environment });
    const teller = new Teller(tallyd);
    for (const vector of cases) booked.set(vector.id, await teller.send(vector));
    balance = (await tallyd.status()).ledger.balance;
    teller.close();
    // The open interval goes out at the end.
    await tallyd.end();
  }, 60_000);
  afterAll(() => intake.close());

  test.each(cases)("$id", (vector) => {
    expect(booked.get(vector.id)).toEqual(bookedOf(vector));
    expect(missing(intake.store, vector)).toEqual([]);
  });

  test("the books balance, and the intake refused nothing", () => {
    expect(balance).toBe(0);
    expect(intake.arrivals.filter(({ status }) => status !== 202).map(({ refusal }) => refusal)).toEqual([]);
    expect(intake.store.overwrites).toBe(0);
  });
});

/** Accepted lines of each stream case. The frame that closes the connection is one refused line, which the Agent does not count. */
const STREAMS = new Map<string, number>([
  ["stream.too-large", 1],
  ["stream.big-endian", 0],
]);

describe("through a Unix stream socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-"));
  const path = join(folder, "stream.sock");
  let tallyd: Tallyd;
  beforeAll(async () => {
    const args = ["--listen", "udp://127.0.0.1:0", "--listen", `unix://${path}`, "--shards", "1"];
    tallyd = await startTallyd(args, { ...AS_AGENT, DD_API_KEY: "", DD_DOGSTATSD_BUFFER_SIZE: "8192" });
  }, 60_000);
  afterAll(async () => {
    await tallyd.end();
    rmSync(folder, { recursive: true });
  });

  test.each(VECTORS.filter(({ transport }) => transport === "uds_stream"))("$id", async (vector) => {
    const accepted = STREAMS.get(vector.id) as number;
    const before = (await tallyd.status()).ledger;
    const socket = connect(path);
    socket.on("error", () => {});
    socket.end(Buffer.from(inputOf(vector), "latin1"));
    await once(socket.resume(), "close");
    const lines = accepted + 1;
    await until(async () => (await tallyd.status()).ledger.received >= before.received + lines, 20_000);
    const { ledger } = await tallyd.status();
    const changed = Object.fromEntries(
      Object.entries(ledger.rejected)
        .map(([reason, count]) => [reason, count - before.rejected[reason as keyof typeof before.rejected]] as const)
        .filter(([, count]) => count > 0),
    );
    expect([ledger.accepted - before.accepted, changed, ledger.balance]).toEqual([accepted, { frame_length: 1 }, 0]);
  });

  test("every stream case of the file is told of", () => {
    const ids = VECTORS.filter(({ transport }) => transport !== undefined).map(({ id }) => id);
    expect([...STREAMS.keys()].sort()).toEqual(ids.sort());
  });
});
