import { isIPv6 } from "node:net";
import { AF_INET, AF_INET6, AF_UNIX } from "../transport/libc.ts";

/** A `struct sockaddr` of Linux: `sockaddr_in` (16 bytes), `sockaddr_in6` (28) or `sockaddr_un`. */
export interface SocketAddress {
  readonly domain: number;
  readonly bytes: Buffer;
}

/** Of a numeric IPv4 or IPv6 address. */
export function internetAddress(address: string, port: number): SocketAddress {
  const domain = isIPv6(address) ? AF_INET6 : AF_INET;
  const bytes = Buffer.alloc(domain === AF_INET6 ? 28 : 16);
  bytes.writeUInt16LE(domain, 0);
  bytes.writeUInt16BE(port, 2);
  if (domain === AF_INET) bytes.set(address.split(".").map(Number), 4);
  else bytes.set(ipv6Bytes(address), 8);
  return { domain, bytes };
}

export function unixAddress(path: string): SocketAddress {
  const name = Buffer.from(`${path}\0`);
  const bytes = Buffer.alloc(2 + name.length);
  bytes.writeUInt16LE(AF_UNIX, 0);
  bytes.set(name, 2);
  return { domain: AF_UNIX, bytes };
}

/** The 16 bytes of a valid IPv6 address; a dotted tail counts as two groups, `::` as as many zeros as are missing. */
function ipv6Bytes(address: string): Buffer {
  const [head, tail] = address.replace(/%.*$/, "").split("::").map(groups);
  const [before, after] = [head ?? [], tail ?? []];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2);
  return bytes;
}

function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
