import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { RelayCounts } from "../../../src/model/relay.ts";
import { loadLibc } from "../../../src/transport/libc.ts";
import type { Libc } from "../../../src/transport/libc.ts";
import { openPacketSocket } from "../../../src/transport/relay/open.ts";
import type { PacketSocket } from "../../../src/transport/relay/packet-socket.ts";
import { SystemPacketSocket } from "../../../src/transport/relay/system-socket.ts";
import { until } from "../../support/until.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Receiver {
  readonly port: number;
  readonly got: string[];
  readonly socket: Socket;
}

async function receive(host: string, port = 0): Promise<Receiver> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const got: string[] = [];
  socket.on("message", (bytes) => void got.push(bytes.toString()));
  socket.bind(port, host);
  await once(socket, "listening");
  ends.push(() => new Promise<void>((resolve) => socket.close(resolve)).catch(() => {}));
  return { port: socket.address().port, got, socket };
}

async function closedPort(): Promise<number> {
  const { port } = await receive("127.0.0.1");
  await (ends.pop() as () => Promise<void>)();
  return port;
}

/** Without its zeros. */
function told({ outcomes: { counts } }: PacketSocket): Partial<RelayCounts> & Record<string, unknown> {
  const { dropped, ...rest } = counts;
  const entries = [...Object.entries(rest), ...Object.entries(dropped)].filter(([, count]) => count !== 0);
  return Object.fromEntries(entries);
}

describe.each([
  ["by the C library", true],
  ["by node:dgram", false],
])("a packet socket %s", (_how, readsBatches) => {
  async function open(host: string, port: number, packetBytesMax = 1_400): Promise<PacketSocket> {
    const socket = await openPacketSocket({ host, port }, packetBytesMax, readsBatches);
    ends.push(() => socket.close());
    return socket;
  }

  function send(socket: PacketSocket, text: string, lines = 1): void {
    socket.packet.set(Buffer.from(text));
    socket.send(text.length, lines);
  }

  test.each(["127.0.0.1", "::1"])(
    "sends to %s, whole and in order, and its packet may be written again at once",
    async (host) => {
      const { port, got } = await receive(host);
      const socket = await open(host, port, 60_000);
      const texts = ["a:1|c\nb:1|c\n", "x".repeat(60_000), "c:1|c\n"];
      for (const text of texts) send(socket, text, 2);
      await until(() => got.length === texts.length);
      expect(got).toEqual(texts);
      expect(told(socket)).toEqual({ packets: 3, lines: 6 });
    },
  );

  test("hears that nobody listens, goes on, and arrives once somebody does", async () => {
    const port = await closedPort();
    const socket = await open("127.0.0.1", port);
    await until(() => {
      send(socket, "lost\n");
      return socket.outcomes.counts.refusals >= 3;
    });
    const { got } = await receive("127.0.0.1", port);
    const before = socket.outcomes.counts.packets;
    send(socket, "found\n");
    await until(() => got.includes("found\n"));
    await until(() => socket.outcomes.counts.packets === before + 1);
    // What was refused twice in a row is the only loss that is seen here.
    expect(
      Object.keys(told(socket)).filter((name) => !["packets", "lines", "refusals", "refused"].includes(name)),
    ).toEqual([]);
  });

  test("a target that cannot be reached costs its lines, one by one, and nothing else", async () => {
    // A network that is not to be sent to without asking for it: connecting is what fails.
    const socket = await open("255.255.255.255", 9);
    for (let i = 0; i < 3; i++) send(socket, "a\n", 2);
    await until(() => socket.outcomes.counts.dropped.unreachable === 6);
    expect(told(socket)).toEqual({ unreachable: 6 });
  });

  test("has told what became of everything when it is closed", async () => {
    const { port, got } = await receive("127.0.0.1");
    const socket = await openPacketSocket({ host: "127.0.0.1", port }, 100, readsBatches);
    for (let i = 0; i < 50; i++) send(socket, `${i}\n`);
    await socket.close();
    expect(told(socket)).toEqual({ packets: 50, lines: 50 });
    await until(() => got.length === 50);
  });
});

describe("by the C library", () => {
  const EAGAIN = 11;
  const EINVAL = 22;
  const ECONNREFUSED = 111;

  /** Really sends only where `errnos`, one for each call, has a 0. */
  function failing(errnos: number[]): { readonly libc: Libc; readonly connects: () => number } {
    const real = loadLibc();
    let [errno, connects] = [0, 0];
    const libc: Libc = {
      ...real,
      connect: (...args) => {
        connects++;
        return real.connect(...args);
      },
      sendto(...args) {
        errno = errnos.shift() ?? 0;
        return errno === 0 ? real.sendto(...args) : -1n;
      },
      errno: () => errno,
    };
    return { libc, connects: () => connects };
  }

  test("where the system has no room a packet is dropped at once, and the next one is tried as it is", async () => {
    const { port, got } = await receive("127.0.0.1");
    const { libc, connects } = failing([EAGAIN, EAGAIN]);
    const socket = new SystemPacketSocket(libc, { host: "127.0.0.1", port }, 10);
    for (const lines of [1, 2, 4]) {
      socket.packet.set([lines]);
      socket.send(1, lines);
    }
    await until(() => got.length > 0);
    expect(told(socket)).toEqual({ no_room: 3, packets: 1, lines: 4 });
    expect([got, connects()]).toEqual([["\u0004"], 1]);
    await socket.close();
  });

  test("an answer to an earlier packet costs this one nothing: it is sent all the same", async () => {
    const { port, got } = await receive("127.0.0.1");
    const { libc } = failing([0, ECONNREFUSED, 0, ECONNREFUSED, ECONNREFUSED]);
    const socket = new SystemPacketSocket(libc, { host: "127.0.0.1", port }, 10);
    for (const lines of [1, 2, 4]) {
      socket.packet.set([lines]);
      socket.send(1, lines);
    }
    await until(() => got.length === 2);
    expect(got).toEqual(["\u0001", "\u0002"]);
    expect(told(socket)).toEqual({ packets: 2, lines: 3, refusals: 2, refused: 4 });
    await socket.close();
  });

  test("after another failure it looks for a way anew, with the address that this machine has then", async () => {
    const { port, got } = await receive("127.0.0.1");
    const { libc, connects } = failing([EINVAL]);
    const socket = new SystemPacketSocket(libc, { host: "127.0.0.1", port }, 10);
    socket.send(1, 1);
    socket.send(1, 1);
    await until(() => got.length > 0);
    expect(told(socket)).toEqual({ other: 1, packets: 1, lines: 1 });
    // To the target, away from it, and to it again.
    expect(connects()).toBe(3);
    await socket.close();
  });
});
