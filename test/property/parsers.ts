import type { Dialects } from "../../src/model/dialect.ts";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import { readNameTags } from "../../src/protocol/dialect.ts";
import { parseEvent } from "../../src/protocol/event.ts";
import { parseFields } from "../../src/protocol/fields.ts";
import { parseKey } from "../../src/protocol/key.ts";
import { parseServiceCheck } from "../../src/protocol/service-check.ts";
import { decodeFields } from "../../src/protocol/text.ts";
import { parseTimestamped } from "../../src/protocol/timestamped.ts";
import { Random } from "../../src/std/random.ts";
import { inputOf, VECTORS } from "../conformance/vector.ts";
import { Naive } from "../support/naive.ts";
import { SmallShard } from "../support/small-shard.ts";
import { mutate } from "../support/traffic.ts";

export const FORCED: Dialects = {
  dogstatsd: true,
  signalfx: "true",
  librato: "true",
  influxdb: "true",
  graphite: "true",
};

/** Lines that are no case of the file: other dialects, pairs, lengths in characters. Latin1, as all lines here. */
const MORE = [
  "a#k=v,k2=v2:1|c",
  "a,k=v,k2=v2:1|g|T1656581400",
  "na[k=v,k2=v2]me:1|c|#x:y",
  "a;k=v;k2=v2:1|ms",
  "a:1|c:320|ms|@0.1:+4|g|#env:prod",
  "a:1|c|@0.5:2|c|@0.25:x|s",
  "_e{3,2}:\xc3\xa9t\xc3\xa9|ok|t:error|#a:b",
  "_e{2,2}:\xf0\x9f\x98\x80|ok",
];
const LINES = [...VECTORS.flatMap((vector) => inputOf(vector).split("\n")), ...MORE].filter(
  (line) => line.length < 1_000,
);

/** Breaks known lines `count` times, and answers what is wrong with what the parsers make of it; empty = nothing. */
export function parserRound(seed: number, count: number): string[] {
  const random = new Random(seed);
  const problems: string[] = [];
  for (let i = 0; i < count && problems.length < 10; i++) {
    const line = random.chance(0.05) ? random.pick(LINES) : mutate(random, random.pick(LINES));
    try {
      problems.push(...lineProblems(line).map((problem) => `${JSON.stringify(line)}: ${problem}`));
    } catch (error) {
      problems.push(
        `${JSON.stringify(line)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }
  return problems;
}

/** What is wrong with one line (latin1, no line feed) in any parser. */
export function lineProblems(line: string): string[] {
  const bytes = Buffer.from(line, "latin1");
  return [...coreProblems(line), ...eventProblems(bytes), ...checkProblems(bytes), ...keyProblems(bytes)];
}

/** The core reads it as the naive model does, and what it hands over as timestamped is a sample. */
function coreProblems(line: string): string[] {
  const shard = new SmallShard({ keyBytesMax: 100_000 });
  const naive = new Naive();
  shard.ingest(line);
  naive.ingest(line);
  const got = JSON.stringify([[...shard.rejected], [...shard.cells.keys()].sort(), shard.specials]);
  const want = JSON.stringify([[...naive.rejected], [...naive.series.keys()].sort(), naive.specials]);
  const problems = got === want ? [] : [`the core says ${got}, the naive model ${want}`];
  for (const special of shard.specials.filter(({ type }) => type === 2)) {
    const sample = parseTimestamped(Buffer.from(special.line, "latin1"), DIALECTS_DEFAULT);
    if (typeof sample === "string") problems.push(`the core hands it over, and then it is refused as ${sample}`);
    else if (sample.values.length === 0 || !sample.values.every(Number.isFinite) || !(sample.timestamp > 0))
      problems.push(`is read as ${JSON.stringify(sample)}`);
  }
  return [...problems, ...textProblems(parseTimestamped(Buffer.from(line, "latin1"), FORCED))];
}

function eventProblems(bytes: Uint8Array): string[] {
  const event = parseEvent(bytes);
  if (typeof event === "string") return [];
  const isWhole = event.timestamp === null || Number.isSafeInteger(event.timestamp);
  const isMendedAscii = event.isMended && bytes.every((byte) => byte < 0x80);
  const problems = textProblems(event);
  if (event.title === "" || !isWhole || event.hostname === "") problems.push(`is read as ${JSON.stringify(event)}`);
  if (isMendedAscii) problems.push("has lengths in characters, but characters are bytes");
  return problems;
}

function checkProblems(bytes: Uint8Array): string[] {
  const check = parseServiceCheck(bytes);
  const fields = parseFields(decodeFields(bytes), "dhkpstm");
  const problems = textProblems([check, [...fields.letters.values()], fields.tags, fields.origin]);
  if (typeof check !== "string" && (check.name === "" || ![0, 1, 2, 3].includes(check.status)))
    problems.push(`is read as ${JSON.stringify(check)}`);
  return problems;
}

/** The line cut into a name and a tag section, as the core would do. */
function keyProblems(bytes: Uint8Array): string[] {
  const colon = bytes.indexOf(0x3a);
  const name = colon <= 0 ? Buffer.from("a") : bytes.subarray(0, colon);
  const tags = bytes.subarray(Math.max(0, bytes.lastIndexOf(0x23) + 1));
  const problems: string[] = [];
  for (const dialects of [DIALECTS_DEFAULT, FORCED]) {
    const key = parseKey(name, tags, dialects);
    problems.push(...textProblems(key));
    if (key.name === "") problems.push("has no name left");
  }
  const sent = parseKey(name, Buffer.alloc(0), {
    ...FORCED,
    signalfx: "false",
    librato: "false",
    influxdb: "false",
    graphite: "false",
  }).name;
  const strict = readNameTags(sent, DIALECTS_DEFAULT);
  const lenient = readNameTags(sent, FORCED);
  if (strict !== undefined) {
    const same = JSON.stringify([strict.name, strict.tags]) === JSON.stringify([lenient?.name, lenient?.tags]);
    if (!same || lenient?.errors !== 0) problems.push("is read differently by auto and by true");
    if (readNameTags(strict.name, DIALECTS_DEFAULT) !== undefined) problems.push("is read twice");
  }
  for (const tag of lenient?.tags ?? [])
    if (!/^[^:]+:./s.test(tag)) problems.push(`has the tag ${JSON.stringify(tag)}`);
  return problems;
}

function textProblems(value: unknown): string[] {
  if (typeof value === "string") return value.isWellFormed() ? [] : [`${JSON.stringify(value)} is half a character`];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textProblems) : [];
}
