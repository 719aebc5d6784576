import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sender } from "../../src/load/sender.ts";
import { openSender } from "../../src/load/senders.ts";
import { libcIfAny } from "../../src/load/system-host.ts";
import { TargetError } from "../../src/transport/target/target.ts";
import { formatTarget, isLoopback, parseTarget } from "../../src/transport/target/url.ts";
import type { Target } from "../../src/transport/target/url.ts";
import { AF_UNIX, checked, loadLibc, SOCK_DGRAM } from "../../src/transport/libc.ts";
import { encodeUnixAddress } from "../../src/transport/sockaddr.ts";
import { until } from "../support/until.ts";

const LIBC = libcIfAny(loadLibc);
const DATAGRAMS = ["a:1|c", "b:2|c\nb:3|c", "ccc:4|g"].map((text) => Buffer.from(text));

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "tallyd-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Sends all datagrams and one more; answers how often each went. */
async function sendAll(sender: Sender): Promise<Uint32Array> {
  const times = new Uint32Array(DATAGRAMS.length);
  expect(await sender.send(0, 2, times)).toBe(2);
  // More than there are: no further than the last one.
  expect(await sender.send(2, 100, times)).toBe(1);
  expect(await sender.sendOne(Buffer.from("probe:1|g"))).toBe(true);
  expect([...sender.refused]).toEqual([]);
  await sender.close();
  return times;
}

const ALL = [...DATAGRAMS.map(String), "probe:1|g"];

describe("a target", () => {
  it.each([
    ["udp://127.0.0.1:9125", { scheme: "udp", host: "127.0.0.1", port: 9_125 }],
    ["udp://localhost", { scheme: "udp", host: "localhost", port: 8_125 }],
    ["tcp://[::1]:80", { scheme: "tcp", host: "::1", port: 80 }],
    ["unixgram:///var/run/dsd.socket", { scheme: "unixgram", path: "/var/run/dsd.socket" }],
    ["unix:///var/run/a b", { scheme: "unix", path: "/var/run/a b" }],
    ["unixgram://relative.sock", { scheme: "unixgram", path: "relative.sock" }],
  ])("%s is read, and written the same", (url, want) => {
    const target = parseTarget(url);
    expect(target).toEqual({ ok: true, value: want });
    expect(formatTarget(want as Target).startsWith(url)).toBe(true);
  });

  it.each([
    ["UDP://127.0.0.1:9125/", "udp://127.0.0.1:9125"],
    ["unixstream:///run/s.sock", "unix:///run/s.sock"],
  ])("%s is %s", (url, want) => {
    const target = parseTarget(url);
    expect(target.ok && formatTarget(target.value)).toBe(want);
  });

  it.each([
    "127.0.0.1:8125",
    "http://127.0.0.1:8125",
    "udp://127.0.0.1:0",
    "udp://127.0.0.1:65536",
    "udp://127.0.0.1:8125/path",
    "udp://::1:8125",
    "tcp://[::zz]:80",
    "unix://",
    `unixgram:///${"x".repeat(107)}`,
  ])("%s is refused", (url) => {
    expect(parseTarget(url).ok).toBe(false);
  });

  it.each([
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["10.0.0.1", false],
    ["0.0.0.0", false],
    ["::", false],
    ["::ffff:10.0.0.1", false],
    ["fe80::1", false],
    ["127.0.0.1.example.org", false],
  ])("%s is loopback: %s", (address, want) => {
    expect(isLoopback(address)).toBe(want);
  });
});

describe.each([
  ["sendmmsg", LIBC],
  ["node:dgram", undefined],
])("%s over UDP", (how, libc) => {
  it.runIf(how === "node:dgram" || libc !== undefined).each(["127.0.0.1", "::1"])("reaches %s", async (host) => {
    const receiver = createSocket(host === "::1" ? "udp6" : "udp4");
    const got: string[] = [];
    receiver.on("message", (message) => got.push(message.toString()));
    receiver.bind(0, host);
    await once(receiver, "listening");
    const target = { scheme: "udp", host, port: receiver.address().port } as const;
    const sender = await openSender({ target, sockets: 3, datagrams: DATAGRAMS, libc });
    expect(sender.how).toBe(how);
    expect([...(await sendAll(sender))]).toEqual([1, 1, 1]);
    await until(() => got.length === ALL.length);
    expect(got.toSorted()).toEqual(ALL.toSorted());
    receiver.close();
  });

  it.runIf(how === "node:dgram" || libc !== undefined)(
    "counts that nobody listens, and counts nothing as sent that was refused",
    async () => {
      const closed = createSocket("udp4").bind(0, "127.0.0.1");
      await once(closed, "listening");
      const { port } = closed.address();
      closed.close();
      await once(closed, "close");
      const target = { scheme: "udp", host: "127.0.0.1", port } as const;
      const sender = await openSender({ target, sockets: 1, datagrams: DATAGRAMS, libc });
      const times = new Uint32Array(DATAGRAMS.length);
      let taken = 0;
      await until(async () => {
        taken += await sender.send(0, 1, times);
        return sender.refused.has("ECONNREFUSED");
      });
      expect([...times]).toEqual([taken, 0, 0]);
      await sender.close();
    },
  );
});

it("says by node:dgram too when a socket cannot be connected", async () => {
  // A link-local address needs a zone.
  const target = { scheme: "udp", host: "fe80::1", port: 9 } as const;
  await expect(openSender({ target, sockets: 3, datagrams: DATAGRAMS, libc: undefined })).rejects.toThrow(TargetError);
});

describe("Unix datagrams", () => {
  it.runIf(LIBC !== undefined)("arrive whole, and wait where the receiver is behind", async () => {
    const libc = LIBC as NonNullable<typeof LIBC>;
    const path = join(folder, "datagrams");
    const bytes = encodeUnixAddress(path);
    const fd = checked(libc, "socket", libc.socket(AF_UNIX, SOCK_DGRAM, 0));
    checked(libc, "bind", libc.bind(fd, libc.pointerTo(bytes), bytes.length));
    const sender = await openSender({
      target: { scheme: "unixgram", path },
      sockets: 1,
      datagrams: DATAGRAMS,
      libc,
    });
    const times = new Uint32Array(DATAGRAMS.length);
    let taken = 0;
    for (let last = 1; last > 0; taken += last) last = await sender.send(0, 3, times);
    // Full: refused by nobody, only not taken yet.
    expect([...sender.refused]).toEqual([]);
    expect(times.reduce((a, b) => a + b)).toBe(taken);
    const into = Buffer.allocUnsafeSlow(100);
    const read = (): string => into.toString("utf8", 0, Number(libc.read(fd, libc.pointerTo(into), 100n)));
    expect([read(), read(), read()]).toEqual(DATAGRAMS.map(String));
    expect(await sender.send(0, 1, times)).toBe(1);
    await sender.close();
    libc.close(fd);
  });

  it("cannot be sent without the C library, and the error says so", async () => {
    const target = { scheme: "unixgram", path: join(folder, "none") } as const;
    await expect(openSender({ target, sockets: 1, datagrams: DATAGRAMS, libc: undefined })).rejects.toThrow(
      "unixgram:// needs Linux and Node.js 26",
    );
  });
});

describe("streams", () => {
  async function receive(address: string | number, target: (port: number) => Target): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let closed = 0;
    const server = createServer((connection) => {
      connection.on("data", (piece: Buffer) => pieces.push(piece)).on("close", () => closed++);
    });
    if (typeof address === "string") server.listen(address);
    else server.listen(address, "127.0.0.1");
    await once(server, "listening");
    const bound = server.address();
    const port = typeof bound === "string" ? 0 : (bound as AddressInfo).port;
    const sender = await openSender({ target: target(port), sockets: 1, datagrams: DATAGRAMS, libc: undefined });
    await sendAll(sender);
    await until(() => closed === 1);
    server.close();
    return Buffer.concat(pieces);
  }

  it("of TCP end each line", async () => {
    const got = await receive(0, (port) => ({ scheme: "tcp", host: "127.0.0.1", port }));
    expect(got.toString()).toBe(`${ALL.join("\n")}\n`);
  });

  it("of Unix put its length before each datagram", async () => {
    const path = join(folder, "stream");
    const got = await receive(path, () => ({ scheme: "unix", path }));
    const frames: string[] = [];
    for (let at = 0; at < got.length;) {
      const length = got.readUInt32LE(at);
      frames.push(got.toString("utf8", at + 4, at + 4 + length));
      at += 4 + length;
    }
    expect(frames).toEqual(ALL);
  });

  it.each([
    [{ scheme: "unix", path: "/nowhere/at/all" }, "there is no such socket (ENOENT)"],
    [{ scheme: "tcp", host: "127.0.0.1", port: 1 }, "nobody listens there (ECONNREFUSED)"],
  ] as const)("that cannot be opened say why: %j", async (target, why) => {
    const opening = openSender({ target, sockets: 2, datagrams: DATAGRAMS, libc: undefined });
    await expect(opening).rejects.toThrow(TargetError);
    await expect(opening).rejects.toThrow(why);
  });
});
