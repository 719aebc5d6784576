import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

vi.setConfig({ testTimeout: 60_000 });

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** The server that lines are relayed to. */
interface Target {
  readonly port: number;
  readonly packets: string[];
  lines(): string[];
  close(): Promise<void>;
}

async function startTarget(port = 0, host = "127.0.0.1"): Promise<Target> {
  const socket: Socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", recvBufferSize: 1 << 20 });
  const packets: string[] = [];
  socket.on("message", (bytes) => void packets.push(bytes.toString("latin1")));
  socket.bind(port, host);
  await once(socket, "listening");
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= new Promise((resolve) => socket.close(resolve)));
  ends.push(close);
  return {
    port: socket.address().port,
    packets,
    lines: () => packets.flatMap((packet) => packet.split("\n")).filter((line) => line !== ""),
    close,
  };
}

async function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Tallyd> {
  const tallyd = await startTallyd(args, environment);
  ends.push(() => tallyd.end("SIGKILL"));
  return tallyd;
}

async function sendTcp(url: string, text: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end(text);
  await once(socket.resume(), "close");
}

const listenerOf = ({ listening }: Tallyd, scheme: string): string =>
  listening.find((url) => url.startsWith(`${scheme}:`)) as string;

test.each(["batch", "dgram"])(
  "UDP by %s, TCP: every line arrives as it was sent, in packets that keep their length",
  async (transport) => {
    const target = await startTarget();
    const tallyd = await start(
      ["--listen", "udp://127.0.0.1:0", "--listen", "tcp://127.0.0.1:0", "--transport", transport, "--shards", "2"],
      { TALLYD_RELAY_ADDRESS: `udp://127.0.0.1:${target.port}`, TALLYD_RELAY_PACKET_LENGTH: "300" },
    );
    const good = Array.from({ length: 400 }, (_, i) => `udp.${i}:1|c|#tag:${i}`);
    const bad = ["no colon", ":1|c", "a:x|c", "b:1|q", "_e{1,1}:t|x", "c:1|g|#\xe9"];
    const tcp = Array.from({ length: 300 }, (_, i) => `tcp.${i}:1|ms`);
    const long = `long:${"1".repeat(300)}|c`;
    await send(tallyd.udpPort, [...good.slice(0, 100), ...chunks(good.slice(100), 7), `\n\r\n${long}\n\n`]);
    const socket = createSocket("udp4");
    const hostile = Buffer.from(bad.join("\r\n"), "latin1");
    await new Promise((resolve) => socket.send(hostile, tallyd.udpPort, "127.0.0.1", resolve));
    socket.close();
    await sendTcp(listenerOf(tallyd, "tcp"), `${tcp.join("\n")}\n\n${long}\n`);

    const all = [...good, ...bad, ...tcp].toSorted();
    await until(() => target.lines().length >= all.length);
    expect(target.lines().toSorted()).toEqual(all);
    expect(target.packets.filter((packet) => packet.length > 300 || !packet.endsWith("\n"))).toEqual([]);
    // Packed: most packets are nearly full.
    expect(target.packets.length).toBeLessThan(all.length / 5);
    // A scrape asks the shards; the status is as of the last time that they were asked.
    const page = await tallyd.scrape();
    const { relay, ledger } = await tallyd.status();
    const { lines, longLines, packets, dropped } = relay as NonNullable<typeof relay>;
    expect([lines, longLines, packets]).toEqual([all.length, 2, target.packets.length]);
    expect(Object.values(dropped)).toEqual([0, 0, 0, 0, 0]);
    expect([ledger.received, ledger.balance]).toEqual([all.length + 2, 0]);
    expect(page.get(`tallyd_relay_lines_total{target="udp://127.0.0.1:${target.port}"}`)).toBe(all.length);
    expect(page.get(`tallyd_relay_long_lines_total{target="udp://127.0.0.1:${target.port}"}`)).toBe(2);
  },
);

function chunks(lines: readonly string[], size: number): string[] {
  const starts = Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => i * size);
  return starts.map((at) => lines.slice(at, at + size).join("\n"));
}

test("by IPv6, and asked for by the flags of statsd_exporter", async () => {
  const target = await startTarget(0, "::1");
  const tallyd = await start([`--statsd.relay.address=[::1]:${target.port}`, "--statsd.relay.packet-length", "64"]);
  await send(tallyd.udpPort, ["a:1|c\nb:2|c", `${"c".repeat(64)}:1|c`]);
  await until(() => target.lines().length === 2);
  expect(target.packets).toEqual(["a:1|c\nb:2|c\n"]);
  await tallyd.scrape();
  expect((await tallyd.status()).relay).toMatchObject({ target: `udp://[::1]:${target.port}`, lines: 2, longLines: 1 });
});

test("where nobody listens nothing is held up, it is told, and lines arrive as soon as somebody does", async () => {
  const { port, close } = await startTarget();
  await close();
  const tallyd = await start([], { TALLYD_RELAY_ADDRESS: `127.0.0.1:${port}`, TALLYD_RELAY_PACKET_LENGTH: "64" });
  let sent = 0;
  await until(async () => {
    await send(
      tallyd.udpPort,
      Array.from({ length: 100 }, (_, i) => `lost.${i}:1|c`),
    );
    sent += 100;
    await tallyd.scrape();
    const { relay, ledger } = await tallyd.status();
    return ledger.accepted === sent && (relay?.refusals ?? 0) > 0;
  });
  await until(() => tallyd.text().includes("lines do not reach the relay's target: nobody listens"));
  const target = await startTarget(port);
  await send(tallyd.udpPort, ["found:1|c"]);
  await until(() => target.lines().includes("found:1|c"));
  await tallyd.scrape();
  expect((await tallyd.status()).ledger).toMatchObject({ accepted: sent + 1, balance: 0 });
});

test("what waits for a full packet is sent at the end", async () => {
  const target = await startTarget();
  const tallyd = await start(["--listen", "udp://127.0.0.1:0", "--listen", "tcp://127.0.0.1:0"], {
    TALLYD_RELAY_ADDRESS: `127.0.0.1:${target.port}`,
  });
  const [udp, tcp] = [
    Array.from({ length: 90 }, (_, i) => `u${i}:1|c`),
    Array.from({ length: 90 }, (_, i) => `t${i}:1|c`),
  ];
  await sendTcp(listenerOf(tallyd, "tcp"), `${tcp.join("\n")}\n`);
  await send(tallyd.udpPort, udp);
  expect(await tallyd.end()).toBe(0);
  await until(() => target.lines().length === 180);
  expect(target.lines().toSorted()).toEqual([...udp, ...tcp].toSorted());
});

test("a server does not relay to itself", async () => {
  const { port, close } = await startTarget();
  await close();
  const address = `udp://127.0.0.1:${port}`;
  await expect(startTallyd(["--listen", address], { TALLYD_RELAY_ADDRESS: address })).rejects.toThrow(
    /ended with code 1: .*relayed lines would come back for ever/,
  );
});
