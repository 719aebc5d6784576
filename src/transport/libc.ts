import { constants } from "node:os";

/**
 * The few calls of the system's C library that Node.js has no function for, through its built-in `node:ffi`: the sole
 * importer of that module. Linux only: the numbers below are Linux's, equal on x86-64 and arm64.
 *
 * A pointer is a bigint. Whatever it points to must be held by a live reference, and stay in place, until the call has
 * returned: the garbage collector knows nothing of pointers.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: bigint, length: number): number;
  connect(fd: number, address: bigint, length: number): number;
  getsockname(fd: number, address: bigint, length: bigint): number;
  setsockopt(fd: number, level: number, name: number, value: bigint, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: bigint, length: bigint): number;
  recvmmsg(fd: number, headers: bigint, count: number, flags: number, timeout: bigint): number;
  sendmmsg(fd: number, headers: bigint, count: number, flags: number): number;
  sendto(fd: number, bytes: bigint, length: bigint, flags: number, address: bigint, addressLength: number): bigint;
  poll(fds: bigint, count: bigint, timeoutMs: number): number;
  eventfd(value: number, flags: number): number;
  read(fd: number, into: bigint, length: bigint): bigint;
  close(fd: number): number;
  /** Of the last call that answered -1; read it at once. */
  errno(): number;
  /** The address of a buffer's first byte. */
  pointerTo(bytes: NodeJS.ArrayBufferView | ArrayBuffer): bigint;
}

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const SCM_CREDENTIALS = 2;
export const POLLIN = 1;
export const POLLOUT = 4;
export const EFD_NONBLOCK = 0o4000;
export const EFD_CLOEXEC = 0o2000000;

const INT = "i32";
const POINTER = "pointer";

const SIGNATURES = {
  socket: { arguments: [INT, INT, INT], return: INT },
  bind: { arguments: [INT, POINTER, "u32"], return: INT },
  connect: { arguments: [INT, POINTER, "u32"], return: INT },
  getsockname: { arguments: [INT, POINTER, POINTER], return: INT },
  setsockopt: { arguments: [INT, INT, INT, POINTER, "u32"], return: INT },
  getsockopt: { arguments: [INT, INT, INT, POINTER, POINTER], return: INT },
  recvmmsg: { arguments: [INT, POINTER, "u32", INT, POINTER], return: INT },
  sendmmsg: { arguments: [INT, POINTER, "u32", INT], return: INT },
  sendto: { arguments: [INT, POINTER, "u64", INT, POINTER, "u32"], return: "i64" },
  poll: { arguments: [POINTER, "u64", INT], return: INT },
  eventfd: { arguments: ["u32", INT], return: INT },
  read: { arguments: [INT, POINTER, "u64"], return: "i64" },
  close: { arguments: [INT], return: INT },
  __errno_location: { arguments: [], return: POINTER },
} as const;

/** Why there is no `Libc` here; the message is a clause such as `node:ffi needs Node.js 26`. */
export class LibcMissingError extends Error {
  override readonly name = "LibcMissingError";
}

let loaded: Libc | undefined;

/** The C library of this process. Throws a `LibcMissingError` where it cannot be had. */
export function loadLibc(): Libc {
  return (loaded ??= open());
}

function open(): Libc {
  if (process.platform !== "linux") throw new LibcMissingError(`recvmmsg is Linux's, and this is ${process.platform}`);
  if (process.arch !== "x64" && process.arch !== "arm64")
    throw new LibcMissingError(`its structures are known for x64 and arm64 only, and this is ${process.arch}`);
  return withoutWarnings(() => {
    const ffi = process.getBuiltinModule("node:ffi");
    if (ffi === undefined) throw new LibcMissingError(`node:ffi needs Node.js 26, and this is ${process.version}`);
    try {
      const { functions } = ffi.dlopen(null, SIGNATURES);
      const { __errno_location: errnoLocation, ...calls } = functions;
      return {
        ...calls,
        errno: () => ffi.getInt32(errnoLocation(), 0),
        pointerTo: (bytes) => ffi.getRawPointer(bytes),
      };
    } catch (error) {
      throw new LibcMissingError(`the C library could not be opened: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** `malloc.h` of glibc. */
const M_MMAP_THRESHOLD = -3;

/**
 * From now on, what is allocated in pieces of `bytes` and more goes back to the system as soon as it is freed. By default glibc
 * raises that bound to what was freed last, up to 32 MiB, and keeps what lies between small pieces. False where there is no glibc.
 */
export function returnLargeMemory(bytes: number): boolean {
  return withMalloc(({ mallopt }) => mallopt(M_MMAP_THRESHOLD, bytes) === 1);
}

/** Gives back now what is free, in whichever thread. False where there is nothing, or no glibc. */
export function returnFreeMemory(): boolean {
  return withMalloc(({ malloc_trim: trim }) => trim(0n) === 1);
}

const MALLOC = {
  mallopt: { arguments: [INT, INT], return: INT },
  malloc_trim: { arguments: ["u64"], return: INT },
} as const;

interface Malloc {
  mallopt(parameter: number, value: number): number;
  malloc_trim(bytesKept: bigint): number;
}

/** What only glibc has; false where it is not to be had. */
function withMalloc(action: (malloc: Malloc) => boolean): boolean {
  if (process.platform !== "linux") return false;
  return withoutWarnings(() => {
    try {
      const ffi = process.getBuiltinModule("node:ffi");
      return ffi !== undefined && action(ffi.dlopen(null, MALLOC).functions);
    } catch {
      return false;
    }
  });
}

/** `node:ffi` calls itself experimental on standard error at first use; that is nothing for the server's users. */
function withoutWarnings<T>(action: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** The name of an error's number, for example `EADDRINUSE`. */
export function codeOf(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
}

/** A call of the C library that failed, shaped like Node's own: `code` is for example `EADDRINUSE`. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = codeOf(errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

/** Answers the result, or throws a `SystemCallError` where it is -1. */
export function checked(libc: Libc, call: string, result: number | bigint): number {
  if (result === -1 || result === -1n) throw new SystemCallError(call, libc.errno());
  return Number(result);
}
