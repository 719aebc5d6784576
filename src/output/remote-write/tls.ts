import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsSettings } from "../delivery/transport.ts";
import type { TlsOptions } from "./options.ts";

/**
 * What a connection to the receiver is made with, from the files as they are at each call: certificates are renewed while
 * a server runs. The same object comes back while nothing has changed. A call throws when a file cannot be read or used;
 * the message names the key of the configuration, and never holds what is in a file.
 */
export function createTlsReader({ serverName, insecureSkipVerify, ...files }: TlsOptions): () => TlsSettings {
  let last: TlsSettings = {};
  let lastTexts: readonly (string | undefined)[] = [];
  return () => {
    const texts = [
      readPem("ca_file", files.caFile),
      readPem("cert_file", files.certFile),
      readPem("key_file", files.keyFile),
    ];
    if (lastTexts.length > 0 && texts.every((text, index) => text === lastTexts[index])) return last;
    const [ca, cert, key] = texts;
    const settings: TlsSettings = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(insecureSkipVerify && { rejectUnauthorized: false }),
    };
    check(settings);
    lastTexts = texts;
    return (last = settings);
  };
}

function readPem(key: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw failure(`${key} cannot be read`, error);
  }
}

/** A key that does not fit its certificate should not wait for the receiver's refusal. */
function check(settings: TlsSettings): void {
  try {
    createSecureContext(settings);
  } catch (error) {
    throw failure("ca_file, cert_file and key_file cannot be used", error);
  }
}

function failure(what: string, cause: unknown): Error {
  return new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
