import { createSocket } from "node:dgram";
import { afterEach, expect, test, vi } from "vitest";
import type { Sender, SenderSummary } from "../../src/model/sender.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

vi.setConfig({ testTimeout: 30_000 });

const running: Tallyd[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((tallyd) => tallyd.end("SIGKILL")));
});

/** Sends each text from one socket that is bound to `source`; answers the socket's port. */
async function sendFrom(source: string, port: number, texts: readonly string[]): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, source, resolve));
  for (const text of texts) await new Promise((resolve) => socket.send(text, port, "127.0.0.1", resolve));
  const { port: own } = socket.address();
  socket.close();
  return own;
}

interface SendersAnswer extends SenderSummary {
  readonly exact: boolean;
  readonly known: number;
}

async function senders(tallyd: Tallyd, query = ""): Promise<SendersAnswer> {
  return (await (await fetch(`${tallyd.http}/api/senders${query}`)).json()) as SendersAnswer;
}

test("a real process tells who sent what, over all its shards", async () => {
  const tallyd = await startTallyd(["--shards", "2"], { TALLYD_DRAIN_INTERVAL: "100ms" });
  running.push(tallyd);
  const port = tallyd.udpPort;
  for (let socket = 0; socket < 8; socket++) await sendFrom("127.0.0.2", port, ["a:1|c\nb:1|c", "a:1|c"]);
  const lastPort = await sendFrom("127.0.0.3", port, ["broken <line>", "c:1|c"]);
  await sendFrom(
    "127.0.0.1",
    port,
    Array.from({ length: 20 }, () => "a:1|c"),
  );
  await until(async () => (await senders(tallyd)).totals.datagrams === 38);

  const answer = await senders(tallyd);
  expect(answer).toMatchObject({ exact: true, known: 3, totals: { datagrams: 38, lines: 46, rejects: 1 } });
  expect(answer.senders.map(({ sender, datagrams, lines }: Sender) => [sender, datagrams, lines])).toEqual([
    ["127.0.0.1", 20, 20],
    ["127.0.0.2", 16, 24],
    ["127.0.0.3", 2, 2],
  ]);
  expect((await senders(tallyd, "?sort=rejects&limit=1")).senders).toMatchObject([
    {
      sender: "127.0.0.3",
      lastPort,
      rejects: 1,
      rejected: { no_colon: 1 },
      lastReject: { reason: "no_colon", line: "broken <line>" },
    },
  ]);
  expect((await senders(tallyd, "?sort=lines&limit=1")).senders).toMatchObject([{ sender: "127.0.0.2" }]);

  const rejects = (await (await fetch(`${tallyd.http}/api/rejects`)).json()) as { total: number; reasons: object[] };
  expect(rejects.total).toBe(1);
  expect(rejects.reasons[0]).toMatchObject({
    reason: "no_colon",
    total: 1,
    examples: [{ line: "broken <line>", sender: `127.0.0.3:${lastPort}` }],
  });
  const page = await (await fetch(tallyd.http)).text();
  expect(page).toContain(`127.0.0.3 (last port ${lastPort})`);
  expect(page).toContain("broken &lt;line&gt;");
});

test("more senders than are kept are estimates, within their bounds, and say so", async () => {
  const tallyd = await startTallyd(["--shards", "1"], { TALLYD_DRAIN_INTERVAL: "100ms", TALLYD_SENDERS_MAX: "3" });
  running.push(tallyd);
  for (let host = 1; host <= 20; host++) {
    await sendFrom(
      `127.0.0.${host}`,
      tallyd.udpPort,
      Array.from({ length: host === 20 ? 60 : 1 }, () => "a:1|c"),
    );
  }
  await until(async () => (await senders(tallyd)).totals.datagrams === 79);
  const answer = await senders(tallyd);
  expect(answer.exact).toBe(false);
  expect(answer.known).toBeLessThanOrEqual(6);
  const [first] = answer.senders;
  expect(first).toMatchObject({ sender: "127.0.0.20", exact: false });
  expect(first?.datagrams).toBeLessThanOrEqual(60);
  expect((first?.datagrams ?? 0) + (first?.errorMax.datagrams ?? 0)).toBeGreaterThanOrEqual(60);
});

test("every one of some hundred senders is in the list, with exact counts", async () => {
  const tallyd = await startTallyd(["--shards", "1"], { TALLYD_DRAIN_INTERVAL: "100ms" });
  running.push(tallyd);
  for (let host = 1; host <= 250; host++) await sendFrom(`127.0.7.${host}`, tallyd.udpPort, ["a:1|c"]);
  await until(async () => (await senders(tallyd)).totals.datagrams === 250);
  const answer = await senders(tallyd, "?limit=1000");
  expect([answer.exact, answer.known, answer.senders.length]).toEqual([true, 250, 250]);
});
