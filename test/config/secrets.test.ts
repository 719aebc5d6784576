import { expect, it } from "vitest";
import { formatError } from "../../src/config/given.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readWebFile } from "../../src/config/web-file.ts";
import { Random } from "../support/random.ts";

/**
 * A file that holds secrets, broken in some thousand ways: whatever is wrong with it, what is said about it holds none
 * of them, nor a piece of a private key.
 */

const HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
const KEY_LINES = Array.from(
  { length: 8 },
  (_, line) => `MIIEvQ${"ABCDEFGH"[line]}ANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj/+`,
);
const WEB = `tls_server_config:
  cert_file: server.pem
  key: |
    -----BEGIN PRIVATE KEY-----
${KEY_LINES.map((line) => `    ${line}\n`).join("")}    -----END PRIVATE KEY-----
basic_auth_users:
  alice: ${HASH}
`;
const SERVER = `flush_interval: 10s
prometheus_remote_write:
  url: https://receiver.example/api/v1/write
  headers:
    - "X-Scope-OrgID: tenant-of-headers"
  bearer_token: token~1234567
  username: me
  password: "correct-horse"
tags: [env:prod]
`;
const SIGNS = [
  "|",
  ">",
  '"',
  "'",
  ": ",
  ":",
  "- ",
  "{",
  "}",
  "[",
  "]",
  "&a ",
  "*a ",
  "!!x ",
  "# ",
  "%",
  "\t",
  "? ",
  ",",
];

it.each([
  ["web configuration", WEB, [...KEY_LINES.map((line) => line.slice(0, 16)), HASH.slice(7)], saidOfWeb],
  ["configuration", SERVER, ["tenant-of-headers", "token~1234567", "correct-horse"], saidOfServer],
])("a broken %s tells none of its secrets", (_name, text, secrets, said) => {
  const random = new Random(1);
  const leaks = new Set<string>();
  let errors = 0;
  for (let round = 0; round < 4_000; round++) {
    const what = said(broken(text, random));
    errors += what === "" ? 0 : 1;
    if (secrets.some((secret) => what.includes(secret))) leaks.add(what);
  }
  expect([...leaks].slice(0, 3)).toEqual([]);
  expect(errors).toBeGreaterThan(1_000);
});

it.each([
  "prometheus_remote_write: [{password: correct-horse}]",
  "prometheus_remote_write: ['X-Scope-OrgID: correct-horse']",
  "shards: {password: correct-horse}",
  "? {password: correct-horse}\n: 1",
])("a map or list where none should be is not shown: %s", (text) => {
  expect(saidOfServer(text)).toMatch(/tallyd\.yaml/);
  expect(saidOfServer(text)).not.toContain("correct-horse");
});

function saidOfWeb(text: string): string {
  const read = readWebFile(text);
  return read.ok ? "" : read.error.map(({ key, problem }) => `${key} ${problem}`).join("\n");
}

function saidOfServer(text: string): string {
  const read = loadConfig({ file: { name: "tallyd.yaml", text }, machine: { hostname: "here", cores: 2, pid: 1 } });
  return read.ok ? read.value.warnings.join("\n") : read.error.map(formatError).join("\n");
}

/** One to three accidents: characters that are lost, line ends and signs that are too much, indentation that is gone. */
function broken(text: string, random: Random): string {
  let torn = text;
  for (let accidents = random.int(1, 3); accidents > 0; accidents--) {
    const at = random.int(0, torn.length - 1);
    const indent = torn.indexOf("  ", at);
    const [before, behind] = [torn.slice(0, at), torn.slice(at)];
    const made = [
      before + behind.slice(random.int(1, 5)),
      `${before}\n${behind}`,
      before + random.pick(SIGNS) + behind,
      indent < 0 ? torn : torn.slice(0, indent) + torn.slice(indent + 2),
    ];
    torn = random.pick(made);
  }
  return torn;
}
