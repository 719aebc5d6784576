import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hashSync } from "bcryptjs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTallyd } from "../support/tallyd.ts";

// A process is started for each test, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tallyd-web-config-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(text: string): string {
  const file = join(directory, "web.yml");
  writeFileSync(file, text);
  return file;
}

test("a web configuration file puts a password before the page, and quitting ends the thread that compares", async () => {
  const tallyd = await startTallyd(["--web.config.file", write(`basic_auth_users: {ann: ${hashSync("secret", 8)}}`)]);
  const codeWith = async (credentials: string): Promise<number> =>
    (await fetch(`${tallyd.http}/metrics`, { headers: { authorization: `Basic ${btoa(credentials)}` } })).status;
  expect(await codeWith("ann:secret")).toBe(200);
  expect(await codeWith("ann:wrong")).toBe(401);
  expect((await fetch(`${tallyd.http}/metrics`)).status).toBe(401);
  expect(await tallyd.end()).toBe(0);
});

test("a web configuration file with errors keeps the server from starting, and check names every one of them", async () => {
  const web = write("tls_server_config: {cert_file: gone.pem, key_file: gone.key}\n");
  await expect(startTallyd(["--web.config.file", web])).rejects.toThrow(
    /tls_server_config\.cert_file[^]*gone\.pem[^]*tls_server_config\.key_file/,
  );
  const config = join(directory, "tallyd.yaml");
  writeFileSync(config, `web: {config_file: ${web}}\n`);
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const [code, text] = await new Promise<[number, string]>((resolve) => {
    execFile(process.execPath, [main, "check", config], (error, out, err) =>
      resolve([Number(error?.code ?? 0), out + err]),
    );
  });
  expect(code).toBe(1);
  expect(text).toContain("tls_server_config.key_file");
});
