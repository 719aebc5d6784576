import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";

vi.setConfig({ testTimeout: 30_000 });

const running: Tallyd[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((tallyd) => tallyd.end("SIGKILL")));
});

async function start(...args: Parameters<typeof startTallyd>): Promise<Tallyd> {
  const tallyd = await startTallyd(...args);
  running.push(tallyd);
  return tallyd;
}

test.each(["SIGTERM", "SIGINT"] as const)("%s ends an orderly process with 0 and says so", async (signal) => {
  const tallyd = await start();
  await send(tallyd.udpPort, ["a:1|c"]);
  expect(await tallyd.end(signal)).toBe(0);
  expect(tallyd.log.at(-1)?.msg).toBe("stopped");
});

test("a client that holds a connection open cannot keep the process from ending", async () => {
  const tallyd = await start();
  const socket = connect(Number(new URL(tallyd.http).port), "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write("GET /metrics HTTP/1.1\r\nhost: x\r\n");
  expect(await tallyd.end()).toBe(0);
  socket.destroy();
});

test("a second instance on the same UDP port does not start, and says what to do", async () => {
  const first = await start(["--shards", "2"]);
  const second = startTallyd(["--shards", "2", "--listen", `udp://127.0.0.1:${first.udpPort}`]);
  await expect(second).rejects.toThrow(
    /tallyd ended with code 1: .*udp:\/\/127\.0\.0\.1:\d+: cannot listen: another process already listens there .*--listen/s,
  );
  await send(first.udpPort, ["a:1|c"]);
  expect((await first.scrape()).get("a_total")).toBe(1);
});

test("a second instance on the same HTTP port does not start either", async () => {
  const first = await start();
  const port = new URL(first.http).port;
  await expect(startTallyd(["--http", `127.0.0.1:${port}`])).rejects.toThrow(
    /tallyd ended with code 1: .*HTTP cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)/s,
  );
});

test("it is ready once its shards listen, and healthy", async () => {
  const { http } = await start();
  expect((await fetch(`${http}/-/ready`)).status).toBe(200);
  expect((await fetch(`${http}/-/healthy`)).status).toBe(200);
});
