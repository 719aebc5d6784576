import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/program.ts";
import type { Host } from "../../src/cli/host.ts";
import type { Environment } from "../../src/config/environment.ts";
import { manualClock } from "../support/manual-clock.ts";
import { recorder } from "./terminal.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "tallyd-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const NEVER_SERVES: Host = {
  clock: manualClock(),
  onSignal: () => undefined,
  exit: () => undefined,
  startServer: () => Promise.reject(new Error("not in this test")),
};

async function run(args: readonly string[], environment: Environment = {}) {
  const terminal = recorder(environment);
  const code = await runCommandLine(args, "1.2.3", terminal, NEVER_SERVES);
  return { code, out: terminal.printed.join("\n"), err: terminal.complained.join("\n") };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("the command line", () => {
  it("shows the help when it is asked nothing", async () => {
    const { code, out } = await run([]);
    expect(code).toBe(0);
    expect(out).toContain("Usage: tallyd");
    expect(out).toContain("tallyd explain 'page.views:1|c");
  });

  it.each([["serve"], ["check"], ["explain"], ["bench"]])("has examples in the help of %s", async (command) => {
    const { code, out } = await run([command, "--help"]);
    expect([code, out.includes("Example"), out.includes(`tallyd ${command}`)]).toEqual([0, true, true]);
  });

  it("tells its version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, out: "1.2.3", err: "" });
  });

  it("does not mind a reader that has gone", async () => {
    const child = spawn(process.execPath, [MAIN, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let complained = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complained += text));
    expect([await once(child, "close"), complained]).toEqual([[0, null], ""]);
  });

  it.each([
    [["serv"], "Did you mean serve?"],
    [["serve", "--lisen", "x"], "Did you mean --listen?"],
    [["check"], "missing required argument 'file'"],
    [["explain"], "missing required argument 'line'"],
  ])("refuses %j and helps: %s", async (args, help) => {
    const { code, err } = await run(args);
    expect([code, err.includes(help)]).toEqual([2, true]);
  });
});

describe("the command line of statsd_exporter", () => {
  const mapping = (): string => write("mapping.yml", "mappings: [{match: a.*, name: a}]\n");

  it("is checked by --check-config, which starts nothing", async () => {
    const args = ["serve", `--statsd.mapping-config=${mapping()}`, "--check-config"];
    expect(await run(args)).toEqual({ code: 0, out: "the configuration is valid", err: "" });
    expect((await run([...args, "--log.format=xml"])).code).toBe(1);
  });

  it("tells the version, and its help to standard output", async () => {
    expect(await run(["serve", "--statsd.listen-udp=:1", "--version"])).toEqual({ code: 0, out: "1.2.3", err: "" });
    expect((await run(["serve", "--statsd.listen-udp=:1", "-h"])).out).toContain("Usage: tallyd serve");
  });

  it("draws its globs for --debug.dump-fsm, and fails where it cannot", async () => {
    const file = join(folder, "globs.dot");
    const args = ["serve", `--statsd.mapping-config=${mapping()}`, "--check-config"];
    expect((await run([...args, `--debug.dump-fsm=${file}`])).code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain('0 -> 1 [label="a"]');
    const { code, err } = await run([...args, `--debug.dump-fsm=${join(folder, "absent", "globs.dot")}`]);
    expect([code, err.startsWith("--debug.dump-fsm: ENOENT")]).toEqual([1, true]);
  });
});

describe("check", () => {
  it("says that a right file is valid", async () => {
    const path = write("right.yaml", "listen: udp://127.0.0.1:0\n");
    expect(await run(["check", path])).toEqual({ code: 0, out: `${path} is valid`, err: "" });
  });

  it("prints every error and answers 1", async () => {
    const { code, err } = await run(["check", write("wrong.yaml", "lisen: x\nflush_interval: 10\n")]);
    expect(code).toBe(1);
    expect(err).toContain("did you mean listen?");
    expect(err).toContain("wrong.yaml line 2");
    expect(err).toContain("2 errors in the configuration");
  });

  it("checks a value of the file even where the environment would replace it", async () => {
    const path = write("hidden.yaml", "flush_interval: 10\n");
    expect((await run(["check", path], { TALLYD_FLUSH_INTERVAL: "5s" })).code).toBe(1);
  });

  it("takes the API key from the environment, where it belongs", async () => {
    const path = write("url.yaml", "datadog: {url: 'http://127.0.0.1:1'}\n");
    expect((await run(["check", path])).code).toBe(1);
    expect((await run(["check", path], { DD_API_KEY: "k" })).code).toBe(0);
  });

  it("tells which mapper profile is refused and why, and answers 1", async () => {
    const mappings = "mappings: [{match: 'a.**', name: b}]";
    const path = write("profiles.yaml", `mapping: {profiles: [{name: app, prefix: a., ${mappings}}]}\n`);
    const { code, out, err } = await run(["check", path]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain('error: profile "app", mapping 1 ("a.**") has two * beside each other; remedy: write one *');
  });

  it("only warns of a word in a mapper profile that means nothing", async () => {
    const path = write("words.yaml", "mapping: {profiles: [{name: app, prefix: a., mapings: []}]}\n");
    const { code, err } = await run(["check", path]);
    expect([code, err]).toEqual([
      0,
      'warning: profile "app" has an unknown key "mapings"; it is passed over; remedy: did you mean mappings?',
    ]);
  });

  it("says which file cannot be read", async () => {
    const { code, err } = await run(["check", join(folder, "absent.yaml")]);
    expect([code, err.includes("cannot be read: ENOENT")]).toEqual([1, true]);
  });
});

describe("explain", () => {
  it("draws the pieces of a line and shows what each output gets", async () => {
    const { code, out } = await run(["explain", "page.views:1:3|c|@0.1|#env:prod|c:in-1|x"]);
    expect(code).toBe(0);
    const [pieces, ...rest] = out.split("\n\n");
    expect(pieces?.split("\n")).toEqual([
      "  page.views:1:3|c|@0.1|#env:prod|c:in-1|x",
      "  ^^^^^^^^^^                                name",
      "             ^^^                            2 values",
      "                 ^                          type: counter",
      "                   ^^^^                     sample rate 0.1",
      "                        ^^^^^^^^^           tags",
      "                                  ^^^^^^    container: not part of the series",
      "                                         ^  unknown field: passed over",
    ]);
    expect(rest.join("\n\n")).toContain('page_views_total{env="prod"} 40');
    expect(rest.join("\n\n")).toContain("page.views  rate 4 (interval 10)");
  });

  it.each([
    ["load:1x|g", "       ^", "rejected at byte 6: bad_value"],
    ["load|g", "      ^", "rejected at byte 5: no_colon"],
    [":1|c", "  ^", "rejected at byte 1: empty_name"],
    ["é:x|c", "    ^", "rejected at byte 4: bad_value"],
  ])("points at the byte where %s dies", async (line, carets, reason) => {
    const { code, out } = await run(["explain", line]);
    expect(code).toBe(1);
    expect(out.split("\n")[1]?.trimEnd()).toBe(carets);
    expect(out).toContain(reason);
  });

  it("draws each pair of value and type, and tells each series", async () => {
    const { code, out } = await run(["explain", "a:1|c:2:320|ms|@0.1:x:y|s|#env:prod"]);
    expect(code).toBe(0);
    expect(out.split("\n\n")[0]?.split("\n")).toEqual([
      "  a:1|c:2:320|ms|@0.1:x:y|s|#env:prod",
      "  ^                                    name",
      "    ^                                  value",
      "      ^                                type: counter",
      "        ^^^^^                          2 values",
      "              ^^                       type: timer, in ms",
      "                 ^^^^                  sample rate of this pair",
      "                      ^^^              value",
      "                          ^            type: set",
      "                            ^^^^^^^^^  tags",
    ]);
    for (const row of ["kind: counter", "kind: timer in ms", "kind: set"]) expect(out).toContain(row);
    expect(out).toContain('a_seconds_count{env="prod"} 20');
  });

  it("reads tags in the name as the server would", async () => {
    expect((await run(["explain", "a,k=v:1|c"])).out).toContain('a_total{k="v"} 1');
    expect((await run(["explain", "a,k=v:1|c"], { TALLYD_DIALECTS_INFLUXDB: "false" })).out).toContain("a_k_v_total 1");
  });

  it("shows which mapping a name met, and which profile is refused", async () => {
    const job = {
      name: "job",
      prefix: "job.",
      mappings: [{ match: "job.*.done", name: "job.done", tags: { step: "$1" } }],
    };
    const environment = { DD_DOGSTATSD_MAPPER_PROFILES: JSON.stringify([{ name: "bad" }, job]) };
    const { code, out, err } = await run(["explain", "job.nightly.done:1|c|#a:b"], environment);
    expect(code).toBe(0);
    expect(err).toContain('warning: profile "bad" has no prefix');
    expect(out).toContain('mapped by: profile "job", mapping 1: job.*.done');
    expect(out).toContain('job_done_total{a="b",step="nightly"} 1');
    expect((await run(["explain", "job.x:1|c"], environment)).out).not.toContain("mapped by");
  });

  it("says what becomes of the origin", async () => {
    const { out } = await run(["explain", "a:1|c|c:ci-7f|card:low"], { TALLYD_ORIGIN_TAGS: "container_id" });
    expect(out).toContain("container: becomes tags by origin_tags");
    expect(out).toContain('a_total{container_id="7f"} 1');
  });

  it("explains by the configuration: namespace, tags, filters", async () => {
    const path = write("policy.yaml", "namespace: shop\ntags: [team:a]\nfilter: {deny: [shop.noise.*]}\n");
    expect((await run(["explain", "--config", path, "hits:1|c"])).out).toContain('shop_hits_total{team="a"} 1');
    const dropped = await run(["explain", "--config", path, "noise.x:1|c"]);
    expect([dropped.code, dropped.out.includes("not aggregated: filter")]).toEqual([1, true]);
  });

  it("shows a timer in seconds to Prometheus and in milliseconds to Datadog", async () => {
    const { out } = await run(["explain", "took:320|ms"]);
    expect(out).toContain("took_seconds_sum 0.32");
    expect(out).toContain("took.max  gauge 320");
  });

  it.each([
    ["_e{1,1}:a|b|#x:y", 'title: "a"'],
    ["_sc|db|2", "status: 2"],
    ["x:3|c|T1700000000", "timestamp: 1700000000"],
  ])("tells what %s is, which is not aggregated", async (line, want) => {
    const { code, out } = await run(["explain", line]);
    expect([code, out.includes(want)]).toEqual([0, true]);
  });

  it("explains every line of a datagram", async () => {
    const { code, out } = await run(["explain", "a:1|c\nb:x|c\n"]);
    expect([code, out.includes("a_total 1"), out.includes("rejected at byte 3")]).toEqual([1, true, true]);
  });

  it("tells that a rate outside (0, 1] is taken as 1", async () => {
    expect((await run(["explain", "a:1|c|@3"])).out).toContain("note: the sample rate is outside (0, 1]");
  });

  it("sends no control character of a line to the terminal", async () => {
    const { out } = await run(["explain", "a\u001b[31m:1|c"]);
    expect(out).toContain("a\\x1b[31m");
    expect(out).not.toContain("\u001b");
  });
});
