import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

// A process is started for each test, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

const REPORTER = fileURLToPath(new URL("../support/report-loaded.ts", import.meta.url));

let tallyd: Tallyd | undefined;
afterEach(async () => {
  await tallyd?.end("SIGKILL");
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<Tallyd> {
  tallyd = await startTallyd([], { NODE_OPTIONS: `--import=${REPORTER}`, ...environment });
  return tallyd;
}

/** Packages and files of `src` that a kind of thread has loaded. */
function loadedIn(thread: "main" | "worker"): readonly string[] {
  const names = tallyd?.text().matchAll(new RegExp(`^loaded ${thread} (.*)$`, "gm")) ?? [];
  return [...new Set([...names].map(([, name = ""]) => name))];
}

const isPackage = (name: string): boolean => !name.startsWith("src/");

/** Each takes up to some megabytes of every server. */
const LATE = new Set([
  "re2js",
  "yaml",
  "pino-pretty",
  "hdr-histogram-js",
  "undici",
  "@bufbuild/protobuf",
  "bcryptjs",
  "ajv",
]);

/** Commands other than `serve`; what `--help` shows of `bench` stands in two small files. */
const OTHER_COMMANDS = /^src\/(?:load\/|cli\/(?:bench\/(?!command|flags)|capture|replay|check|explain))/;

test("a server with the default configuration has loaded nothing that only some configurations need", async () => {
  await start();
  await until(() => ["pino", "src/cli/server.ts", "fastify"].every((name) => loadedIn("main").includes(name)));
  expect(loadedIn("main").filter((name) => LATE.has(name) || OTHER_COMMANDS.test(name))).toEqual([]);
});

test("a shard thread has loaded no package", async () => {
  await start();
  await until(() => loadedIn("worker").includes("src/shard/worker.ts"));
  expect(loadedIn("worker").filter(isPackage)).toEqual([]);
});

test("the first expression loads RE2, in the shard too", async () => {
  const profile = { name: "a", prefix: "a.", mappings: [{ match: "a.*", name: "a" }] };
  await start({ DD_DOGSTATSD_MAPPER_PROFILES: JSON.stringify([profile]) });
  await until(() => loadedIn("worker").includes("re2js"));
  expect(loadedIn("main")).toContain("re2js");
});
