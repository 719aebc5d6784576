import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInherited, probeInherited } from "../../../src/transport/stream/inherited.ts";
import { until } from "../../support/until.ts";
import { closeAll, listenOn, sendTo } from "./listening.ts";

const children: ChildProcess[] = [];
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyd-"));
});
afterEach(async () => {
  await closeAll();
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.signalCode === null) await once(child, "exit");
  }
  rmSync(folder, { recursive: true });
});

/** Listens on descriptor 3 in a worker thread, as a shard does, and prints what it hears. */
const CHILD = `
import { Worker, isMainThread } from "node:worker_threads";
import { fileURLToPath } from "node:url";
if (isMainThread) new Worker(fileURLToPath(import.meta.url));
else {
  const { openTransport } = await import(${JSON.stringify(new URL("../../../src/transport/registry.ts", import.meta.url).href)});
  const stream = { connectionsMax: 10, lineBytesMax: 1024, frameBytesMax: 8192, idleMs: 0, socketMode: 0o722 };
  const sink = { take: (bytes) => console.log(Buffer.from(bytes).toString().trim()), refuse: console.log };
  const options = { url: "fd://3", receiveBufferBytes: 0, reusePort: false, stream, loop: undefined };
  const { listener } = await openTransport(options, sink, console.log);
  console.log(listener.url, listener.reader);
}
`;

/** Starts a child with the listening socket as its descriptor 3, and closes it here: the child alone accepts. */
async function handOver(server: Server): Promise<() => string> {
  const { fd } = Reflect.get(server, "_handle") as { readonly fd: number };
  const script = join(folder, "child.mjs");
  writeFileSync(script, CHILD);
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit", fd] });
  children.push(child);
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  await until(() => output.includes("fd://3"));
  return () => output;
}

test("a TCP socket that a parent hands over is read as lines, in a worker thread", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const output = await handOver(server);
  expect(output()).toBe(`fd://3 stream (inherited tcp://127.0.0.1:${port})\n`);
  server.close();
  await sendTo(`tcp://127.0.0.1:${port}`, "a:1|c\nb:2|c\n");
  await until(() => output().endsWith("a:1|c\nb:2|c\n"));
});

test("a Unix socket that a parent hands over is read as frames or lines, and its file is left to the parent", async () => {
  const path = join(folder, "a.sock");
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, "listening");
  const output = await handOver(server);
  expect(output()).toBe("fd://3 stream (inherited Unix socket)\n");
  // The parent accepts here as well, and closes: clients come until the child has had one.
  await until(async () => {
    await sendTo(`unix://${path}`, Buffer.from("\x05\0\0\0a:1|c"));
    return output().endsWith("a:1|c\n");
  });
  children[0]?.kill("SIGKILL");
  if (children[0]?.signalCode === null) await once(children[0], "exit");
  expect(existsSync(path)).toBe(true);
  server.close();
});

test.each(["fd://9999", "fd://0"])("%s, which is no listening socket, is told as that", async (url) => {
  await expect(listenOn(openInherited, url)).rejects.toThrow(/no stream socket that can listen.*ListenStream=/);
});

test.each(["fd://", "fd://x", "fd://-1"])("%s is no descriptor", async (url) => {
  await expect(probeInherited(url)).rejects.toThrow(/fd:\/\/NUMBER/);
});
