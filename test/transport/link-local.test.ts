import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { BatchLoop } from "../../src/transport/batch/loop.ts";
import { createPlainBatchSink } from "../../src/transport/batch/plain-sink.ts";
import { parseInternetUrl } from "../../src/transport/internet-address.ts";
import { openTransport } from "../../src/transport/registry.ts";
import { decodeInetAddress, encodeInetAddress } from "../../src/transport/sockaddr.ts";
import type { Sink, Transport } from "../../src/transport/transport.ts";
import { SHARD_OPTIONS } from "../support/shard-options.ts";
import { until } from "../support/until.ts";

test.each([
  ["udp://[fe80::1%eth0]:8125", "fe80::1%eth0"],
  ["udp://[fe80::1%25eth0]:8125", "fe80::1%eth0"],
  ["udp://[fe80::1%2]", "fe80::1%2"],
  ["udp://[fe80::1%25]", "fe80::1%25"],
  ["udp://[fe80::1]", "fe80::1"],
])("the host of %s is %s", (url, host) => expect(parseInternetUrl(url, "udp")).toEqual({ host, port: 8_125 }));

test("a zone that is a number goes through a socket's address and back", () => {
  const address = { host: "fe80::1%7", port: 8_125 };
  expect(decodeInetAddress(encodeInetAddress(address.host, address.port), 0)).toEqual(address);
});

/** A link-local address of this machine, with its zone; many containers have none. */
const [own] = Object.entries(networkInterfaces()).flatMap(([name, infos]) =>
  (infos ?? []).filter(({ address }) => address.startsWith("fe80:")).map(({ address }) => ({ address, name })),
);

describe.skipIf(own === undefined)("on this machine's own link", () => {
  const open: Transport[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((transport) => transport.close()));
  });

  async function listen(url: string, reader: "batch" | "dgram"): Promise<{ transport: Transport; taken: string[] }> {
    const taken: string[] = [];
    const sink: Sink = { take: (bytes) => void taken.push(Buffer.from(bytes).toString()), refuse: () => {} };
    const loop = reader === "batch" ? new BatchLoop(createPlainBatchSink(sink), 20) : undefined;
    loop?.hold();
    const options = { receiveBufferBytes: 0, reusePort: false, stream: SHARD_OPTIONS.stream, loop };
    const transport = await openTransport({ url, ...options }, sink, (error) => expect.fail(error.message));
    open.push(transport);
    return { transport, taken };
  }

  test.each(["batch", "dgram"] as const)(
    "UDP by %s is read there, and the same address can be had again",
    async (reader) => {
      const { transport, taken } = await listen(`udp://[${own?.address}%${own?.name}]:0`, reader);
      const { port } = parseInternetUrl(transport.listener.url, "udp");
      const client = createSocket("udp6");
      client.send("a:1|c", port, `${own?.address}%${own?.name}`, () => client.close());
      await until(() => taken.length === 1);
      await open.pop()?.close();
      await listen(transport.listener.url, reader);
    },
  );

  test("TCP is read there", async () => {
    const { transport, taken } = await listen(`tcp://[${own?.address}%${own?.name}]:0`, "dgram");
    const { host, port } = parseInternetUrl(transport.listener.url, "tcp");
    connect(port, host).end("a:1|c\n");
    await until(() => taken.length === 1);
  });

  test.each(["batch", "dgram"] as const)(
    "without its interface the error by %s says what is missing",
    async (reader) => {
      await expect(listen(`udp://[${own?.address}]:0`, reader)).rejects.toThrow(/needs its interface.*EINVAL/);
    },
  );
});
