import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SO_PASSCRED,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  checked,
} from "../libc.ts";
import type { Libc } from "../libc.ts";
import { SOCKADDR_BYTES, decodeInetAddress, encodeInetAddress, encodeUnixAddress, familyOf } from "../sockaddr.ts";
import type { InetAddress } from "../sockaddr.ts";

/** A bound datagram socket that belongs to nobody in Node.js: its descriptor is all there is. */
export interface RawSocket {
  readonly fd: number;
  /** What the kernel gave, without its own bookkeeping. */
  readonly receiveBufferBytes: number;
}

export interface RawUdpSocket extends RawSocket {
  readonly bound: InetAddress;
}

export interface UdpBinding {
  /** A name is looked up as IPv4. */
  readonly host: string;
  readonly port: number;
  readonly reusePort: boolean;
  readonly receiveBufferBytes: number;
}

/** Opens and binds a UDP socket. Throws a `SystemCallError`, or Node's own error where the name cannot be looked up. */
export async function bindUdp(libc: Libc, { host, port, ...options }: UdpBinding): Promise<RawUdpSocket> {
  const ip = isIP(host) === 0 ? (await lookup(host, { family: 4 })).address : host;
  const isInet6 = isIP(ip) === 6;
  const socket = open(libc, isInet6 ? AF_INET6 : AF_INET, options.receiveBufferBytes, (fd) => {
    if (options.reusePort) setOption(libc, fd, SOL_SOCKET, SO_REUSEPORT, 1);
    // As node:dgram does by default: [::] takes IPv4 too.
    if (isInet6) setOption(libc, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    bind(libc, fd, encodeInetAddress(ip, port));
  });
  return { ...socket, bound: boundAddress(libc, socket.fd) };
}

/**
 * Opens and binds a Unix datagram socket at `path`, which must not exist. Each message then carries its sender's process
 * number. Throws a `SystemCallError`.
 */
export function bindUnixDatagram(libc: Libc, path: string, receiveBufferBytes: number): RawSocket {
  return open(libc, AF_UNIX, receiveBufferBytes, (fd) => {
    setOption(libc, fd, SOL_SOCKET, SO_PASSCRED, 1);
    bind(libc, fd, encodeUnixAddress(path));
  });
}

function open(libc: Libc, domain: number, receiveBufferBytes: number, prepare: (fd: number) => void): RawSocket {
  const fd = checked(libc, "socket", libc.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  try {
    if (receiveBufferBytes > 0) askForBuffer(libc, fd, RECEIVE_BUFFER, receiveBufferBytes);
    prepare(fd);
    // Linux reports twice what was asked for: the other half is its own bookkeeping (man 7 socket, SO_RCVBUF).
    return { fd, receiveBufferBytes: getOption(libc, fd, SO_RCVBUF) / 2 };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Opens a UDP socket that is meant to send to addresses of the family of `address`; it is not connected. Answers its descriptor.
 * Throws a `SystemCallError`.
 */
export function openUdpSender(libc: Libc, address: Buffer, sendBufferBytes: number): number {
  const fd = checked(libc, "socket", libc.socket(familyOf(address), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  try {
    askForBuffer(libc, fd, SEND_BUFFER, sendBufferBytes);
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

const RECEIVE_BUFFER = { forced: SO_RCVBUFFORCE, allowed: SO_RCVBUF };
const SEND_BUFFER = { forced: SO_SNDBUFFORCE, allowed: SO_SNDBUF };

/** A privileged process gets what it asks for; another one what `net.core.rmem_max` and `wmem_max` allow. */
function askForBuffer(libc: Libc, fd: number, option: typeof RECEIVE_BUFFER, bytes: number): void {
  const value = Buffer.alloc(4);
  value.writeInt32LE(bytes);
  if (libc.setsockopt(fd, SOL_SOCKET, option.forced, libc.pointerTo(value), 4) === 0) return;
  setOption(libc, fd, SOL_SOCKET, option.allowed, bytes);
}

function setOption(libc: Libc, fd: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  checked(libc, "setsockopt", libc.setsockopt(fd, level, name, libc.pointerTo(bytes), bytes.length));
}

function getOption(libc: Libc, fd: number, name: number): number {
  const bytes = Buffer.alloc(4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  checked(libc, "getsockopt", libc.getsockopt(fd, SOL_SOCKET, name, libc.pointerTo(bytes), libc.pointerTo(length)));
  return bytes.readInt32LE();
}

function bind(libc: Libc, fd: number, address: Buffer): void {
  checked(libc, "bind", libc.bind(fd, libc.pointerTo(address), address.length));
}

function boundAddress(libc: Libc, fd: number): InetAddress {
  const address = Buffer.alloc(SOCKADDR_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length);
  checked(libc, "getsockname", libc.getsockname(fd, libc.pointerTo(address), libc.pointerTo(length)));
  return decodeInetAddress(address, 0);
}
