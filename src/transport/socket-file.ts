import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { UNIX_PATH_BYTES_MAX } from "./sockaddr.ts";
import { TransportError } from "./transport.ts";

/** Reads `SCHEME:///run/tallyd.sock` or `SCHEME://relative.sock`. Throws a `TransportError`. */
export function parseSocketUrl(url: string, scheme: string): string {
  const path = url.slice(`${scheme}://`.length);
  if (!url.startsWith(`${scheme}://`) || path === "") {
    throw new TransportError(
      url,
      `an address is ${scheme}:///PATH, for example ${scheme}:///run/tallyd/dogstatsd.socket`,
    );
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > UNIX_PATH_BYTES_MAX) {
    throw new TransportError(
      url,
      `the path of a Unix socket has at most ${UNIX_PATH_BYTES_MAX} bytes, and this one has ${bytes}; choose a shorter one`,
    );
  }
  return path;
}

/**
 * Makes way for a socket file: one that nobody listens on any more is removed. Rejects with a `TransportError`, and removes
 * nothing, where somebody does listen (`isAlive` finds out) or where the path is no socket.
 */
export async function clearSocketFile(
  url: string,
  path: string,
  isAlive: (path: string) => boolean | Promise<boolean>,
): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new TransportError(url, `cannot listen: ${path} exists and is no socket; remove it, or choose another path`);
  }
  if (await isAlive(path)) {
    throw new TransportError(
      url,
      `cannot listen: another process already listens there (find it: ss -lxp src ${path}); stop it, or choose another path`,
    );
  }
  unlinkSync(path);
}

/** Gives a bound socket's file its permission bits, for example 0o722. */
export function setSocketMode(url: string, path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    throw new TransportError(url, `cannot set the socket's mode: ${(error as Error).message}`, error);
  }
}

/** Removes the file of a socket that is being closed; one that is gone already is as good. */
export function removeSocketFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Nothing depends on it: the next start replaces a file that nobody listens on.
  }
}

const REMEDIES: ReadonlyMap<string, (path: string) => string> = new Map([
  ["ENOENT", (path) => `the folder of ${path} does not exist; make it first`],
  ["EACCES", (path) => `this process may not create ${path}; let it own the folder, or choose another path`],
  ["EROFS", (path) => `${path} is on a file system that cannot be written to; choose another path`],
  ["EADDRINUSE", (path) => `${path} exists already; remove it, or choose another path`],
]);

/** Why a socket's file could not be made, and what to do. */
export function explainSocketError(url: string, path: string, error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new TransportError(url, `cannot listen: ${REMEDIES.get(code ?? "")?.(path) ?? message}`, error);
}
