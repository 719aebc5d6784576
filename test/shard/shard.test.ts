import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { startShard } from "../../src/shard/shard.ts";
import { procAddress } from "../../src/transport/kernel-drops.ts";
import { loadLibc } from "../../src/transport/libc.ts";
import { encodeInetAddress } from "../../src/transport/sockaddr.ts";
import { parseUdpUrl } from "../../src/transport/udp-address.ts";
import { ANY_PORT, shardOptions } from "../support/shard-options.ts";

/** The descriptor, in this process, of the UDP socket at `url`. */
function descriptorOf(url: string): number {
  const row = readFileSync("/proc/net/udp", "latin1")
    .split("\n")
    .find((line) => line.includes(procAddress(parseUdpUrl(url))));
  const inode = row?.trim().split(/\s+/)[9];
  const fd = readdirSync("/proc/self/fd").find((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
  return Number(fd);
}

/** The next read of the socket fails: it is made to send to a port on which nobody listens, and hears so (ECONNREFUSED). */
function breakSocket(fd: number): void {
  const libc = loadLibc();
  const nowhere = encodeInetAddress("127.0.0.1", 1);
  libc.connect(fd, libc.pointerTo(nowhere), nowhere.length);
  libc.sendto(fd, libc.pointerTo(nowhere), 1n, 0, libc.pointerTo(nowhere), nowhere.length);
}

test("when a thread that has lost a socket is told dead, its other addresses are free for the next one", async () => {
  const shard = startShard(shardOptions({ listen: [ANY_PORT, ANY_PORT], readsBatches: true }), () => {});
  const [broken, other] = await shard.ready;
  breakSocket(descriptorOf(broken?.url as string));
  void shard.drain();
  expect((await shard.died).message).toContain("the socket failed");
  const next = createSocket("udp4");
  next.bind(parseUdpUrl(other?.url as string).port, "127.0.0.1");
  await once(next, "listening");
  next.close();
});
