import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { TransportError } from "../transport.ts";

/** `sun_path` has 108 bytes on Linux, 104 elsewhere, of which the last is NUL (man 7 unix). */
export const PATH_BYTES_MAX = process.platform === "linux" ? 107 : 103;

/** The path in `SCHEME:///absolute/path` or `SCHEME://relative/path`. Throws a `TransportError`. */
export function parseUnixUrl(url: string, scheme: string): string {
  const start = `${scheme}://`;
  const path = url.startsWith(start) ? url.slice(start.length) : "";
  if (path === "" || path.includes("\0"))
    throw new TransportError(url, `an address is ${scheme}:///absolute/path or ${scheme}://relative/path`);
  const length = Buffer.byteLength(path);
  if (length <= PATH_BYTES_MAX) return path;
  throw new TransportError(
    url,
    `the path has ${length} bytes and a socket's may have ${PATH_BYTES_MAX}; choose a shorter one, or one relative to where tallyd starts`,
  );
}

/** What is at the path of a socket file. */
type Finding = "nothing" | "stale socket";

/**
 * Checks that a socket file may be made at `path`: its folder is there, and it holds nothing or a socket on which nobody
 * listens. Rejects with a `TransportError` that says what else is there. For streams and datagrams alike.
 */
export async function inspectPath(url: string, path: string): Promise<Finding> {
  try {
    // Asked here, because libuv turns a missing folder into a missing permission.
    if ((await lstat(dirname(path)).catch(noEntry)) === undefined) {
      const hint = path.startsWith("/")
        ? ""
        : `, or write three slashes for an absolute path: ${url.replace("://", ":///")}`;
      throw new TransportError(url, `cannot listen: the folder ${dirname(path)} does not exist; make it first${hint}`);
    }
    const found = await lstat(path).catch(noEntry);
    if (found === undefined) return "nothing";
    if (found.isSocket()) return await inspectSocket(url, path);
  } catch (error) {
    throw explainPathError(url, error);
  }
  throw new TransportError(
    url,
    "cannot listen: something that is no socket is at this path, and it was left alone; remove it, or choose another path",
  );
}

/** Makes room for a socket file at `path`: as `inspectPath`, and a stale socket is removed. */
export async function clearPath(url: string, path: string): Promise<void> {
  if ((await inspectPath(url, path)) === "nothing") return;
  try {
    await unlink(path).catch(noEntry);
  } catch (error) {
    throw explainPathError(url, error);
  }
}

/** Why a socket file could not be made or replaced, and what to do. */
export function explainPathError(url: string, error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isForbidden = code === "EACCES" || code === "EPERM" || code === "EROFS";
  const remedy = isForbidden
    ? `this process may not make or replace a file there (${code}); let it own the folder, or choose another path`
    : message;
  return new TransportError(url, `cannot listen: ${remedy}`, error);
}

async function inspectSocket(url: string, path: string): Promise<Finding> {
  const code = await knock(path);
  if (code === "ECONNREFUSED") return "stale socket";
  if (code === "ENOENT") return "nothing";
  const remedy =
    code === "EACCES"
      ? "a socket of another user is at this path (EACCES); remove it, or choose another path"
      : `another process already listens there (find it: ss -xlp src ${path}); stop it, or choose another path with --listen`;
  throw new TransportError(url, `cannot listen: ${remedy}`);
}

/** The code of the error that connecting ends with; "" where somebody answers. A datagram socket answers EPROTOTYPE. */
function knock(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function noEntry(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
