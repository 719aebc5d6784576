import { describe, expect, it } from "vitest";
import { chooseLogFormat, createLog, limitLog } from "../../src/std/log.ts";
import { createScrubber } from "../../src/std/scrub.ts";
import { manualClock } from "../support/manual-clock.ts";

const KEY = "0123456789abcdef0123456789abcdef";

describe("scrubbing", () => {
  it.each([
    ["a configured secret", "key is hunter2-hunter2!", "key is [redacted]!"],
    ["any 32 hexadecimal digits", `sent ${KEY}.`, "sent [redacted]."],
    ["any 40 hexadecimal digits", `sent ${KEY}01234567.`, "sent [redacted]."],
    ["an api_key in a URL", "GET /v1?api_key=abc&x=1", "GET /v1?api_key=[redacted]&x=1"],
    ["a key header in JSON", '{"DD-API-KEY":"abc"}', '{"DD-API-KEY":"[redacted]"}'],
    [
      "a key header in escaped JSON",
      '{"msg":"{\\"dd-api-key\\": \\"abc\\"}"}',
      '{"msg":"{\\"dd-api-key\\": \\"[redacted]\\"}"}',
    ],
    ["an application key", "DD_APP_KEY=abc next", "DD_APP_KEY=[redacted] next"],
    ["a proxy's password", "http://joe:pass@proxy:3128", "http://joe:[redacted]@proxy:3128"],
    ["nothing in a longer run of digits", `id ${KEY}0`, `id ${KEY}0`],
    ["nothing in ordinary text", "listening on udp://127.0.0.1:8125", "listening on udp://127.0.0.1:8125"],
  ])("removes %s", (_, text, want) => {
    expect(createScrubber(["hunter2-hunter2"])(text)).toBe(want);
  });

  it("finds a secret that JSON or a URL spells differently", () => {
    const scrub = createScrubber(['quo"te d']);
    expect(scrub(JSON.stringify({ msg: 'quo"te d' }))).toBe('{"msg":"[redacted]"}');
    expect(scrub("?k=quo%22te%20d")).toBe("?k=[redacted]");
  });
});

describe("the log", () => {
  it("writes a line of JSON with its level, fields and message", () => {
    const lines: string[] = [];
    createLog({ level: "info", format: "json", secrets: [], write: (line) => lines.push(line) }).info(
      { port: 1 },
      "up",
    );
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 30, port: 1, msg: "up" });
  });

  it("writes nothing below its level", () => {
    const lines: string[] = [];
    const log = createLog({ level: "warn", format: "json", secrets: [], write: (line) => lines.push(line) });
    log.info("quiet");
    log.warn("loud");
    expect(lines).toHaveLength(1);
  });

  it("writes logfmt without its secrets, also where one of digits was taken out of a number", () => {
    const lines: string[] = [];
    const secrets = ["opensesame", "123456"];
    const log = createLog({ level: "info", format: "logfmt", secrets, write: (line) => lines.push(line) });
    log.warn({ url: "h?k=opensesame", err: new Error("bad opensesame") }, "it is opensesame");
    log.info({ id: 123_456 }, "a number");
    expect(lines[0]).toMatch(/^time=\S+Z level=warn msg="it is \[redacted\]" pid=\d+ url="h\?k=\[redacted\]" .*\n$/);
    expect(lines[0]).toContain(' err.type=Error err.message="bad [redacted]" ');
    expect(lines[1]).toContain("a number");
    expect(lines.join("")).not.toMatch(/opensesame|123456/);
  });

  it.each([
    ["auto", true, "pretty"],
    ["auto", false, "json"],
    ["json", true, "json"],
    ["logfmt", true, "logfmt"],
    ["pretty", false, "pretty"],
  ] as const)("in the format %s, with a terminal: %j, is %s", (asked, isTerminal, want) => {
    expect(chooseLogFormat(asked, isTerminal)).toBe(want);
  });

  it("writes lines for people when it is pretty", () => {
    const lines: string[] = [];
    createLog({ level: "info", format: "pretty", secrets: ["opensesame"], write: (line) => lines.push(line) }).info(
      "up opensesame",
    );
    expect(lines.join("")).toContain("up [redacted]");
    expect(lines.join("")).not.toContain('"msg"');
  });

  it.each([
    ["a field", (log: ReturnType<typeof createLog>) => log.info({ deep: { key: "opensesame" } }, "x")],
    ["the message", (log: ReturnType<typeof createLog>) => log.info("key opensesame")],
    ["an error", (log: ReturnType<typeof createLog>) => log.error({ err: new Error("bad opensesame") }, "x")],
    [
      "the cause of an error",
      (log: ReturnType<typeof createLog>) =>
        log.error({ err: new Error("bad", { cause: new Error("opensesame") }) }, "x"),
    ],
    ["a child's fields", (log: ReturnType<typeof createLog>) => log.child({ url: "h?k=opensesame" }).info("x")],
  ])("keeps a secret out of %s", (_, write) => {
    const lines: string[] = [];
    write(createLog({ level: "info", format: "json", secrets: ["opensesame"], write: (line) => lines.push(line) }));
    expect(lines.join("")).toContain("[redacted]");
    expect(lines.join("")).not.toContain("opensesame");
  });
});

describe("the limited log", () => {
  function setUp(limit: { perMinute: number; keysMax?: number }) {
    const lines: { msg: string; suppressed?: number }[] = [];
    const log = createLog({
      level: "info",
      format: "json",
      secrets: [],
      write: (line) => lines.push(JSON.parse(line)),
    });
    const clock = manualClock();
    return { lines, clock, limited: limitLog(log, clock, limit) };
  }

  it("lets the first lines of a key through and tells how many more there were", () => {
    const { lines, clock, limited } = setUp({ perMinute: 2 });
    for (let line = 0; line < 5; line++) limited.warn("bad_value", {}, "refused");
    expect(lines.map((line) => line.msg)).toEqual(["refused", "refused"]);
    clock.advance(60_000);
    expect(lines.at(-1)).toMatchObject({ suppressed: 3, key: "bad_value" });
  });

  it("counts each key by itself and starts anew after a minute", () => {
    const { lines, clock, limited } = setUp({ perMinute: 1 });
    limited.warn("a", {}, "a1");
    limited.warn("b", {}, "b1");
    clock.advance(60_000);
    limited.warn("a", {}, "a2");
    expect(lines.map((line) => line.msg)).toEqual(["a1", "b1", "a2"]);
  });

  it("shares one count among keys beyond the most that it tells apart", () => {
    const { lines, limited } = setUp({ perMinute: 1, keysMax: 1 });
    for (const key of ["a", "b", "c", "d"]) limited.warn(key, {}, key);
    expect(lines.map((line) => line.msg)).toEqual(["a", "b"]);
  });
});
