import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startTallyd } from "../support/tallyd.ts";

/** A folder whose node_modules has hot-shots and a unix-dgram that was built for the machine's own Node.js: `.ci/run` makes it. */
const built = process.env["TALLYD_UNIX_DGRAM"];
if (built === undefined)
  console.warn("Skipped: needs TALLYD_UNIX_DGRAM, a folder with hot-shots and a built unix-dgram (.ci/run makes one).");

const SENDER = `
  const { StatsD } = require("hot-shots");
  const client = new StatsD({ protocol: "uds", path: process.argv[1] });
  for (let i = 1; i <= 200; i++) client.increment("uds.hits", i, ["shop:books"]);
  client.distribution("uds.size", 12.5);
  client.event("deploy", "of \\u00fcber", { alert_type: "info" });
  client.close((error) => process.exit(error ? 1 : 0));
`;

describe.skipIf(built === undefined)("hot-shots over a Unix socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is received whole, and known by its process", async () => {
    const socket = join(folder, "dsd.socket");
    const tallyd = await startTallyd(["--listen", `unixgram://${socket}`, "--listen", "udp://127.0.0.1:0"]);
    try {
      // Not this process' Node.js: the native part was built for the other.
      const path = (process.env["PATH"] ?? "").split(":").filter((entry) => !entry.includes("node_modules"));
      const env = { PATH: path.join(":") };
      const sent = spawnSync("node", ["-e", SENDER, socket], { cwd: built, env, encoding: "utf8" });
      expect(`${sent.status} ${sent.stderr}`).toBe("0 ");
      const page = await tallyd.scrape();
      expect(page.get('uds_hits_total{shop="books"}')).toBe((200 * 201) / 2);
      expect((await tallyd.status()).ledger).toMatchObject({ received: 202, accepted: 202, balance: 0 });
      const { senders } = (await (await fetch(`${tallyd.http}/api/senders`)).json()) as {
        senders: { sender: string; lines: number }[];
      };
      expect(senders).toEqual([expect.objectContaining({ sender: `pid ${sent.pid}`, lines: 202 })]);
    } finally {
      await tallyd.end();
    }
  });
});
