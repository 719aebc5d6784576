import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, test } from "vitest";
import { openCapture } from "../../src/capture/file.ts";
import { replay } from "../../src/cli/replay.ts";
import { systemClock } from "../../src/std/clock.ts";
import { AGENT_FILE, AGENT_PAYLOADS } from "../capture/agent-file.ts";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";
import { recorder } from "./terminal.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tallyd-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const servers: { end(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.end()));
});

const agentFile = join(folder, "agent.dog");
writeFileSync(agentFile, AGENT_FILE);

async function serve(...args: readonly string[]): Promise<Tallyd> {
  const tallyd = await startTallyd(args);
  servers.push(tallyd);
  return tallyd;
}

interface Run {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly code: Promise<number | null>;
}

function run(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return { child, text: () => text, code: once(child, "close").then(([code]) => code as number | null) };
}

async function payloadsIn(path: string): Promise<string[]> {
  const { pieces, report } = await openCapture(path);
  const payloads: string[] = [];
  for await (const records of pieces) payloads.push(...records.map(({ payload }) => Buffer.from(payload).toString()));
  expect(report).toMatchObject({ ending: "whole", refused: 0 });
  return payloads;
}

/** Runs `replay` in this process, where only signals are missing. */
async function replayHere(path: string, to: string, flags: { speed?: string; loop?: string } = {}) {
  const terminal = recorder();
  const host = { clock: systemClock, onSignal: () => {}, exit: () => {} };
  const code = await replay(path, { to, speed: "max", loop: "1", ...flags }, terminal, host);
  return { code, printed: terminal.printed.join("\n"), complained: terminal.complained.join("\n") };
}

describe("tallyd capture", () => {
  it("writes what arrives until SIGINT, and what it wrote replays to equal counts", async () => {
    const path = join(folder, "live.dog.zstd");
    const capture = run("capture", "--listen", "udp://127.0.0.1:0", "--out", path);
    await until(() => /127\.0\.0\.1:\d+ into/.test(capture.text()), 15_000);
    const port = Number(/127\.0\.0\.1:(\d+) into/.exec(capture.text())?.[1]);
    const texts = Array.from({ length: 200 }, (_, index) => `captured.lines:${index}|c|#part:${index % 7}`);
    await send(port, texts);
    await until(() => existsSync(`${path}.part`));
    capture.child.kill("SIGINT");
    expect(await capture.code).toBe(0);
    expect(capture.text()).toMatch(/200 datagrams, .* on the disk; stopped/);
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(await payloadsIn(path)).toEqual(texts);

    const tallyd = await serve();
    const replayed = run("replay", path, "--to", `udp://127.0.0.1:${tallyd.udpPort}`, "--speed", "max");
    expect(await replayed.code).toBe(0);
    expect(replayed.text()).toMatch(/200 datagrams, \d+ bytes in .*; 0 errors/);
    const samples = [...(await tallyd.scrape())].filter(([name]) => name.startsWith("captured_lines_total"));
    expect(samples).toHaveLength(7);
    expect(samples.reduce((sum, [, value]) => sum + value, 0)).toBe((199 * 200) / 2);
  });

  it("ends by time and by size", async () => {
    const path = join(folder, "timed.dog");
    const capture = run("capture", "--listen", "udp://127.0.0.1:0", "--out", path, "--seconds", "0.2", "--compress", "none");
    expect(await capture.code).toBe(0);
    expect(capture.text()).toContain("0 datagrams, 16B, 16B on the disk; time is up");
    expect(readFileSync(path)).toHaveLength(16);
  });

  it.each([
    ["--seconds", "0", "--seconds is a number above 0"],
    ["--seconds", "1e99", "--seconds is a number above 0"],
    ["--max-bytes", "much", "--max-bytes is a size"],
    ["--max-bytes", "5", "4096 bytes at least"],
    ["--compress", "gzip", "--compress is zstd or none"],
  ])("refuses %s %s", async (flag, value, want) => {
    const capture = run("capture", "--out", join(folder, "never"), flag, value);
    expect(await capture.code).toBe(2);
    expect(capture.text()).toContain(want);
  });

  it("says when it cannot write or listen", async () => {
    const nowhere = run("capture", "--listen", "udp://127.0.0.1:0", "--out", join(folder, "none", "file"));
    expect(await nowhere.code).toBe(1);
    expect(nowhere.text()).toContain("there is no such file or folder");
    const tallyd = await serve();
    const taken = run("capture", "--listen", `udp://127.0.0.1:${tallyd.udpPort}`, "--out", join(folder, "never"));
    expect(await taken.code).toBe(1);
    expect(taken.text()).toContain("another process already listens there");
  });
});

describe("tallyd replay", () => {
  it("sends an Agent's capture again, as often as asked", async () => {
    const tallyd = await serve();
    const { code, printed } = await replayHere(agentFile, `udp://127.0.0.1:${tallyd.udpPort}`, { loop: "5" });
    expect(code).toBe(0);
    expect(printed).toMatch(/10 datagrams, 1310 bytes in .*; 0 errors/);
    await until(async () => (await tallyd.scrape()).get("tallyd_lines_received_total") === 10);
    expect((await tallyd.status()).ledger).toMatchObject({ received: 10, accepted: 10, balance: 0 });
  });

  it("keeps the recorded pace", async () => {
    const tallyd = await serve();
    // The file's two records are 791 ms apart.
    const startMs = performance.now();
    await replayHere(agentFile, `udp://127.0.0.1:${tallyd.udpPort}`, { speed: "2" });
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(394);
    expect(tookMs).toBeLessThan(3_000);
  });

  it("warns of a file that is cut and sends what is whole", async () => {
    const path = join(folder, "cut.dog");
    writeFileSync(path, AGENT_FILE.subarray(0, 200));
    const tallyd = await serve();
    const { code, printed, complained } = await replayHere(path, `udp://127.0.0.1:${tallyd.udpPort}`);
    expect([code, /1 datagrams/.test(printed)]).toEqual([0, true]);
    expect(complained).toContain("warning");
    expect(complained).toContain("ends within a record");
  });

  it("fails on a file that is damaged, after what could be read", async () => {
    const path = join(folder, "damaged.dog");
    writeFileSync(path, Buffer.concat([AGENT_FILE.subarray(0, 8 + 151), Buffer.alloc(100, 0xff)]));
    const tallyd = await serve();
    const { code, printed, complained } = await replayHere(path, `udp://127.0.0.1:${tallyd.udpPort}`);
    expect([code, /1 datagrams/.test(printed)]).toEqual([1, true]);
    expect(complained).toContain("is damaged");
  });

  it("counts the datagrams that nobody took, and fails", async () => {
    // A port that is free at this moment: the kernel refuses every datagram but the first one on the socket.
    const { code, printed, complained } = await replayHere(agentFile, `udp://127.0.0.1:${await freePort()}`, { loop: "20" });
    expect(code).toBe(1);
    expect(printed).toMatch(/; [1-9]\d* errors/);
    expect(complained).toContain("nobody listens there");
  });

  test.each([
    [{ speed: "0" }, "--speed is max or a number above 0"],
    [{ speed: "fast" }, "--speed is max or a number above 0"],
    [{ loop: "-1" }, "--loop is a whole number"],
    [{ loop: "1.5" }, "--loop is a whole number"],
  ])("refuses %j", async (flags, want) => {
    const { code, complained } = await replayHere(agentFile, "udp://127.0.0.1:9", flags);
    expect(code).toBe(2);
    expect(complained).toContain(want);
  });

  test.each([
    ["carrier-pigeon://x", "a target starts with one of udp://, tcp://, unix://, unixgram://"],
    ["udp://", "a target is udp://HOST:PORT"],
    ["tcp://127.0.0.1", "a target is tcp://HOST:PORT"],
    ["unix://", "names a socket's path"],
    ["unix:///no/such/socket", "there is no such socket"],
    ["unixgram:///no/such/socket", "there is no such socket"],
    [`unixgram:///${"x".repeat(200)}`, "at most 107 bytes"],
  ])("refuses to send to %s", async (to, want) => {
    const { code, complained } = await replayHere(agentFile, to);
    expect(code).toBe(1);
    expect(complained).toContain(want);
  });

  it("names a file that is no capture", async () => {
    const { code, complained } = await replayHere(MAIN, "udp://127.0.0.1:9");
    expect(code).toBe(1);
    expect(complained).toContain("is no capture");
  });

  it("sends newline-terminated lines over TCP and length-prefixed frames to a Unix stream", async () => {
    const lines = await collect({ host: "127.0.0.1", port: 0 });
    const { port } = lines.server.address() as { port: number };
    expect((await replayHere(agentFile, `tcp://127.0.0.1:${port}`)).code).toBe(0);
    expect((await lines.bytes).toString()).toBe(AGENT_PAYLOADS.join(""));

    const socket = join(folder, "stream.sock");
    const frames = await collect({ path: socket });
    expect((await replayHere(agentFile, `unix://${socket}`)).code).toBe(0);
    const prefix = Buffer.from("83000000", "hex");
    expect(await frames.bytes).toEqual(Buffer.concat(AGENT_PAYLOADS.flatMap((text) => [prefix, Buffer.from(text)])));
  });

  it("stops when the other side of a stream goes, and says so", async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { code, complained } = await replayHere(agentFile, `tcp://127.0.0.1:${port}`, { loop: "100000" });
    server.close();
    expect(code).toBe(1);
    expect(complained).toContain("the target takes nothing more");
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A server that keeps what its only client sends. */
async function collect(options: object): Promise<{ server: Server; bytes: Promise<Buffer> }> {
  const { promise: bytes, resolve } = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => {
      server.close();
      resolve(Buffer.concat(chunks));
    });
  });
  server.listen(options);
  await once(server, "listening");
  return { server, bytes };
}
