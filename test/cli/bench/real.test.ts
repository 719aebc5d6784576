import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BenchReport } from "../../../src/cli/bench/report.ts";
import { libcIfAny } from "../../../src/load/system-host.ts";
import { loadLibc } from "../../../src/transport/libc.ts";
import { startTallyd } from "../../support/tallyd.ts";
import type { Tallyd } from "../../support/tallyd.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const HAS_LIBC = libcIfAny(loadLibc) !== undefined;
const SMALL = ["--rate", "20k", "--duration", "500ms", "--series", "500"];

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line. */
function tallydBench(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, "bench", ...args], { timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    );
  });
}

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "tallyd-"))));
afterAll(() => rmSync(folder, { recursive: true }));

describe("bench against the real process", () => {
  let server: Tallyd;
  beforeAll(async () => {
    const urls = ["udp://127.0.0.1:0", "udp://[::1]:0", "tcp://127.0.0.1:0", `unix://${join(folder, "stream")}`];
    if (HAS_LIBC) urls.push(`unixgram://${join(folder, "datagram")}`);
    const blocklist = { DD_STATSD_METRIC_BLOCKLIST: "refused.http.requests.7" };
    server = await startTallyd(
      urls.flatMap((url) => ["--listen", url]),
      blocklist,
    );
  }, 60_000);
  afterAll(() => server.end());

  it.each([
    ["udp://127.0.0.1", HAS_LIBC ? "sendmmsg" : "node:dgram"],
    ["udp://[::1]", HAS_LIBC ? "sendmmsg" : "node:dgram"],
    ["tcp://127.0.0.1", "node:net"],
    ["unix://", "node:net"],
    ["unixgram://", "sendmmsg"],
  ])(
    "sends to %s, and every line and every sum is there",
    async (start, how) => {
      const target = server.listening.find((url) => url.startsWith(start));
      // Without the C library there are no Unix datagrams.
      if (target === undefined) return expect([start, HAS_LIBC]).toEqual(["unixgram://", false]);
      const { code, out, err } = await tallydBench(...SMALL, "--target", target, "--verify", server.http, "--json");
      expect([code, err]).toEqual([0, ""]);
      const { ok, run, load } = JSON.parse(out) as BenchReport;
      expect([ok, load.target, load.how]).toEqual([true, target, how]);
      expect(run.sent.lines).toBeGreaterThan(0);
      expect(run.server).toMatchObject({ lost: 0, foreign: 0, sums: { compared: 100, exact: 100, missing: 0 } });
      expect(run.server?.received).toBe(run.sent.lines + (run.server?.latency?.probes ?? 0));
      expect(run.server?.latency?.unseen).toBe(0);
    },
    60_000,
  );

  it("says which lines a server does not want, and answers 1", async () => {
    const target = `udp://127.0.0.1:${server.udpPort}`;
    const args = ["--target", target, "--verify", server.http, "--prefix", "refused", "--no-latency"];
    const { code, out } = await tallydBench(...SMALL, ...args);
    expect(code).toBe(1);
    expect(out).toMatch(/\d+ limited: filter/);
    expect(out).toMatch(/FAIL: 0\.\d+ % of the lines were lost/);
  }, 60_000);

  it("searches the highest rate and writes the page", async () => {
    const page = join(folder, "max.html");
    const args = ["--target", `udp://127.0.0.1:${server.udpPort}`, "--verify", server.http, "--find-max"];
    const steps = [
      "--rate",
      "4k",
      "--duration",
      "100ms",
      "--step-duration",
      "100ms",
      "--series",
      "100",
      "--html",
      page,
    ];
    const { out } = await tallydBench(...args, ...steps, "--json");
    const { search, ok } = JSON.parse(out) as BenchReport;
    // How fast this machine is today is not asked here; that the search ends, and its result is one of its steps, is.
    expect(search?.points.length).toBeGreaterThan(1);
    if (ok) expect(search?.points).toContainEqual(search?.best);
    expect(readFileSync(page, "utf8")).toContain("</svg>");
  }, 120_000);

  it("answers 2 for a wrong command line and 1 where nothing listens", async () => {
    expect(await tallydBench("--rate", "fast")).toMatchObject({ code: 2, out: "" });
    expect((await tallydBench("--target", "udp://192.0.2.1")).code).toBe(2);
    expect((await tallydBench("--verify", "http://127.0.0.1:1")).code).toBe(1);
    expect((await tallydBench("--target", `unix://${join(folder, "none")}`)).err).toContain("there is no such socket");
  }, 60_000);
});
