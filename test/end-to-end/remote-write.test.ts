import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAuthority } from "../support/certificates.ts";
import { startReceiver } from "../support/remote-write/receiver.ts";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

// A process is started for each test, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tallyd-remote-write-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const PASSWORD = "correct-horse-battery";
const TENANT = "tenant-that-nobody-may-see";

test("a process pushes over TLS with a certificate and a password of its own, and shows no secret anywhere", async () => {
  const authority = createAuthority(directory);
  const server = authority.issue("server", "IP:127.0.0.1");
  const client = authority.issue("client", "DNS:tallyd.example");
  const { cert, key } = server;
  const receiver = await startReceiver({ tls: { cert, key, ca: authority.ca, requestCert: true } });
  const basic = Buffer.from(`me:${PASSWORD}`).toString("base64");
  // A receiver that repeats everything that it was told.
  const body = `no: me:${PASSWORD}, Basic ${basic}, ${TENANT}`;
  receiver.faults.next(receiver.path, { type: "answer", status: 401, body });
  writeFileSync(join(directory, "password"), `${PASSWORD}\n`);
  const config = join(directory, "tallyd.yaml");
  writeFileSync(
    config,
    `flush_interval: 1s
prometheus_remote_write:
  url: ${receiver.url}
  shards: 1
  username: me
  password_file: ${directory}/password
  headers: ["X-Scope-OrgID: ${TENANT}"]
  ca_file: ${authority.caFile}
  cert_file: ${client.certFile}
  key_file: ${client.keyFile}
`,
  );
  const tallyd = await startTallyd(["--config", config]);
  try {
    await send(tallyd.udpPort, ["shop.hits:7|c"]);
    await until(() => tallyd.text().includes("did not take points"));
    const paths = ["/", "/api/status", "/api/series", "/metrics", "/nothing"];
    const shown = await Promise.all(paths.map(async (path) => (await fetch(`${tallyd.http}${path}`)).text()));
    await until(() => receiver.values("shop_hits_total").includes(7));
    expect(receiver.arrivals.at(-1)?.headers).toMatchObject({
      authorization: `Basic ${basic}`,
      "x-scope-orgid": TENANT,
    });
    await tallyd.end();
    const all = [tallyd.text(), ...shown].join("\n");
    expect(all).toContain("[redacted]");
    for (const secret of [PASSWORD, basic, TENANT, client.key.split("\n")[1] as string])
      expect(all).not.toContain(secret);
    expect(receiver.values("shop_hits_total").at(-1)).toBe("stale");
    expect(receiver.wrongs).toEqual([]);
  } finally {
    await tallyd.end();
    await receiver.close();
  }
});

test("a certificate and a key that do not belong together keep the server from starting", async () => {
  const authority = createAuthority(directory);
  const { certFile } = authority.issue("one", "DNS:tallyd.example");
  const { keyFile } = authority.issue("other", "DNS:tallyd.example");
  const config = join(directory, "tallyd.yaml");
  const keys = `url: https://127.0.0.1:1/, cert_file: ${certFile}, key_file: ${keyFile}`;
  writeFileSync(config, `prometheus_remote_write: {${keys}}\n`);
  await expect(startTallyd(["--config", config])).rejects.toThrow(
    /prometheus_remote_write: ca_file, cert_file and key_file cannot be used: .*key values mismatch/,
  );
});
