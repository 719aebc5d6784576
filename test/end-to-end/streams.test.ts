import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StatsD } from "hot-shots";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Status } from "../../src/model/status.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

vi.setConfig({ testTimeout: 40_000 });

let folder = "";
const ends: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyd-"));
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  rmSync(folder, { recursive: true });
});

async function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Tallyd> {
  const tallyd = await startTallyd(["--listen", "udp://127.0.0.1:0", ...args], environment);
  ends.push(() => tallyd.end("SIGKILL"));
  return tallyd;
}

/** The address that the server gave to its listener of a scheme. */
function listenerOf({ log }: Tallyd, scheme: string): string {
  const url = log.flatMap(({ listening }) => listening ?? []).find((each) => each.startsWith(`${scheme}://`));
  if (url === undefined) throw new Error(`no listener ${scheme}`);
  return url;
}

async function connectTo(place: number | string): Promise<Socket> {
  const socket = typeof place === "number" ? connect(place, "127.0.0.1") : connect(place);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket.resume();
}

const portOf = (url: string): number => Number(new URL(url).port);

test("every kind of stream at once: clients, frames and lines add up to the line, hostile ones beside them", async () => {
  const path = join(folder, "stream.sock");
  const tallyd = await start(["--listen", "tcp://127.0.0.1:0", "--listen", `unix://${path}`], {
    TALLYD_STREAM_LINE_BYTES_MAX: "1KiB",
    TALLYD_STREAM_CONNECTIONS_MAX: "20",
  });
  const port = portOf(listenerOf(tallyd, "tcp"));
  const client = new StatsD({ protocol: "tcp", host: "127.0.0.1", port, maxBufferSize: 500, bufferFlushInterval: 5 });
  for (let i = 0; i < 1_000; i++) client.increment("hits", 2);
  const frames = await connectTo(path);
  for (let i = 0; i < 100; i++) frames.write(Buffer.from("\x0f\0\0\0hits:3|c\nx:1|g\n"));
  const hostile = await connectTo(port);
  hostile.write(Buffer.alloc(3 << 20, "x"));
  const cut = await connectTo(port);
  cut.end("hits:1|c\nhits:1000000|c");
  const crowd = await Promise.all(Array.from({ length: 40 }, () => connectTo(port)));

  const received = 1_000 + 200 + 1 + 2;
  await until(async () => (await tallyd.status()).ledger.received === received);
  await until(() => hostile.closed && crowd.filter(({ closed }) => closed).length >= 20);
  expect((await tallyd.scrape()).get("hits_total")).toBe(2 * 1_000 + 3 * 100 + 1);
  const { ledger } = await tallyd.status();
  expect(ledger).toMatchObject({
    received,
    accepted: 1_000 + 200 + 1,
    rejected: { line_too_long: 1, stream_cut: 1, frame_length: 0 },
    balance: 0,
  });
  await new Promise((resolve) => client.close(resolve));
  expect(await tallyd.end()).toBe(0);
  expect(existsSync(path)).toBe(false);
  for (const socket of [frames, ...crowd]) socket.destroy();
});

test("a second instance does not take a socket file that is in use", async () => {
  const path = join(folder, "stream.sock");
  await start(["--listen", `unix://${path}`]);
  await expect(startTallyd(["--listen", `unix://${path}`])).rejects.toThrow(
    /ended with code 1: .*another process already listens there/s,
  );
  expect(existsSync(path)).toBe(true);
});

test("systemd:// reads the sockets that the process was started with", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { fd } = Reflect.get(server, "_handle") as { readonly fd: number };
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const flags = ["serve", "--http", "127.0.0.1:0", "--listen", "systemd://metrics"];
  // As systemd does: the variable names the process itself, which only that process knows.
  const child = spawn("sh", ["-c", 'LISTEN_PID=$$ exec "$0" "$@"', process.execPath, main, ...flags], {
    env: { PATH: process.env["PATH"], LISTEN_FDS: "1", LISTEN_FDNAMES: "metrics" },
    stdio: ["ignore", "pipe", "inherit", fd],
  });
  const ended = once(child, "exit");
  ends.push(() => {
    child.kill("SIGKILL");
    return ended;
  });
  let log = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (log += text));
  await until(() => log.includes('"listening":["fd://3"]'));
  server.close();
  const http = /"http":"([^"]+)"/.exec(log)?.[1] ?? "";
  (await connectTo(port)).end("a:5|c\n");
  const accepted = async (): Promise<number> => {
    const status = (await (await fetch(`${http}/api/status`)).json()) as Status;
    return status.ledger.accepted;
  };
  await until(async () => (await accepted()) === 1);
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
});
