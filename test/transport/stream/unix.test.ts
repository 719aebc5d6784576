import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { libcIfAny } from "../../../src/load/system-host.ts";
import { loadLibc } from "../../../src/transport/libc.ts";
import { openUnix, probeUnix } from "../../../src/transport/stream/unix.ts";
import { PATH_BYTES_MAX } from "../../../src/transport/stream/unix-path.ts";
import { until } from "../../support/until.ts";
import { closeAll, connectTo, listenOn, sendTo } from "./listening.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyd-"));
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => `unix://${join(folder, name)}`;

function frame(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

/** Leaves a socket file behind, as a process does that is killed. */
function leaveSocket(path: string): void {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  try {
    execFileSync(process.execPath, ["-e", script], { stdio: "ignore" });
  } catch {
    // It was killed, as it should be.
  }
  if (!existsSync(path)) throw new Error("the socket file is gone");
}

test("frames and lines are read on one socket, as each client begins", async () => {
  const { url, lines, senders, refused, transport } = await listenOn(openUnix, at("a.sock"));
  expect(transport.listener).toEqual({ url, reader: "stream", receiveBufferBytes: 0 });
  await sendTo(url, frame("a:1|c\nb:2|c"), frame("c:3|c"));
  await until(() => lines.length === 3);
  await sendTo(url, "d:4|c\ne:5|c\n");
  await until(() => lines.length === 5);
  expect(lines).toEqual(["a:1|c", "b:2|c", "c:3|c", "d:4|c", "e:5|c"]);
  // The clients are this process.
  const sender = libcIfAny(loadLibc) === undefined ? "" : `pid ${process.pid}`;
  expect([refused, [...senders]]).toEqual([[], [`${sender}:0`]]);
});

test("a frame that is too large closes that connection and no other", async () => {
  const { url, lines, refused, count } = await listenOn(openUnix, at("a.sock"), { frameBytesMax: 8_192 });
  const other = await connectTo(url);
  await sendTo(url, frame("a:1|c"), Buffer.from([0x08, 0x20, 0, 0]), "x".repeat(100));
  await until(() => count("connections_frame_cut") === 1);
  expect([lines, refused]).toEqual([["a:1|c"], [["frame_length", "\x08\x20\0\0"]]]);
  other.end(frame("b:2|c"));
  await until(() => lines.length === 2);
});

test.each([0o722, 0o600, 0o777])("the socket file has the mode %o and is gone after close", async (socketMode) => {
  const { transport } = await listenOn(openUnix, at("a.sock"), { socketMode });
  expect(statSync(join(folder, "a.sock")).mode & 0o777).toBe(socketMode);
  await transport.close();
  expect(existsSync(join(folder, "a.sock"))).toBe(false);
});

test("a socket file that nobody listens on is replaced", async () => {
  leaveSocket(join(folder, "a.sock"));
  await probeUnix(at("a.sock"));
  const { url, lines } = await listenOn(openUnix, at("a.sock"));
  await sendTo(url, "a:1|c\n");
  await until(() => lines.length === 1);
});

test("a live socket is an error that says what to do, and goes on living", async () => {
  const { url, lines } = await listenOn(openUnix, at("a.sock"));
  await expect(listenOn(openUnix, url)).rejects.toThrow(/another process already listens there .*ss -xlp.*--listen/);
  await expect(probeUnix(url)).rejects.toThrow("another process");
  await sendTo(url, "a:1|c\n");
  await until(() => lines.length === 1);
});

test("what is no socket is never removed", async () => {
  writeFileSync(join(folder, "precious"), "data");
  await expect(listenOn(openUnix, at("precious"))).rejects.toThrow(/no socket is at this path, and it was left alone/);
  await expect(listenOn(openUnix, `unix://${folder}`)).rejects.toThrow(/left alone/);
  expect(existsSync(join(folder, "precious"))).toBe(true);
});

test("a folder that does not exist is told as that", async () => {
  await expect(listenOn(openUnix, at("none/a.sock"))).rejects.toThrow(/none does not exist; make it first/);
  await expect(probeUnix("unix://no-such-folder/a.sock")).rejects.toThrow("unix:///no-such-folder/a.sock");
});

test("a path may have as many bytes as a socket's name, and no more", async () => {
  const room = PATH_BYTES_MAX - Buffer.byteLength(folder) - 1;
  const { url, lines } = await listenOn(openUnix, at("p".repeat(room)));
  await sendTo(url, "a:1|c\n");
  await until(() => lines.length === 1);
  await expect(listenOn(openUnix, at("p".repeat(room + 1)))).rejects.toThrow(
    `the path has ${PATH_BYTES_MAX + 1} bytes and a socket's may have ${PATH_BYTES_MAX}`,
  );
});
