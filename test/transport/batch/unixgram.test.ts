import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, checked, loadLibc } from "../../../src/transport/libc.ts";
import { BatchLoop } from "../../../src/transport/batch/loop.ts";
import { createPlainBatchSink } from "../../../src/transport/batch/plain-sink.ts";
import { openTransport, probeTransport } from "../../../src/transport/registry.ts";
import { encodeUnixAddress } from "../../../src/transport/sockaddr.ts";
import { SHARD_OPTIONS } from "../../support/shard-options.ts";
import { createRig } from "./rig.ts";
import type { Rig } from "./rig.ts";

const libc = loadLibc();
let folder: string;
let path: string;
let url: string;
let rig: Rig;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyd-"));
  path = join(folder, "dsd.socket");
  url = `unixgram://${path}`;
  rig = createRig();
});
afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});

/** Sends without waiting; answers how many the receiver's queue took. */
function send(...datagrams: readonly (string | Uint8Array)[]): number {
  const fd = checked(libc, "socket", libc.socket(AF_UNIX, SOCK_DGRAM, 0));
  const address = encodeUnixAddress(path);
  let taken = 0;
  for (const datagram of datagrams) {
    const bytes = Buffer.from(datagram);
    const length = BigInt(bytes.length);
    const { pointerTo } = libc;
    if (libc.sendto(fd, pointerTo(bytes), length, MSG_DONTWAIT, pointerTo(address), address.length) >= 0n) taken++;
  }
  libc.close(fd);
  return taken;
}

function settle(): void {
  rig.loop.settle(performance.now() + 1_000);
}

test("datagrams arrive whole, and the file is there with its mode until the close", async () => {
  const transport = await rig.listen(url);
  expect(transport.listener).toEqual({ url, reader: "batch", receiveBufferBytes: 0 });
  expect(statSync(path).mode & 0o777).toBe(SHARD_OPTIONS.stream.socketMode);
  expect(send("a:1|c\nb:2|c", "", "x".repeat(8_192))).toBe(3);
  settle();
  expect(rig.taken.map(({ text }) => text)).toEqual(["a:1|c\nb:2|c", "", "x".repeat(8_192)]);
  await transport.close();
  expect(existsSync(path)).toBe(false);
});

test("a sender is known by its process", async () => {
  const pids: number[] = [];
  const plain = createPlainBatchSink({ take: () => {}, refuse: () => {} });
  const loop = new BatchLoop(
    {
      ...plain,
      takeBatch(place, first, end, processOf) {
        for (let message = first; message < end; message++) pids.push(processOf?.(message) ?? -1);
        return plain.takeBatch(place, first, end);
      },
    },
    20,
  );
  loop.hold();
  const options = { url, receiveBufferBytes: 0, reusePort: false, stream: SHARD_OPTIONS.stream, loop };
  const transport = await openTransport(options, { take: () => {}, refuse: () => {} }, () => {});
  for (let round = 0; round < 3; round++) {
    send("a:1|c", "b:1|c");
    loop.settle(performance.now() + 1_000);
  }
  await transport.close();
  expect(pids).toEqual(Array.from({ length: 6 }, () => process.pid));
});

test("a full queue makes senders wait: what it took arrives, and nothing is dropped unseen", async () => {
  await rig.listen(url);
  let taken = 0;
  for (let round = 0; round < 5; round++) {
    taken += send(...Array.from({ length: 2_000 }, (_, index) => `n${index}:1|c`));
    settle();
  }
  expect(taken).toBeLessThan(10_000);
  expect(rig.taken).toHaveLength(taken);
});

test("a datagram above 65,536 bytes loses its end, and that is counted", async () => {
  const { counters } = await rig.listen(url);
  expect(send("a".repeat(65_536), "b".repeat(65_537), "c".repeat(100_000))).toBe(3);
  settle();
  expect(rig.taken.map(({ text }) => text.length)).toEqual([65_536, 65_536, 65_536]);
  expect(counters?.()).toMatchObject({ truncated: 2 });
});

describe("what is at the path", () => {
  test("a socket that nobody listens on any more is replaced", async () => {
    const fd = checked(libc, "socket", libc.socket(AF_UNIX, SOCK_DGRAM, 0));
    const address = encodeUnixAddress(path);
    checked(libc, "bind", libc.bind(fd, libc.pointerTo(address), address.length));
    libc.close(fd);
    expect(existsSync(path)).toBe(true);
    await rig.listen(url);
    expect(send("alive")).toBe(1);
  });

  test("a socket that somebody listens on is an error that says what to do", async () => {
    await rig.listen(url);
    await expect(createRig().listen(url)).rejects.toThrow(/another process already listens there \(find it: ss/);
    await expect(probeTransport(url)).rejects.toThrow("another process already listens there");
    const stream = createServer().listen(join(folder, "stream"));
    await once(stream, "listening");
    await expect(rig.listen(`unixgram://${join(folder, "stream")}`)).rejects.toThrow("already listens there");
    stream.close();
  });

  test("a file that is no socket is left alone", async () => {
    writeFileSync(path, "precious");
    await expect(rig.listen(url)).rejects.toThrow("no socket");
    expect(statSync(path).size).toBe(8);
  });

  test("a folder that is missing, and a path that is too long, are named", async () => {
    await expect(rig.listen(`unixgram://${folder}/none/a`)).rejects.toThrow("does not exist");
    await expect(rig.listen(`unixgram://${folder}/${"x".repeat(120)}`)).rejects.toThrow("may have 107");
  });
});

test("without the batch loop it cannot be read", async () => {
  const options = { url, receiveBufferBytes: 0, reusePort: false, stream: SHARD_OPTIONS.stream };
  await expect(openTransport(options, { take: () => {}, refuse: () => {} }, () => {})).rejects.toThrow("batch loop");
});
