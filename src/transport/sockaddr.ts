import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { AF_INET, AF_INET6, AF_UNIX } from "./libc.ts";

/**
 * Socket addresses as the kernel has them, in a buffer. Sizes: `sockaddr_in` 16 bytes, `sockaddr_in6` 28, `sockaddr_un` 2 and
 * the path (108 at most, with its zero byte). The family is in the machine's order, which is little-endian on all that
 * is supported; ports are big-endian.
 */

/** Room for any of them. */
export const SOCKADDR_BYTES = 128;

/** Longest path of a Unix socket, in bytes: `sun_path` has 108, the last is zero. */
export const UNIX_PATH_BYTES_MAX = 107;

export function encodeInetAddress(host: string, port: number): Buffer {
  const address = isIPv6(host) ? encodeInet6(host) : encodeInet4(host);
  address.writeUInt16BE(port, 2);
  return address;
}

function encodeInet4(host: string): Buffer {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  for (const [index, part] of host.split(".").entries()) address.writeUInt8(Number(part), 4 + index);
  return address;
}

function encodeInet6(host: string): Buffer {
  const address = Buffer.alloc(28);
  address.writeUInt16LE(AF_INET6, 0);
  const [plain = "", zone = ""] = host.split("%");
  for (const [index, group] of expandInet6(plain).entries()) address.writeUInt16BE(group, 8 + index * 2);
  address.writeUInt32LE(scopeOf(zone), 24);
  return address;
}

/** The index of a zone's interface, which the zone names or is (RFC 4007, section 11.2); 0 where there is none. */
function scopeOf(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const ofLink = networkInterfaces()[zone]?.find((info) => info.family === "IPv6" && info.scopeid > 0);
  return ofLink?.family === "IPv6" ? ofLink.scopeid : 0;
}

/** The eight groups of an IPv6 address in any spelling that `node:net` accepts. */
function expandInet6(host: string): number[] {
  // The URL parser writes an address in its shortest form: no dotted tail, at most one "::".
  const { hostname } = new URL(`udp://[${host}]`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail ?? "")];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

export function encodeUnixAddress(path: string): Buffer {
  const address = Buffer.alloc(2 + Buffer.byteLength(path) + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  return address;
}

/** AF_UNIX, AF_INET or AF_INET6. */
export function familyOf(address: Buffer): number {
  return address.readUInt16LE(0);
}

export interface InetAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads a `sockaddr_in` or `sockaddr_in6` at `offset`; an IPv4 address mapped into IPv6 is read as IPv4. A link-local address has its
 * interface's index behind it: `fe80::1%2`.
 */
export function decodeInetAddress(bytes: Uint8Array, offset: number): InetAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 28);
  const port = view.getUint16(2);
  if (view.getUint16(0, true) === AF_INET) return { host: dotted(view, 4), port };
  const isMapped = view.getBigUint64(8) === 0n && view.getUint32(16) === 0xffff;
  if (isMapped) return { host: dotted(view, 20), port };
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(8 + index * 2).toString(16));
  const host = new URL(`udp://[${groups.join(":")}]`).hostname.slice(1, -1);
  const scope = view.getUint32(24, true);
  return { host: scope === 0 ? host : `${host}%${scope}`, port };
}

function dotted(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((index) => view.getUint8(at + index)).join(".");
}
