import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BatchPlace } from "../../../src/model/batch.ts";
import { loadLibc } from "../../../src/transport/libc.ts";
import { BatchLoop } from "../../../src/transport/batch/loop.ts";
import { createBatchMemory } from "../../../src/transport/batch/plain-sink.ts";
import { BatchRing } from "../../../src/transport/batch/ring.ts";
import { bindUdp } from "../../../src/transport/batch/socket.ts";
import type { RawUdpSocket } from "../../../src/transport/batch/socket.ts";
import { SmallShard } from "../../support/small-shard.ts";
import { sendTo } from "./rig.ts";

const libc = loadLibc();
let socket: RawUdpSocket;
let url: string;

beforeAll(async () => {
  socket = await bindUdp(libc, { host: "127.0.0.1", port: 0, reusePort: false, receiveBufferBytes: 4 << 20 });
  url = `udp://127.0.0.1:${socket.bound.port}`;
});
afterAll(() => void libc.close(socket.fd));

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

function textOf(heap: Uint8Array, { headers, slots, slotStride }: BatchPlace, message: number): string {
  const length = new DataView(heap.buffer).getUint32(headers + message * 64 + 56, true);
  return Buffer.from(heap.subarray(slots + message * slotStride, slots + message * slotStride + length)).toString();
}

test("memory that has moved is found again: every pointer is made anew", async () => {
  const first = createBatchMemory();
  let { heap } = first;
  const memory = {
    reserve: first.reserve,
    get heap() {
      return heap;
    },
  };
  const ring = new BatchRing(libc, memory);
  await sendTo(url, "before");
  expect(ring.receive(socket.fd)).toBe(1);
  expect(textOf(heap, ring.place, 0)).toBe("before");

  const moved = new Uint8Array(heap.length);
  moved.set(heap.subarray(0, ring.place.slots));
  heap.fill(0xff, 0, ring.place.slots);
  heap = moved;
  await sendTo(url, "after", "the move");
  expect(ring.receive(socket.fd)).toBe(2);
  expect(textOf(heap, ring.place, 0)).toBe("after");
  expect(textOf(heap, ring.place, 1)).toBe("the move");
});

test("an empty socket answers zero, a closed one throws", () => {
  const ring = new BatchRing(libc, createBatchMemory());
  expect(ring.receive(socket.fd)).toBe(0);
  expect(() => ring.receive(9_999)).toThrow("recvmmsg: EBADF");
});

test("under garbage collection and growth of the core's memory, every sample of the traffic is counted", async () => {
  const shard = new SmallShard();
  const { tally } = shard;
  const loop = new BatchLoop(
    {
      memory: tally,
      takeBatch: (place, first, end) => tally.ingestBatch(place, first, end, 1_000),
    },
    20,
  );
  loop.hold();
  const watched = { ...socket, canGather: true, hasCredentials: false, onError: fail };
  loop.add(watched);
  const bytesBefore = tally.memory().bytes;
  const rounds = 40;
  const datagrams = 50;
  for (let round = 0; round < rounds; round++) {
    const texts = Array.from(
      { length: datagrams },
      (_, index) => `hits:1|c\nnew.${round}.${index}:1|c\nload:${index}|g`,
    );
    await sendTo(url, ...texts);
    tally.reserve(3 << 20);
    collectGarbage();
    loop.settle(performance.now() + 1_000);
  }
  loop.remove(watched);
  expect(tally.memory().bytes).toBeGreaterThan(bytesBefore + rounds * (3 << 20) - 1);
  expect(tally.lines).toBe(3 * rounds * datagrams);
  expect(tally.counterSum(shard.cell("c", "hits"))).toBe(rounds * datagrams);
  expect(shard.bound.size).toBe(rounds * datagrams + 2);
});

function fail(error: Error): void {
  expect.fail(error.message);
}
