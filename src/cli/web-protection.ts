import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { ConfigError } from "../config/given.ts";
import { readWebFile } from "../config/web-file.ts";
import type { FileOrText, WebFile } from "../config/web-file.ts";
import { UNPROTECTED } from "../model/web-config.ts";
import type { WebProtection, WebTls } from "../model/web-config.ts";
import type { Logger } from "../std/log.ts";
import type { Result } from "../std/result.ts";

/** What protects HTTP now. Asked for each connection and request: a few looks at the file system, microseconds. */
export type CurrentProtection = () => WebProtection;

/**
 * The protection that a web configuration file asks for, read again when the file or one that it names has changed. What
 * cannot be read then is told in the log, and what held before goes on: a broken edit must neither open nor close the door.
 */
export function watchWebProtection(path: string | undefined, log: Pick<Logger, "info" | "error">): CurrentProtection {
  if (path === undefined) return () => UNPROTECTED;
  const first = readWebProtection(path);
  if (!first.ok) throw new Error(first.error.map(({ key, problem }) => `${key} ${problem}`).join("; "));
  let { protection, files } = first.value;
  let seen = stampOf(files);
  return () => {
    const stamp = stampOf(files);
    if (stamp === seen) return protection;
    seen = stamp;
    const next = readWebProtection(path);
    if (next.ok) {
      const isSame = (protection.tls === undefined) === (next.value.protection.tls === undefined);
      ({ protection, files } = next.value);
      if (!isSame) log.error({ file: path }, "whether HTTP has TLS changes with a restart only");
      // Other files may count from now on.
      seen = stampOf(files);
      log.info({ file: path }, "the web configuration was read again");
    } else {
      const errors = next.error.map(({ key, problem }) => `${key} ${problem}`);
      log.error({ file: path, errors }, "the web configuration has errors; what held before goes on");
    }
    return protection;
  };
}

interface ProtectionRead {
  readonly protection: WebProtection;
  /** Everything that was read for it. */
  readonly files: readonly string[];
}

/** Reads the file and those that it names, whose paths are relative to its own folder. */
export function readWebProtection(path: string): Result<ProtectionRead, readonly ConfigError[]> {
  const files = [path];
  const errors: ConfigError[] = [];
  const fail = (key: string, problem: string): void =>
    void errors.push({ key: `web.config_file: ${key}`, origin: path, given: "", problem, remedy: REMEDY });
  const read = (key: string, from: FileOrText): string => {
    if ("text" in from) return from.text;
    const file = resolve(dirname(path), from.file);
    files.push(file);
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      fail(key, `cannot be read: ${messageOf(error)}`);
      return "";
    }
  };

  const text = read("(file)", { file: resolve(path) });
  if (errors.length > 0) return { ok: false, error: errors };
  const parsed = readWebFile(text);
  if (!parsed.ok) for (const { key, problem } of parsed.error) fail(key, problem);
  const protection = parsed.ok ? readTls(parsed.value, read) : UNPROTECTED;
  if (errors.length === 0 && protection.tls !== undefined) checkTls(protection.tls, fail);
  return errors.length > 0 ? { ok: false, error: errors } : { ok: true, value: { protection, files } };
}

const REMEDY = "see https://prometheus.io/docs/prometheus/latest/configuration/https/ for the format";

function readTls({ tls, ...rest }: WebFile, read: (key: string, from: FileOrText) => string): WebProtection {
  if (tls === undefined) return { ...rest, tls: undefined };
  const { clientCa } = tls;
  return {
    ...rest,
    tls: {
      ...tls,
      cert: read("tls_server_config.cert_file", tls.cert),
      key: read("tls_server_config.key_file", tls.key),
      clientCa: clientCa === undefined ? undefined : read("tls_server_config.client_ca_file", clientCa),
    },
  };
}

/** Tries what a connection will need: a certificate that does not fit its key should not wait for the first client. */
function checkTls(
  { cert, key, clientCa, ciphers, curves }: WebTls,
  fail: (key: string, problem: string) => void,
): void {
  try {
    createSecureContext({ cert, key, ca: clientCa, ciphers, ecdhCurve: curves });
  } catch (error) {
    fail("tls_server_config", `cannot be used: ${messageOf(error)}`);
  }
}

/** Changes when a file is written, replaced or gone. */
function stampOf(files: readonly string[]): string {
  return files.map(stampOfOne).join("|");
}

function stampOfOne(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino}:${mtimeMs}:${size}`;
  } catch {
    return "not there";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
