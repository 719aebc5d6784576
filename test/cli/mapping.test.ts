import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/program.ts";
import { processHost } from "../../src/cli/host.ts";
import { recorder } from "./terminal.ts";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "tallyd-"))));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: readonly string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const terminal = recorder();
  const code = await runCommandLine(args, "1.2.3", terminal, processHost);
  return { code, out: terminal.printed.join("\n"), err: terminal.complained.join("\n") };
}

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("check", () => {
  it("warns of names that are kept for what the configuration turns on, and only then", async () => {
    const rules = `
  mappings:
  - {match: a, name: target_info}
  - {match: b, name: queue_last_seen_timestamp_seconds}
`;
    const on = await run("check", write("on.yaml", `prometheus:\n  last_seen: all\n  target_info: true${rules}`));
    expect([on.code, on.err.split("\n")]).toEqual([
      0,
      [
        expect.stringContaining("on.yaml line 5 has the name target_info"),
        expect.stringContaining("on.yaml line 6 has the name queue_last_seen_timestamp_seconds"),
      ],
    ]);
    expect(await run("check", write("off.yaml", `prometheus:${rules}`))).toMatchObject({ code: 0, err: "" });
  });

  it("refuses more combinations of buckets than there is room for, and so does a start", async () => {
    const rule = (_: unknown, at: number): string =>
      `- {match: a.b${at}, name: x, observer_type: histogram, histogram_options: {buckets: [${at}]}}`;
    const path = write("many.yml", `mappings:\n${Array.from({ length: 2_100 }, rule).join("\n")}\n`);
    for (const args of [
      ["check", "--mapping", path],
      ["explain", "--mapping", path, "a:1|c"],
    ]) {
      const { code, err } = await run(...args);
      expect([code, err.includes("different combinations of buckets")]).toEqual([1, true]);
    }
  });

  it("refuses a file that is no UTF-8", async () => {
    const path = write("latin.yml", Buffer.from("mappings: [{match: a, name: x, help: \xe9}]\n", "latin1"));
    const { code, err } = await run("check", "--mapping", path);
    expect([code, err.includes("latin.yml line 1 cannot be read")]).toEqual([1, true]);
  });

  it("takes of a directory the files that end right, in order of name", async () => {
    const directory = join(folder, "rules");
    mkdirSync(join(directory, "deeper.yml"), { recursive: true });
    expect((await run("check", "--mapping", directory)).err).toContain("the directory has no *.yml");
    write("rules/b.yaml", "mappings: [{match: a.b, name: never}]\n");
    write("rules/a.yml", "mappings: [{match: a.*, name: always}]\n");
    write("rules/.hidden.yml", "not: a mapping\n");
    write("rules/notes.txt", "not: a mapping\n");
    const { code, out, err } = await run("check", "--mapping", directory);
    expect([code, out]).toEqual([0, `${directory}: 2 rules, valid`]);
    expect(err).toContain("b.yaml line 1 never counts");
  });

  it("calls rules that stand in a text by the key of it", async () => {
    const { err } = await run(
      "check",
      write("text.yaml", "prometheus:\n  mappings: |\n    - {match: a..b, name: x}\n"),
    );
    expect(err).toContain("prometheus.mappings line 1 has the match");
  });
});

describe("explain", () => {
  const RULES = `mappings:
- {match: a.*, name: counted, match_metric_type: counter}
- {match: a.*, name: drop, match_metric_type: gauge, action: drop}
- {match: b.*, name: $1_total}
- {match: c, name: x}
`;

  it("shows the rules for every pair of a line, which is used as a whole or not at all", async () => {
    const { code, out } = await run("explain", "--mapping", write("pairs.yml", RULES), "a.b:1|c:2|g");
    expect(code).toBe(1);
    expect(out).toContain("rules for Prometheus: counter\n  * ");
    expect(out).toContain("line 3: a.* -> dropped; is for gauge, not for a counter");
    expect(out).toContain("rules for Prometheus: gauge\n");
    expect(out).toContain("not aggregated: mapping");
  });

  it("says why a series is not shown", async () => {
    const path = write("why.yml", RULES);
    expect((await run("explain", "--mapping", path, "b.c:1|c")).out).toContain("prometheus\n  not shown: empty_name");
    const both = await run("explain", "--mapping", path, "c:1|c:2|g");
    expect(both.out).toContain("x 1\n  not shown: type_conflict");
  });
});
