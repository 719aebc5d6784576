import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSocket } from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";

/** What is lost between a sender and the server is known to the datagram: sent = received + dropped by the kernel. */

const DATAGRAMS = 30_000;

let server: Tallyd | undefined;
const folders: string[] = [];
afterEach(async () => {
  await server?.end();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function configFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-"));
  folders.push(folder);
  const path = join(folder, "tallyd.yaml");
  writeFileSync(path, text);
  return path;
}

/** Sends from several sockets as fast as they can; answers how many datagrams the kernel took. */
async function flood(port: number): Promise<number> {
  const text = `${"load:1|c\n".repeat(20)}load:1|c`;
  const sockets = Array.from({ length: 8 }, () => createSocket("udp4"));
  let sent = 0;
  for (let round = 0; round < DATAGRAMS / 1_000; round++) {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => {
        return new Promise<void>((resolve) => {
          sockets[index % sockets.length]?.send(text, port, "127.0.0.1", (error) => {
            if (error === null) sent++;
            resolve();
          });
        });
      }),
    );
  }
  for (const socket of sockets) socket.close();
  return sent;
}

describe.each(["batch", "dgram"])("with transport: %s and a receive buffer that is much too small", (transport) => {
  test("what was sent was received or dropped by the kernel, to the datagram", async () => {
    server = await startTallyd(["--config", configFile(`transport: ${transport}\nreceive_buffer: 4KiB\n`)]);
    const sent = await flood(server.udpPort);
    const page = await server.scrape();
    const { ledger, totals, shards } = await server.status();
    expect(shards.map(({ listening }) => listening[0]?.reader)).toEqual([transport]);
    expect(server.text()).not.toContain("ExperimentalWarning");
    expect(ledger.kernelDrops).toBeGreaterThan(0);
    expect(totals.datagrams + ledger.kernelDrops).toBe(sent);
    expect(page.get("load_total")).toBe(totals.datagrams * 21);
    expect(ledger).toMatchObject({ received: totals.datagrams * 21, balance: 0 });
    expect(page.get("tallyd_kernel_drops_total")).toBe(ledger.kernelDrops);
  });
});
