import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, test } from "vitest";
import { openCapture } from "../../src/capture/file.ts";
import { capture } from "../../src/cli/capture.ts";
import type { CaptureFlags } from "../../src/cli/capture.ts";
import { replay } from "../../src/cli/replay.ts";
import { systemClock } from "../../src/std/clock.ts";
import { AGENT_FILE, AGENT_PAYLOADS } from "../capture/agent-file.ts";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { openTarget } from "../../src/transport/target/open.ts";
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
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return { child, text: () => text, code: once(child, "close").then(([code]) => code as number | null) };
}

async function payloadsIn(path: string): Promise<string[]> {
  const { pieces, report } = await openCapture(path);
  const payloads: string[] = [];
  for await (const records of pieces) payloads.push(...records.map(({ payload }) => Buffer.from(payload).toString()));
  expect(report).toMatchObject({ ending: "whole", refused: 0 });
  return payloads;
}

const host = { clock: systemClock, onSignal: () => {}, exit: () => {} };

async function captureHere(flags: Partial<CaptureFlags>) {
  const terminal = recorder();
  const defaults = { listen: ["udp://127.0.0.1:0"], out: join(folder, "never"), maxBytes: "1MiB", compress: "zstd" };
  const code = await capture({ ...defaults, ...flags }, terminal, host);
  return { code, printed: terminal.printed.join("\n"), complained: terminal.complained.join("\n") };
}

/** A socket that keeps what it receives. */
async function receive(): Promise<{ port: number; received: string[] }> {
  const socket = createSocket("udp4");
  const received: string[] = [];
  socket.on("message", (bytes) => received.push(bytes.toString()));
  socket.bind({ address: "127.0.0.1", port: 0 });
  await once(socket, "listening");
  servers.push({ end: () => socket.close() });
  return { port: socket.address().port, received };
}

/** Runs `replay` in this process, where only signals are missing. */
async function replayHere(path: string, to: string, flags: { speed?: string; loop?: string } = {}) {
  const terminal = recorder();
  const code = await replay(path, { to, speed: "max", loop: "1", ...flags }, terminal, host);
  return { code, printed: terminal.printed.join("\n"), complained: terminal.complained.join("\n") };
}

describe("tallyd capture", () => {
  it("writes what arrives until SIGINT, and what it wrote replays to equal counts", async () => {
    const path = join(folder, "live.dog.zstd");
    const capturing = run("capture", "--listen", "udp://127.0.0.1:0", "--out", path);
    await until(() => /127\.0\.0\.1:\d+ into/.test(capturing.text()));
    const port = Number(/127\.0\.0\.1:(\d+) into/.exec(capturing.text())?.[1]);
    const texts = Array.from({ length: 200 }, (_, index) => `captured.lines:${index}|c|#part:${index % 7}`);
    await send(port, texts);
    await until(() => existsSync(`${path}.part`));
    capturing.child.kill("SIGINT");
    expect(await capturing.code).toBe(0);
    expect(capturing.text()).toMatch(/200 datagrams, .* on the disk; stopped/);
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(await payloadsIn(path)).toEqual(texts);

    const tallyd = await serve();
    const replayed = await replayHere(path, `udp://127.0.0.1:${tallyd.udpPort}`);
    expect(replayed.code).toBe(0);
    expect(replayed.printed).toMatch(/200 datagrams, \d+ bytes in .*; 0 errors/);
    const samples = [...(await tallyd.scrape())].filter(([name]) => name.startsWith("captured_lines_total"));
    expect(samples).toHaveLength(7);
    expect(samples.reduce((sum, [, value]) => sum + value, 0)).toBe((199 * 200) / 2);
  }, 60_000);

  it("reads Unix datagrams too", async () => {
    const [path, socket] = [join(folder, "unix.dog"), join(folder, "capture.sock")];
    const capturing = run("capture", "--listen", `unixgram://${socket}`, "--out", path, "--compress", "none");
    await until(() => capturing.text().includes(`${socket} into`));
    const target = await openTarget({ scheme: "unixgram", path: socket });
    const texts = Array.from({ length: 500 }, (_, index) => `unix.lines:${index}|c`);
    for (const text of texts) await target.send(Buffer.from(text));
    await target.close();
    capturing.child.kill("SIGINT");
    expect(await capturing.code).toBe(0);
    expect(await payloadsIn(path)).toEqual(texts);
    expect(existsSync(socket)).toBe(false);
  });

  it("ends when its time is up", async () => {
    const path = join(folder, "timed.dog");
    const { code, printed } = await captureHere({ out: path, seconds: "0.2", compress: "none" });
    expect(code).toBe(0);
    expect(printed).toContain("0 datagrams, 16B, 16B on the disk; time is up");
    expect(readFileSync(path)).toHaveLength(16);
  });

  it.each([
    [{ seconds: "0" }, "--seconds is a number above 0"],
    [{ seconds: "1e99" }, "--seconds is a number above 0"],
    [{ maxBytes: "much" }, "--max-bytes is a size"],
    [{ maxBytes: "5" }, "4096 bytes at least"],
    [{ compress: "gzip" }, "--compress is zstd or none"],
    [{ out: "" }, "--out is the name of the file to write"],
    [{ listen: ["127.0.0.1:8125"] }, "write udp://127.0.0.1:8125"],
    [{ listen: ["http://127.0.0.1:8125"] }, "has the unknown scheme http"],
    [{ listen: ["systemd://"] }, "asks for sockets of systemd, but there are none"],
  ])("refuses %j", async (flags, want) => {
    const { code, complained } = await captureHere(flags);
    expect(code).toBe(2);
    expect(complained).toContain(want);
  });

  it("puts no file in the place of a folder or a socket, and says so before it listens", async () => {
    const socket = join(folder, "in-the-way.sock");
    const server = createServer().listen(socket);
    await once(server, "listening");
    for (const [out, why] of [
      [folder, "it is a folder"],
      [socket, "it is a pipe, a device or a socket"],
    ] as const) {
      const { code, complained } = await captureHere({ out, seconds: "0.01" });
      expect(code).toBe(1);
      expect(complained).toContain(`cannot write ${out}: ${why}`);
      expect(complained).not.toContain("capturing");
    }
    server.close();
  });

  it("listens as serve does", async () => {
    const socket = join(folder, "alias.sock");
    const { code, complained } = await captureHere({
      listen: ["UDP://127.0.0.1:0/", `unixstream://${socket}`],
      out: join(folder, "alias.dog"),
      seconds: "0.01",
    });
    expect([code, complained]).toEqual([0, expect.stringMatching(/udp:\/\/127.*, unix:\/\/.*alias\.sock into/)]);
  });

  it("says when it cannot write or listen", async () => {
    for (const compress of ["none", "zstd"]) {
      const { code, complained } = await captureHere({ out: join(folder, "none", "file"), compress });
      expect(code).toBe(1);
      expect(complained).toContain("there is no such file or folder");
    }
    const { port } = await receive();
    const taken = await captureHere({ listen: [`udp://127.0.0.1:${port}`] });
    expect(taken.code).toBe(1);
    expect(taken.complained).toContain("another process already listens there");
    const lost = await captureHere({ listen: [`unixgram://${join(folder, "none", "x.sock")}`] });
    expect(lost.complained).toContain("does not exist");
  });
});

describe("GET /api/capture of a running server", () => {
  it.each(["batch", "dgram"])(
    "(UDP read by %s) gives what it receives meanwhile; replayed, that counts the same",
    async (transport) => {
      const tallyd = await serve("--transport", transport);
      await send(tallyd.udpPort, ["before.capture:1|c"]);
      const answer = await fetch(`${tallyd.http}/api/capture?seconds=60&max_bytes=20kB&compress=zstd`);
      expect(answer.status).toBe(200);
      expect((await fetch(`${tallyd.http}/api/capture?seconds=1`)).status).toBe(409);
      // Until the size ends it: no fixed time is right on every machine.
      let sent = 0;
      const file = answer.arrayBuffer();
      let isEnded = false;
      void file.then(() => (isEnded = true));
      await until(async () => {
        await send(
          tallyd.udpPort,
          Array.from({ length: 50 }, () => `live.lines:${sent++}|c|#from:${sent % 3}\nlive.other:1|c`),
        );
        return isEnded;
      });
      const path = join(folder, `http-${transport}.dog.zstd`);
      writeFileSync(path, new Uint8Array(await file));
      const payloads = await payloadsIn(path);
      expect(payloads.length).toBeGreaterThan(200);
      // In order and without a gap, from the first that was seen on.
      const first = Number(/live\.lines:(\d+)/.exec(payloads[0] ?? "")?.[1]);
      const numbers = payloads.map((text) => Number(/live\.lines:(\d+)/.exec(text)?.[1]));
      expect(numbers).toEqual(numbers.map((_, index) => first + index));

      const other = await serve();
      expect((await replayHere(path, `udp://127.0.0.1:${other.udpPort}`, { speed: "1000" })).code).toBe(0);
      await until(async () => (await other.status()).ledger.received === 2 * payloads.length);
      const page = await other.scrape();
      expect(page.get("live_other_total")).toBe(payloads.length);
      const sum = [0, 1, 2].reduce((total, from) => total + (page.get(`live_lines_total{from="${from}"}`) ?? 0), 0);
      expect(sum).toBe(numbers.reduce((total, number) => total + number, 0));
      expect(tallyd.text()).toContain("a capture has ended");
    },
    60_000,
  );

  it("ends whole when the server is told to stop", async () => {
    const tallyd = await serve();
    const answer = await fetch(`${tallyd.http}/api/capture?seconds=600`);
    await send(tallyd.udpPort, ["last.words:1|c"]);
    const bytes = answer.arrayBuffer();
    expect(await tallyd.end()).toBe(0);
    const path = join(folder, "stopped.dog");
    writeFileSync(path, new Uint8Array(await bytes));
    expect(await payloadsIn(path)).toEqual(["last.words:1|c"]);
  }, 60_000);
});

describe("tallyd replay", () => {
  it("sends an Agent's capture again, as often as asked", async () => {
    const tallyd = await serve();
    const { code, printed } = await replayHere(agentFile, `udp://127.0.0.1:${tallyd.udpPort}`, { loop: "5" });
    expect(code).toBe(0);
    expect(printed).toMatch(/10 datagrams, 1310 bytes in .*; 0 errors/);
    await until(async () => (await tallyd.scrape()).get("tallyd_lines_total") === 10);
    expect((await tallyd.status()).ledger).toMatchObject({ received: 10, accepted: 10, balance: 0 });
  }, 60_000);

  it("sends to every kind of listener that the server has", async () => {
    const tallyd = await serve(
      ...["udp://127.0.0.1:0", "tcp://127.0.0.1:0", `unix://${folder}/s.sock`, `unixgram://${folder}/d.sock`].flatMap(
        (url) => ["--listen", url],
      ),
    );
    const { listening = [] } = tallyd.log.find((line) => line.listening !== undefined) ?? {};
    expect(listening).toHaveLength(4);
    for (const [index, to] of listening.entries()) {
      expect(await replayHere(agentFile, to, { loop: "50" })).toMatchObject({ code: 0, complained: "" });
      const lines = 100 * (index + 1);
      await until(async () => (await tallyd.scrape()).get("tallyd_lines_total") === lines);
    }
    expect((await tallyd.status()).ledger).toMatchObject({ received: 400, accepted: 400, balance: 0 });
  }, 60_000);

  it("keeps the recorded pace", async () => {
    const { port } = await receive();
    // The file's two records are 791 ms apart.
    const startMs = performance.now();
    await replayHere(agentFile, `udp://127.0.0.1:${port}`, { speed: "2" });
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(394);
    expect(tookMs).toBeLessThan(30_000);
  });

  it("warns of a file that is cut and sends what is whole", async () => {
    const path = join(folder, "cut.dog");
    writeFileSync(path, AGENT_FILE.subarray(0, 200));
    const { port, received } = await receive();
    const { code, printed, complained } = await replayHere(path, `udp://127.0.0.1:${port}`);
    await until(() => received.length === 1);
    expect([code, /1 datagrams/.test(printed)]).toEqual([0, true]);
    expect(complained).toContain("warning");
    expect(complained).toContain("ends within a record");
  });

  it("fails on a file that is damaged, after what could be read", async () => {
    const path = join(folder, "damaged.dog");
    writeFileSync(path, Buffer.concat([AGENT_FILE.subarray(0, 8 + 151), Buffer.alloc(100, 0xff)]));
    const { port, received } = await receive();
    const { code, printed, complained } = await replayHere(path, `udp://127.0.0.1:${port}`);
    await until(() => received.length === 1);
    expect([code, /1 datagrams/.test(printed)]).toEqual([1, true]);
    expect(complained).toContain("is damaged");
  });

  it("counts the datagrams that nobody took, and fails", async () => {
    // A port that is free at this moment: the kernel refuses every datagram but the first one on the socket.
    const { code, printed, complained } = await replayHere(agentFile, `udp://127.0.0.1:${await freePort()}`, {
      loop: "20",
    });
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
    ["carrier-pigeon://x", "--to: a target is udp://HOST:PORT"],
    ["udp://", "--to: a target is udp://HOST:PORT"],
    ["tcp://127.0.0.1:99999", "--to: a port is a number from 1 to 65535"],
    ["unix://", "--to: a target is udp://HOST:PORT"],
    [`unixgram:///${"x".repeat(200)}`, "at most 107 bytes"],
  ])("refuses to send to %s, which is no target", async (to, want) => {
    const { code, complained } = await replayHere(agentFile, to);
    expect(code).toBe(2);
    expect(complained).toContain(want);
  });

  test.each(["unix", "unixgram"])("fails where there is no socket for %s", async (scheme) => {
    const { code, complained } = await replayHere(agentFile, `${scheme}:///no/such/socket`);
    expect(code).toBe(1);
    expect(complained).toContain("there is no such socket (ENOENT)");
  });

  it("names a file that is no capture", async () => {
    const { code, complained } = await replayHere(MAIN, "udp://127.0.0.1:9");
    expect(code).toBe(1);
    expect(complained).toContain("is no capture");
  });

  it("says when there is no file, and nothing more", async () => {
    const missing = await replayHere(join(folder, "nowhere.dog"), "udp://127.0.0.1:9");
    expect(missing).toMatchObject({ code: 1, printed: "" });
    expect(missing.complained).toContain("nowhere.dog: there is no such file or folder");
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
