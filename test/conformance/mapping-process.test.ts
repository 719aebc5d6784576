import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommandLine } from "../../src/cli/program.ts";
import { processHost } from "../../src/cli/host.ts";
import { parseExposition } from "../support/exposition.ts";
import type { ParsedFamily } from "../support/exposition.ts";
import { startTallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";
import { differences } from "./mapping-page.ts";
import { DIFFERENCES } from "./mapping-tables.ts";
import { MAPPING_VECTORS } from "./mapping-vector.ts";
import type { MappingVector } from "./mapping-vector.ts";
import { isMergeable, isTaggable, isUnordered, prefixed, tagged } from "./merged.ts";
import { argumentsOf, datagramsOf } from "./pipeline.ts";

/** Cases that share a process, or one alone. */
interface Group {
  readonly name: string;
  readonly cases: readonly MappingVector[];
}

/** Lines that a line of the page cannot be found by, once it has a prefix. */
const UNPREFIXED = /^[:#,|_]/;
const numbered = (cases: readonly MappingVector[]): MappingVector[] =>
  cases.map((each, index) => prefixed(each, index));
const right = MAPPING_VECTORS.filter((vector) => !vector.expect_config_error && vector.alt_config_error !== true);
const plain = right.filter(({ config, flags }) => config === null && Object.keys(flags).length === 0);
const merged = right.filter(isMergeable);
const regexes = right.filter(isTaggable);
const together = new Set([...plain, ...merged, ...regexes]);
/** A process each: all of them where everything is to be tried, the most telling ones otherwise. */
const TRIES_ALL = process.env["TALLYD_REAL_PARTS"] === "1";
const TELLING = /^(?:scenario-|legacy-puppet|flag-all-off|ttl-zero|conflict-)/;
const alone = right.filter((vector) => !together.has(vector) && (TRIES_ALL || TELLING.test(vector.id)));

const GROUPS: readonly Group[] = [
  { name: "no mapping", cases: numbered(plain) },
  { name: "globs in order", cases: numbered(merged.filter((vector) => !isUnordered(vector))) },
  { name: "globs without order", cases: numbered(merged.filter(isUnordered)) },
  { name: "regular expressions", cases: regexes.map(tagged) },
  ...alone.map((vector) => ({ name: vector.id, cases: [vector] })),
];

const folder = mkdtempSync(join(tmpdir(), "tallyd-cases-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the mappings of a group and starts a process with its command line. */
async function pageOf({ cases }: Group, at: string): Promise<ReadonlyMap<string, ParsedFamily>> {
  const paths = cases.flatMap(({ config }, index) => {
    if (config === null) return [];
    writeFileSync(join(folder, `${at}-${index}.yml`), config);
    return [join(folder, `${at}-${index}.yml`)];
  });
  const [first] = cases as [MappingVector];
  const args = paths.length > 1 ? ["--web.telemetry-path=/metrics"] : argumentsOf(first, paths[0] ?? "");
  const environment = paths.length > 1 ? { TALLYD_PROMETHEUS_MAPPING_CONFIG: JSON.stringify(paths) } : {};
  const tallyd = await startTallyd(["--shards", "1", ...args], environment);
  const socket = createSocket("udp4");
  const datagrams = cases.flatMap(datagramsOf);
  for (const datagram of datagrams) {
    await new Promise((resolve) => socket.send(datagram, tallyd.udpPort, "127.0.0.1", resolve));
  }
  socket.close();
  await until(async () => (await tallyd.scrape()).get("tallyd_datagrams_total") === datagrams.length);
  await new Promise((resolve) => setTimeout(resolve, first.scrape_after_ms ?? 0));
  const response = await fetch(`${tallyd.http}/metrics`);
  const families = parseExposition(new Uint8Array(await response.arrayBuffer()), true);
  await tallyd.end();
  return new Map([...families].filter(([name]) => !/^(?:tallyd|process|nodejs)_/.test(name)));
}

/** Of a page with the series of many cases, those of one: by the beginning of their names, or by a label. */
function partOf(families: ReadonlyMap<string, ParsedFamily>, index: number): ReadonlyMap<string, ParsedFamily> {
  const parts = [...families].map(([name, family]): [string, ParsedFamily] => {
    const isOwn = name.startsWith(`c${index}_`);
    const samples = isOwn
      ? family.samples
      : family.samples.filter(({ labels }) => labels.get("case") === String(index));
    return [name, { ...family, samples }];
  });
  return new Map(parts.filter(([, { samples }]) => samples.length > 0));
}

describe.each(GROUPS.map((group, number) => ({ ...group, number })))("through the process: $name", (group) => {
  const { cases, number } = group;
  let families: ReadonlyMap<string, ParsedFamily>;
  beforeAll(async () => {
    families = await pageOf(group, String(number));
  }, 60_000);

  test.each(cases.map((vector, index) => ({ vector, index, id: vector.id })))("$id", ({ vector, index }) => {
    const isOne = cases.length === 1;
    const mode = vector.expect_mode ?? "all";
    const shown = isOne ? families : partOf(families, index);
    const isLost = vector.input.some((datagram) => UNPREFIXED.test(datagram));
    const found = differences(shown, vector.expect, mode);
    const other = vector.alt === undefined ? found : differences(shown, vector.alt, mode);
    const wanted = (DIFFERENCES.get(vector.id)?.instead ?? []) as readonly string[];
    const named = isOne ? wanted : wanted.map((sentence) => `c${index}_${sentence}`);
    if (!isLost || isOne) expect(other.length === 0 ? [] : found).toEqual(named);
  });
});

describe("through the command line", () => {
  const wrong = MAPPING_VECTORS.filter((vector) => vector.expect_config_error);

  test.each(wrong)("$id is refused with its line", async (vector) => {
    const path = join(folder, `${vector.id}.yml`);
    writeFileSync(path, vector.config ?? "");
    const told: string[] = [];
    const tell = (text: string): void => void told.push(text);
    const terminal = { environment: {}, isTerminal: false, out: tell, err: tell };
    const code = await runCommandLine(["check", "--mapping", path], "0", terminal, processHost);
    const isTaken = DIFFERENCES.get(vector.id)?.instead === "accepted";
    expect([code, /error: .* line \d+ /.test(told.join("\n"))]).toEqual(isTaken ? [0, false] : [1, true]);
  });
});
