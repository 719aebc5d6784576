import { createSocket } from "node:dgram";
import { afterEach, describe, expect, test } from "vitest";
import { openTransport, probeTransport } from "../../src/transport/registry.ts";
import type { Sink, Transport } from "../../src/transport/transport.ts";
import { receiveBufferWarning } from "../../src/transport/udp.ts";
import { formatUdpUrl, parseUdpUrl } from "../../src/transport/udp-address.ts";
import { SHARD_OPTIONS } from "../support/shard-options.ts";
import { until } from "../support/until.ts";

interface Taken {
  readonly text: string;
  readonly address: string;
  readonly port: number;
}

const open: Transport[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

async function listen(url: string, taken: Taken[] = [], reusePort = false): Promise<Transport> {
  const sink: Sink = {
    take: (bytes, address, port) => taken.push({ text: Buffer.from(bytes).toString(), address, port }),
    refuse: () => {},
  };
  const options = { url, receiveBufferBytes: 65_536, reusePort, stream: SHARD_OPTIONS.stream, loop: undefined };
  const transport = await openTransport(options, sink, () => {});
  open.push(transport);
  return transport;
}

/** Sends one datagram and answers the port that it came from. */
async function send(url: string, bytes: string | Buffer): Promise<number> {
  const { family, host, port } = parseUdpUrl(url);
  const socket = createSocket(family);
  await new Promise<void>((resolve, reject) =>
    socket.send(bytes, port, host, (error) => (error === null ? resolve() : reject(error))),
  );
  const from = socket.address().port;
  socket.close();
  return from;
}

test.each(["udp://127.0.0.1:0", "udp://[::1]:0", "udp://localhost:0"])(
  "%s takes a free port, says which, and hands over datagrams with their sender",
  async (url) => {
    const taken: Taken[] = [];
    const { listener } = await listen(url, taken);
    expect(listener).toMatchObject({ reader: "dgram" });
    expect(parseUdpUrl(listener.url).port).toBeGreaterThan(0);
    const port = await send(listener.url, "a:1|c\nb:2|c");
    await until(() => taken.length === 1);
    expect(taken).toEqual([{ text: "a:1|c\nb:2|c", address: url.includes("[") ? "::1" : "127.0.0.1", port }]);
  },
);

test("the largest datagram arrives whole", async () => {
  const taken: Taken[] = [];
  const { listener } = await listen("udp://127.0.0.1:0", taken);
  await send(listener.url, Buffer.alloc(65_507, "x"));
  await until(() => taken.length === 1);
  expect(taken[0]?.text.length).toBe(65_507);
});

test("nothing arrives after close, and the port is free again", async () => {
  const taken: Taken[] = [];
  const transport = await listen("udp://127.0.0.1:0", taken);
  open.length = 0;
  await transport.close();
  await probeTransport(transport.listener.url);
  await send(transport.listener.url, "a:1|c");
  expect(taken).toEqual([]);
});

test("listeners of one process may share a port; a probe sees that it is taken, and says what to do", async () => {
  const { listener } = await listen("udp://127.0.0.1:0", [], true);
  await listen(listener.url, [], true);
  await expect(probeTransport(listener.url)).rejects.toThrow(
    /another process already listens there .*ss -lunp.*--listen.*EADDRINUSE/,
  );
  await expect(listen(listener.url)).rejects.toThrow("EADDRINUSE");
});

test.each([
  ["http://127.0.0.1:1", /no such transport; an address starts with udp:\/\//],
  ["127.0.0.1:8125", /no such transport/],
  ["udp://", /an address is udp:\/\/HOST:PORT/],
  ["udp://127.0.0.1:99999", /an address is udp:\/\/HOST:PORT/],
  ["udp://127.0.0.1:1/path", /nothing more/],
  ["udp://192.0.2.1:0", /this machine has no such address.*EADDRNOTAVAIL/],
])("%s cannot be opened: %s", async (url, message) => {
  await expect(listen(url)).rejects.toThrow(message);
});

describe("the receive buffer", () => {
  test("what the kernel gave is reported without its own bookkeeping", async () => {
    const { listener } = await listen("udp://127.0.0.1:0");
    expect(listener.receiveBufferBytes).toBe(65_536);
  });

  test("a warning names the setting to raise, and only when less was given", () => {
    expect(receiveBufferWarning("udp://x:1", 100, 100)).toBeUndefined();
    expect(receiveBufferWarning("udp://x:1", 4_194_304, 212_992)).toContain("sudo sysctl -w net.core.rmem_max=4194304");
  });
});

test.each([
  ["udp://127.0.0.1:8125", { host: "127.0.0.1", port: 8125, family: "udp4" }],
  ["udp://127.0.0.1", { host: "127.0.0.1", port: 8125, family: "udp4" }],
  ["udp://[::]:9", { host: "::", port: 9, family: "udp6" }],
  ["udp://localhost:0", { host: "localhost", port: 0, family: "udp4" }],
])("%s is %j", (url, want) => {
  expect(parseUdpUrl(url)).toEqual(want);
});

test("an IPv6 address stands in brackets in a URL", () => {
  expect([formatUdpUrl("::1", 1), formatUdpUrl("127.0.0.1", 1)]).toEqual(["udp://[::1]:1", "udp://127.0.0.1:1"]);
});
