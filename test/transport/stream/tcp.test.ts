import { StatsD } from "hot-shots";
import { afterEach, describe, expect, test } from "vitest";
import { SKIPPED_BYTES_MAX } from "../../../src/transport/stream/framer.ts";
import { openTcp } from "../../../src/transport/stream/tcp.ts";
import type { Sink, Transport } from "../../../src/transport/transport.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { SHARD_OPTIONS } from "../../support/shard-options.ts";
import { until } from "../../support/until.ts";
import { closeAll, connectTo, listenOn, opened, sendTo } from "./listening.ts";

const ANY = "tcp://127.0.0.1:0";

afterEach(closeAll);

test.each([
  [ANY, "127.0.0.1"],
  ["tcp://[::1]:0", "::1"],
  ["tcp://localhost:0", "127.0.0.1"],
])("%s takes a free port, says which, and hands over lines with their sender", async (url, address) => {
  const { url: bound, lines, senders, transport } = await listenOn(openTcp, url);
  expect(transport.listener).toEqual({ url: bound, reader: "stream", receiveBufferBytes: 0 });
  expect(bound).not.toMatch(/:0$/);
  const client = await connectTo(bound);
  const sender = `${address}:${client.localPort}`;
  client.write("a:1|c\nb:2|c\nc:");
  await until(() => lines.length === 2);
  client.end("3|c\n");
  await until(() => lines.length === 3);
  expect(lines).toEqual(["a:1|c", "b:2|c", "c:3|c"]);
  expect([...senders]).toEqual([sender]);
});

test("an IPv4 client of a listener for both families is shown by its IPv4 address", async () => {
  const { url, senders, lines } = await listenOn(openTcp, "tcp://[::]:0");
  await sendTo(url.replace("[::]", "127.0.0.1"), "a:1|c\n");
  await until(() => lines.length === 1);
  expect([...senders][0]).toMatch(/^127\.0\.0\.1:\d+$/);
});

test("hot-shots sends over TCP, and all of it arrives", async () => {
  const { url, lines } = await listenOn(openTcp, ANY);
  const port = Number(new URL(url).port);
  const client = new StatsD({ protocol: "tcp", host: "127.0.0.1", port, maxBufferSize: 1_000, bufferFlushInterval: 5 });
  for (let i = 0; i < 500; i++) client.increment("hits", i, ["shop:books"]);
  client.timing("latency", 12.5);
  await until(() => lines.length === 501);
  expect(lines[1]).toBe("hits:1|c|#shop:books");
  expect(lines[500]).toBe("latency:12.5|ms");
  await new Promise((resolve) => client.close(resolve));
});

describe("a sink that is behind", () => {
  /** Takes what it is given only when it is told to; until then it is behind. */
  function openLate(): { sink: Sink; taken: string[]; waiting: () => number; catchUp: () => void } {
    const taken: string[] = [];
    const waiting: string[] = [];
    let upToDate: PromiseWithResolvers<void> | undefined;
    const sink: Sink = {
      take(bytes, _address, port) {
        waiting.push(`${port} ${Buffer.from(bytes).toString("latin1")}`);
        upToDate ??= Promise.withResolvers();
      },
      refuse: (reason) => expect.fail(reason),
      whenUpToDate: () => upToDate?.promise,
    };
    function catchUp(): void {
      taken.push(...waiting.splice(0));
      upToDate?.resolve();
      upToDate = undefined;
    }
    return { sink, taken, waiting: () => waiting.length, catchUp };
  }

  async function open(sink: Sink): Promise<Transport> {
    const options = { url: ANY, receiveBufferBytes: 0, reusePort: false, stream: SHARD_OPTIONS.stream };
    const transport = await openTcp(options, sink, (error) => expect.fail(error.message));
    opened.push(transport);
    return transport;
  }

  test("is given no more by any client until it has caught up; then they get their turns one after the other", async () => {
    const { sink, taken, waiting, catchUp } = openLate();
    const { url } = (await open(sink)).listener;
    const [greedy, modest] = [await connectTo(url), await connectTo(url)];
    const [greedyPort, modestPort] = [greedy.localPort, modest.localPort];
    const lines = Array.from({ length: 40_000 }, (_, index) => `new.${index}:1|c\n`).join("");
    greedy.end(lines);
    await until(() => waiting() > 0);
    modest.end("modest:1|c\n");
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    // One read of at most 64 KiB, in blocks of at most a line's greatest length and what an earlier read began.
    expect(waiting()).toBeLessThanOrEqual(6);
    const all = lines.length + "modest:1|c\n".length;
    const sizeOf = (block: string): number => block.length - block.indexOf(" ") - 1;
    await until(() => {
      catchUp();
      return taken.reduce((sum, block) => sum + sizeOf(block), 0) === all;
    });
    const of = (port: number | undefined): string[] => taken.filter((block) => block.startsWith(`${port} `));
    expect(
      of(greedyPort)
        .map((block) => block.slice(block.indexOf(" ") + 1))
        .join(""),
    ).toBe(lines);
    expect(of(modestPort)).toHaveLength(1);
    expect(taken.indexOf(of(modestPort)[0] as string)).toBeLessThan(taken.length - 1);
  });

  test("gets what a client sent that has gone meanwhile", async () => {
    const { sink, taken, waiting, catchUp } = openLate();
    const { url } = (await open(sink)).listener;
    const [first, second] = [await connectTo(url), await connectTo(url)];
    first.write("a:1|c\n");
    await until(() => waiting() === 1);
    second.end("b:2|c\n");
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.destroy();
    await until(() => {
      catchUp();
      return taken.length === 2;
    });
    expect(taken.map((block) => block.slice(block.indexOf(" ") + 1))).toEqual(["a:1|c\n", "b:2|c\n"]);
  });

  test("does not keep the listener from closing: what still waits is thrown away and counted", async () => {
    const { sink, waiting } = openLate();
    const transport = await open(sink);
    const [first, second] = [await connectTo(transport.listener.url), await connectTo(transport.listener.url)];
    first.write("a:1|c\n");
    await until(() => waiting() === 1);
    second.write("b:2|c\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await transport.close();
    expect(waiting()).toBe(1);
    expect(transport.counters?.().bytes_skipped).toBe("b:2|c\n".length);
    for (const client of [first, second]) client.destroy();
  });
});

test("a client that ends inside a line keeps its terminated lines; the piece is refused", async () => {
  const { url, lines, refused } = await listenOn(openTcp, ANY);
  await sendTo(url, "a:1|c\nb:2|c");
  await until(() => refused.length === 1);
  expect([lines, refused]).toEqual([["a:1|c"], [["stream_cut", "b:2|c"]]]);
});

test("a client that resets its connection does no harm, and is counted", async () => {
  const { url, lines, refused, count } = await listenOn(openTcp, ANY);
  const client = await connectTo(url);
  client.write("a:1|c\nb:2");
  await until(() => lines.length === 1);
  client.resetAndDestroy();
  await until(() => count("connections_open") === 0);
  expect(refused).toEqual([["stream_cut", "b:2"]]);
  expect(count("connections_failed")).toBe(1);
  await sendTo(url, "c:3|c\n");
  await until(() => lines.includes("c:3|c"));
});

describe("a hostile client does not touch the others:", () => {
  test("one that sends no line feed is cut at the limit, its memory is given back", async () => {
    const { url, lines, refused, count } = await listenOn(openTcp, ANY);
    const [hostile, other] = [await connectTo(url), await connectTo(url)];
    const chunk = Buffer.alloc(65_536, "x");
    for (let i = 0; i < (2 * SKIPPED_BYTES_MAX) / chunk.length; i++) hostile.write(chunk);
    await until(() => count("connections_line_cut") === 1);
    other.write("a:1|c\n");
    await until(() => lines.length === 1);
    expect(refused.map(([reason]) => reason)).toEqual(["line_too_long"]);
    expect(count("bytes_skipped")).toBeGreaterThan(SKIPPED_BYTES_MAX);
    await until(() => count("connections_open") === 1);
    other.destroy();
  });

  test("one that sends single bytes is served like any other", async () => {
    const { url, lines } = await listenOn(openTcp, ANY);
    const client = await connectTo(url);
    client.setNoDelay(true);
    for (const byte of "a:1|c\nb:2|c\n") {
      client.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => lines.length === 2);
    client.destroy();
  });

  test("connections above the limit are closed at once and counted; room comes back", async () => {
    const { url, lines, count } = await listenOn(openTcp, ANY, { connectionsMax: 3 });
    const clients = await Promise.all(Array.from({ length: 3 }, () => connectTo(url)));
    await until(() => count("connections_open") === 3);
    const refused = await Promise.all(Array.from({ length: 50 }, () => connectTo(url)));
    await until(() => refused.every((client) => client.resume().closed));
    expect(count("connections_refused")).toBe(50);
    clients[0]?.write("a:1|c\n");
    await until(() => lines.length === 1);
    clients.pop()?.destroy();
    await until(() => count("connections_open") === 2);
    await sendTo(url, "b:2|c\n");
    await until(() => lines.length === 2);
    expect(count("connections_accepted")).toBe(4);
    for (const client of clients) client.destroy();
  });

  test("one that is silent, or never ends its line, is cut when the time is over; one that sends lines is not", async () => {
    const clock = manualClock();
    const { url, lines, refused, count } = await listenOn(openTcp, ANY, { idleMs: 8_000 }, clock);
    const [silent, dripping, lively] = [await connectTo(url), await connectTo(url), await connectTo(url)];
    await until(() => count("connections_open") === 3);
    for (let second = 1; second <= 9; second++) {
      dripping.write("x");
      lively.write("a:1|c\n");
      await until(() => lines.length === second);
      expect(count("connections_idle_cut")).toBe(0);
      clock.advance(1_000);
    }
    await until(() => count("connections_open") === 1);
    expect(count("connections_idle_cut")).toBe(2);
    expect(refused.map(([reason]) => reason)).toEqual(["stream_cut"]);
    lively.write("b:1|c\n");
    await until(() => lines.length === 10);
    for (const client of [silent, dripping, lively]) client.destroy();
  });

  test("an idle timeout of 0 cuts nobody", async () => {
    const clock = manualClock();
    const { url, count } = await listenOn(openTcp, ANY, { idleMs: 0 }, clock);
    const client = await connectTo(url);
    await until(() => count("connections_open") === 1);
    clock.advance(365 * 86_400_000);
    expect(count("connections_idle_cut")).toBe(0);
    client.destroy();
  });
});

test("close ends the connections, refuses what is unfinished, and frees the port", async () => {
  const { url, lines, refused, transport, count } = await listenOn(openTcp, ANY);
  const client = await connectTo(url);
  client.write("a:1|c\nb:2");
  await until(() => lines.length === 1);
  await transport.close();
  expect(refused).toEqual([["stream_cut", "b:2"]]);
  expect(count("connections_open")).toBe(0);
  await listenOn(openTcp, url);
});

test.each([
  ["tcp://", /an address is tcp:\/\/HOST:PORT/],
  ["tcp://127.0.0.1:1/path", /nothing more/],
  ["tcp://192.0.2.1:0", /this machine has no such address.*EADDRNOTAVAIL/],
  ["tcp://no-such-host.invalid:0", /cannot listen/],
])("%s cannot be opened: %s", async (url, message) => {
  await expect(listenOn(openTcp, url)).rejects.toThrow(message);
});

test("a port that is taken is told, with how to find who has it", async () => {
  const { url } = await listenOn(openTcp, ANY);
  await expect(listenOn(openTcp, url)).rejects.toThrow(/another process already listens there .*ss -ltnp.*EADDRINUSE/);
});
