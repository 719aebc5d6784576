import { isIPv4, isIPv6 } from "node:net";
import type { Result } from "../std/result.ts";
import { UNIX_PATH_BYTES_MAX } from "../transport/sockaddr.ts";

export type Target =
  | { readonly scheme: "udp" | "tcp"; readonly host: string; readonly port: number }
  | { readonly scheme: "unixgram" | "unix"; readonly path: string };

/** The default port of StatsD. */
const PORT = 8_125;
const INTERNET = /^(udp|tcp):\/\/(\[[\da-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/;
const UNIX = /^(unixgram|unix):\/\/(\/.+)$/;

/** Reads `udp://HOST:PORT`, `tcp://HOST:PORT`, `unixgram:///PATH` or `unix:///PATH`; answers what is wrong otherwise. */
export function parseTarget(url: string): Result<Target, string> {
  const internet = INTERNET.exec(url);
  if (internet !== null) {
    const [, scheme, host = "", portText = String(PORT)] = internet;
    const port = Number(portText);
    if (port < 1 || port > 65_535) return bad("a port is a number from 1 to 65535");
    return {
      ok: true,
      value: { scheme: scheme as "udp" | "tcp", host: host.replace(/^\[(.*)\]$/, "$1"), port },
    };
  }
  const unix = UNIX.exec(url);
  if (unix === null)
    return bad("a target is udp://HOST:PORT, tcp://HOST:PORT, unixgram:///PATH or unix:///PATH (an absolute path)");
  const [, scheme, path = ""] = unix;
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES_MAX)
    return bad(`a socket's path has at most ${UNIX_PATH_BYTES_MAX} bytes`);
  return { ok: true, value: { scheme: scheme as "unixgram" | "unix", path } };
}

export function formatTarget(target: Target): string {
  if ("path" in target) return `${target.scheme}://${target.path}`;
  return `${target.scheme}://${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
}

/** Whether an IP address is this machine's own by its form alone: 127.0.0.0/8, ::1, and the first mapped into IPv6. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, "");
  return isIPv4(plain) ? plain.startsWith("127.") : plain === "::1";
}

function bad(problem: string): Result<never, string> {
  return { ok: false, error: problem };
}
