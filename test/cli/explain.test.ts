import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/cli/explain.ts";
import type { ExplainFlags } from "../../src/cli/explain.ts";
import type { Environment } from "../../src/config/environment.ts";
import { recorder } from "./terminal.ts";

async function run(line: string, environment: Environment = {}, flags: ExplainFlags = {}) {
  const terminal = recorder(environment);
  const code = await explain(line, flags, terminal);
  return { code, out: terminal.printed.join("\n") };
}

describe("a sample with its own time", () => {
  it.each([
    [{ TALLYD_FILTER_DENY: "a" }, "filter"],
    [{ TALLYD_LIMITS_KEY_BYTES: "64" }, "key_bytes"],
  ])("may not be wanted: %j is %s", async (environment, reason) => {
    const { code, out } = await run(`a:1|c|T5|#${"x".repeat(100)}`, environment);
    expect([code, out.includes(`not aggregated: ${reason}`)]).toEqual([1, true]);
  });

  it("is told with its series, and with the rule of Prometheus that it meets", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tallyd-"));
    const mapping = join(folder, "mapping.yml");
    writeFileSync(mapping, "mappings: [{match: a.*, name: x, labels: {k: $1}}]\n");
    const { code, out } = await run("a.b:1:2|c|T5|#t,host:h", {}, { mapping: [mapping] });
    rmSync(folder, { recursive: true });
    expect(code).toBe(0);
    expect(out.split("\n\n")[1]?.split("\n")).toEqual([
      "timestamped, not aggregated",
      "  name: a.b",
      "  kind: counter",
      "  tags: t",
      "  host: h",
      "  values: 1 2",
      "  timestamp: 5",
      "rules for Prometheus",
      `  * ${mapping} line 1: a.* -> x; is the first glob that fits`,
    ]);
  });

  it("is one like all others where timestamps are not read", async () => {
    const { out } = await run("a:1|c|T5", { TALLYD_TIMESTAMPS: "ignore" });
    expect(out).toContain("timestamp: passed over, taken as of now");
    expect(out).toContain("a_total 1");
  });
});

it("tells the series of a line that names a trace, and the trace as its exemplar", async () => {
  const { code, out } = await run("a:1|c|#trace_id:4bf9", { TALLYD_PROMETHEUS_EXEMPLAR_TAG: "trace_id" });
  expect(code).toBe(0);
  for (const text of ["  tags: none", "  exemplar: trace_id:4bf9", "a_total 1"]) expect(out).toContain(text);
});

it("says what an event leaves to the server", async () => {
  const { out } = await run("_e{1,1}:a|b");
  expect(out).toContain("timestamp: when it came\n  hostname: this server's\n");
  expect((await run("_sc|a|0|h:web|d:7")).out).toContain('timestamp: 7\n  hostname: "web"\n');
});

describe("what is not taken as it was sent has a note", () => {
  it.each([
    ["_e{3,2}:\u00e9t\u00e9|ok", "the lengths are taken as characters; they should be UTF-8 bytes"],
    ["a,k=v:1|c|#x", "there are tags both in the name and behind |#"],
    ["a,k=v:1|c|#x|T5", "there are tags both in the name and behind |#"],
    ["a#k:1|c", "parts of the name are no key=value and left out: 1"],
  ])("%s: %s", async (line, note) => {
    expect((await run(line, { TALLYD_DIALECTS_LIBRATO: "true" })).out).toContain(`note: ${note}`);
  });

  it("and what is has none", async () => {
    for (const line of ["_e{5,2}:\u00e9t\u00e9|ok", "a,k=v:1|c", "a:1|c|@0.5|#x"]) {
      expect((await run(line)).out).not.toContain("note:");
    }
  });
});

describe("a long line", () => {
  it("has its pieces told by their bytes, and not all of thousands", async () => {
    const { code, out } = await run(`a:1|c${"|x".repeat(25_000)}`);
    expect(code).toBe(0);
    expect(out).toContain("\n  bytes 1 to 1: name\n  bytes 3 to 3: value\n");
    expect(out).toContain("\n  … and 24903 pieces more\n");
  });

  it("of more than a datagram holds is refused, as by a reader of datagrams", async () => {
    const { code, out } = await run(`a:1|c|#${"x".repeat(65_536)}`);
    expect([code, out.includes("rejected at byte 65537: truncated")]).toEqual([1, true]);
  });
});
