import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BatchLoop } from "../../../src/transport/batch/loop.ts";
import type { BatchSink } from "../../../src/transport/batch/loop.ts";
import { createPlainBatchSink } from "../../../src/transport/batch/plain-sink.ts";
import { MESSAGES } from "../../../src/transport/batch/ring.ts";
import { openUdpBatch } from "../../../src/transport/batch/udp-batch.ts";
import { parseUdpUrl } from "../../../src/transport/udp-address.ts";
import { SHARD_OPTIONS } from "../../support/shard-options.ts";
import { until } from "../../support/until.ts";
import { createRig, sendTo } from "./rig.ts";
import type { Rig } from "./rig.ts";

let rig: Rig;
beforeEach(() => void (rig = createRig()));
afterEach(() => rig.close());

test.each(["udp://127.0.0.1:0", "udp://[::1]:0", "udp://localhost:0"])(
  "%s takes a free port, says which, and hands over datagrams with their sender",
  async (url) => {
    const { listener } = await rig.listen(url);
    expect(listener.reader).toBe("batch");
    expect(parseUdpUrl(listener.url).port).toBeGreaterThan(0);
    const port = await sendTo(listener.url, "a:1|c\nb:2|c");
    await until(() => rig.taken.length === 1);
    expect(rig.taken).toEqual([{ text: "a:1|c\nb:2|c", address: url.includes("[") ? "::1" : "127.0.0.1", port }]);
  },
);

test("IPv4 reaches a listener on [::], and its sender reads as IPv4", async () => {
  const { listener } = await rig.listen("udp://[::]:0");
  const port = await sendTo(`udp://127.0.0.1:${parseUdpUrl(listener.url).port}`, "a:1|c");
  await until(() => rig.taken.length === 1);
  expect(rig.taken).toEqual([{ text: "a:1|c", address: "127.0.0.1", port }]);
});

test.each([0, 1, 1_432, 65_507])("a datagram of %i bytes arrives whole", async (length) => {
  const { listener } = await rig.listen("udp://127.0.0.1:0");
  const bytes = Buffer.alloc(length, "0123456789");
  await sendTo(listener.url, bytes);
  await until(() => rig.taken.length === 1);
  expect(rig.taken[0]?.text).toBe(bytes.toString());
});

test("more datagrams than a ring holds arrive all, in order, with their lengths", async () => {
  const { listener } = await rig.listen("udp://127.0.0.1:0", { receiveBufferBytes: 8 << 20 });
  const sent = Array.from({ length: 2_500 }, (_, index) => String(index).padEnd(1 + (index % 90), "."));
  await sendTo(listener.url, ...sent);
  await until(() => rig.taken.length === sent.length);
  expect(rig.taken.map(({ text }) => text)).toEqual(sent);
});

test("several listeners of one loop are all read", async () => {
  const urls = [await rig.listen("udp://127.0.0.1:0"), await rig.listen("udp://[::1]:0")].map(
    ({ listener }) => listener.url,
  );
  for (const url of urls) await sendTo(url, url);
  await until(() => rig.taken.length === 2);
  expect(rig.taken.map(({ text }) => text).sort()).toEqual(urls.sort());
});

test("settle reads at once what has arrived, however much", async () => {
  const { listener } = await rig.listen("udp://127.0.0.1:0", { receiveBufferBytes: 8 << 20 });
  const sent = Array.from({ length: 1_500 }, () => "a:1|c");
  const sending = sendTo(listener.url, ...sent);
  await sending;
  rig.loop.settle(performance.now() + 1_000);
  expect(rig.taken).toHaveLength(sent.length);
});

test("nothing arrives after the close, and the port is free again", async () => {
  const transport = await rig.listen("udp://127.0.0.1:0");
  await transport.close();
  await sendTo(transport.listener.url, "late");
  rig.loop.settle(performance.now() + 50);
  expect(rig.taken).toEqual([]);
  const again = await rig.listen(transport.listener.url);
  expect(again.listener.url).toBe(transport.listener.url);
});

test("what a loop without time has received and not taken yet is taken when the socket is closed", async () => {
  let taken = 0;
  const plain = createPlainBatchSink({ take: () => void taken++, refuse: () => {} });
  const slow: BatchSink = {
    memory: plain.memory,
    takeBatch(place, first) {
      for (const endMs = performance.now() + 1; performance.now() < endMs;);
      return plain.takeBatch(place, first, first + 1);
    },
  };
  const loop = new BatchLoop(slow, 20);
  const options = { receiveBufferBytes: 1 << 20, reusePort: false, stream: SHARD_OPTIONS.stream, loop };
  const transport = await openUdpBatch({ url: "udp://127.0.0.1:0", ...options }, loop, (error) => {
    throw error;
  });
  const send = createSocket("udp4").unref();
  send.connect(parseUdpUrl(transport.listener.url).port, "127.0.0.1");
  await once(send, "connect");
  // A connected socket hands each datagram to the kernel before it returns.
  for (let i = 0; i < 4 * MESSAGES; i++) send.send("a:1|c");
  loop.settle(0);
  expect(taken).toBeLessThan(4 * MESSAGES);
  await transport.close();
  // The ring was filled each time, so what was received is a multiple of it.
  expect(taken % MESSAGES).toBe(0);
  send.close();
});

test("with reusePort two listeners share a port, and without it the second is told who has it", async () => {
  const { listener } = await rig.listen("udp://127.0.0.1:0", { reusePort: true });
  await expect(rig.listen(listener.url, { reusePort: true })).resolves.toBeDefined();
  await expect(rig.listen(listener.url)).rejects.toThrow(/another process already listens there.*EADDRINUSE/);
});

test.each([
  ["udp://192.0.2.1:0", "this machine has no such address"],
  ["udp://no-such-host.invalid:0", "the host name is unknown"],
])("%s cannot be had, and the error says why", async (url, why) => {
  await expect(rig.listen(url)).rejects.toThrow(why);
});

test("the receive buffer is what was asked for, or what the kernel allows, and is told", async () => {
  const { listener } = await rig.listen("udp://127.0.0.1:0", { receiveBufferBytes: 100_000 });
  expect(listener.receiveBufferBytes).toBe(100_000);
});

test("a socket that fails is told and read no more; others go on", async () => {
  const broken = await rig.listen("udp://127.0.0.1:0");
  const { listener } = await rig.listen("udp://127.0.0.1:0");
  const fd = rig.loop.socketFds[0] as number;
  rig.loop.libc.close(fd);
  rig.loop.settle(performance.now() + 10);
  expect(rig.errors.map(({ message }) => message)).toEqual([
    `${broken.listener.url}: the socket failed: recvmmsg: EBADF`,
  ]);
  await sendTo(listener.url, "still here");
  await until(() => rig.taken.length === 1);
});
