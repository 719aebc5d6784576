import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RejectReason } from "../../../src/model/reject.ts";
import { REJECT_REASONS } from "../../../src/model/reject.ts";
import { parseEvent } from "../../../src/protocol/event.ts";
import { parseServiceCheck } from "../../../src/protocol/service-check.ts";
import { SmallShard } from "../../support/small-shard.ts";

/** One datagram of a client library, with where it comes from. */
interface Recorded {
  readonly client: string;
  readonly version: string;
  readonly language: string;
  /** The library was run and its datagrams recorded, or its own tests say what it sends. */
  readonly source: string;
  readonly note?: string;
  readonly datagram: string;
}

const RECORDED: readonly Recorded[] = readFileSync(new URL("clients.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);
const CLIENTS = [...new Set(RECORDED.map(({ client }) => client))];

interface Explanation {
  readonly lines: readonly string[];
  readonly reason: RejectReason;
  readonly why: string;
}

/** What libraries send and no server of these protocols takes: each with why. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    lines: [
      "app.m:3|m",
      "app.m:3|m|#env:prod",
      "prefix.user.logins:3|m",
      "prefix.user.logins:3|m|#user-type:verified,bucket1",
    ],
    reason: "bad_type",
    why: "meters (statsy, dog-statsy, cadence) are a type of other servers; neither Etsy's statsd nor the Agent has it",
  },
  {
    lines: ["raft.leader_lag:1.000000|kv"],
    reason: "bad_type",
    why: "a pair to keep as it is, a type of statsite alone; go-metrics sends it to whatever listens",
  },
  {
    lines: ["sendRecv.custom_metric_type:5678|cust|@0.95|#tag1,tag2"],
    reason: "bad_type",
    why: "a type that the library's user made up",
  },
  {
    lines: ["my.prefix.mygauge:NaN|g"],
    reason: "not_finite",
    why: "not a number: it would stay in every sum",
  },
  {
    lines: ["one,region=eu,route=/api/v1,q=a_b_c:d:1|c|@0.999", "two,region=eu,route=/api/v1,q=a_b_c:d:1|c|@0.999"],
    reason: "bad_value",
    why: "hot-shots for Telegraf leaves a colon in a tag's value, before the colon that ends the name",
  },
  {
    lines: ["very"],
    reason: "no_colon",
    why: "hot-shots leaves a line feed in a service check's message; what follows is a line of its own",
  },
  {
    lines: ["_e{5,9}Title|Text"],
    reason: "bad_event",
    why: "aiomeasures forgets the colon after the lengths, and leaves a line feed in the text",
  },
  {
    lines: ["line|#a:b", "line|#a:b,env:prod"],
    reason: "no_colon",
    why: "the text of that event after its line feed",
  },
];
const EXPLAINED = new Map(EXPLANATIONS.flatMap((row) => row.lines.map((line) => [line, row] as const)));

/** A shard that reads events and service checks as the real one does; a metric needs only the core. */
class ReadingShard extends SmallShard {
  override special(type: number, offset: number, length: number): number {
    super.special(type, offset, length);
    const line = Buffer.from(this.tally.heap.subarray(offset, offset + length));
    const read = type === 0 ? parseEvent(line) : type === 1 ? parseServiceCheck(line) : undefined;
    return typeof read === "string" ? REJECT_REASONS.indexOf(read) : 0;
  }
}

interface Refused {
  readonly reason: RejectReason;
  readonly line: string;
}

function refusedOf(recorded: readonly Recorded[]): readonly Refused[] {
  const shard = new ReadingShard();
  for (const { datagram } of recorded) shard.ingest(Buffer.from(datagram, "utf8"));
  const { lines, accepted } = shard.counted();
  expect(accepted + shard.rejectedTotal).toBe(lines);
  return shard.rejectedLines.map(({ reason, line }) => ({
    reason,
    line: Buffer.from(line, "latin1").toString("utf8"),
  }));
}

describe("what client libraries send", () => {
  test("is known of 39 libraries and more, most of them run to record it", () => {
    expect(CLIENTS.length).toBeGreaterThanOrEqual(39);
    const ran = new Set(RECORDED.filter(({ source }) => source.startsWith("ran ")).map(({ client }) => client));
    expect(ran.size).toBeGreaterThan(CLIENTS.length / 2);
  });

  test.each(CLIENTS)("%s: every line is accepted, or refused for a reason that is explained", (client) => {
    const refused = refusedOf(RECORDED.filter((recorded) => recorded.client === client));
    expect(refused.filter(({ line, reason }) => EXPLAINED.get(line)?.reason !== reason)).toEqual([]);
  });

  test("is refused wherever the table says so: no explanation outlives its reject", () => {
    const lines = new Set(refusedOf(RECORDED).map(({ line }) => line));
    expect([...EXPLAINED.keys()].filter((line) => !lines.has(line))).toEqual([]);
  });
});
