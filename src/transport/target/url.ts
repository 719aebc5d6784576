import { isIPv4, isIPv6 } from "node:net";
import type { Result } from "../../std/result.ts";
import { UNIX_PATH_BYTES_MAX } from "../sockaddr.ts";

/** The address of a server to which traffic is sent. */
export type Target = Internet<"udp"> | Internet<"tcp"> | Unix<"unixgram"> | Unix<"unix">;
export type StreamTarget = Internet<"tcp"> | Unix<"unix">;

export interface Internet<Scheme> {
  readonly scheme: Scheme;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface Unix<Scheme> {
  readonly scheme: Scheme;
  readonly path: string;
}

/** The default port of StatsD. */
const PORT = 8_125;
const INTERNET = /^(udp|tcp):\/\/(\[[^\]]*\]|[\w.-]+)(?::(\d{1,5}))?\/?$/;
const UNIX = /^(unixgram|unix|unixstream):\/\/(.+)$/;
const SHAPES = "udp://HOST:PORT, tcp://HOST:PORT, unixgram://PATH or unix://PATH";

/**
 * Reads `udp://HOST:PORT`, `tcp://HOST:PORT`, `unixgram://PATH` or `unix://PATH` (as Datadog's clients call it, `unixstream://`);
 * the port may be left out and is then 8125. Answers what is wrong otherwise.
 */
export function parseTarget(url: string): Result<Target, string> {
  const text = url.trim().replace(/^\w+(?=:)/, (scheme) => scheme.toLowerCase());
  const internet = INTERNET.exec(text);
  if (internet !== null) {
    const [, scheme, written = "", portText = String(PORT)] = internet;
    const host = written.replace(/^\[(.*)\]$/, "$1");
    const port = Number(portText);
    if (host !== written && !isIPv6(host)) return bad(`${written} is no IPv6 address`);
    if (port < 1 || port > 65_535) return bad("a port is a number from 1 to 65535");
    return { ok: true, value: { scheme: scheme as "udp", host, port } };
  }
  const [, scheme, path = ""] = UNIX.exec(text) ?? [];
  if (scheme === undefined) return bad(`a target is ${SHAPES}; ${JSON.stringify(url)} is none of them`);
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES_MAX)
    return bad(`a socket's path has at most ${UNIX_PATH_BYTES_MAX} bytes`);
  return { ok: true, value: { scheme: scheme === "unixgram" ? "unixgram" : "unix", path } };
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
