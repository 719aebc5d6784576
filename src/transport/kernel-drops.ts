import type { InternetAddress } from "./internet-address.ts";
import { encodeInetAddress, familyOf } from "./sockaddr.ts";
import { AF_INET } from "./libc.ts";

/** Reads what the kernel dropped because a socket's receive buffer was full: Linux tells it per socket, and nobody else does. */

/** One line of `/proc/net/udp` or `/proc/net/udp6` that belongs to us. */
export interface SocketDrops {
  /** Names the socket for its whole life. */
  readonly inode: string;
  readonly drops: number;
}

export interface KernelDrops {
  /** Takes the text of `/proc/net/udp` and of `/proc/net/udp6` (either may be empty); answers the total so far. */
  update(...texts: readonly string[]): number;
}

const LOCAL_ADDRESS = 1;
const INODE = 9;
const DROPS = 12;

/** An address as these files have it: words of four bytes in the machine's order, which is little-endian, and the port. */
export function procAddress({ host, port }: InternetAddress): string {
  const address = encodeInetAddress(host, port);
  const bytes = familyOf(address) === AF_INET ? address.subarray(4, 8) : address.subarray(8, 24);
  return `${Buffer.from(bytes).swap32().toString("hex")}:${address.toString("hex", 2, 4)}`.toUpperCase();
}

/**
 * The sockets of `text` at one of the local `addresses`:
 *
 *     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 *     410: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0  0 12345 2 00000000c3a4 17
 *          ^^^^^^^^ ^^^^ address and port, hexadecimal                                     ^^^^^ inode          ^^ drops
 */
export function parseProcUdp(text: string, addresses: ReadonlySet<string>): SocketDrops[] {
  const sockets: SocketDrops[] = [];
  for (const line of text.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const [address, inode, drops] = [columns[LOCAL_ADDRESS], columns[INODE], Number(columns[DROPS])];
    if (address === undefined || inode === undefined || !Number.isSafeInteger(drops)) continue;
    if (addresses.has(address)) sockets.push({ inode, drops });
  }
  return sockets;
}

/** Adds up the drops at `addresses`. The total never falls: what a socket lost stays counted after it was closed. */
export function createKernelDrops(addresses: ReadonlySet<string>): KernelDrops {
  let seen = new Map<string, number>();
  let total = 0;
  return {
    update(...texts) {
      const now = new Map<string, number>();
      for (const { inode, drops } of texts.flatMap((text) => parseProcUdp(text, addresses))) {
        const before = seen.get(inode) ?? 0;
        // A count that fell belongs to a new socket that was given an old inode.
        total += drops >= before ? drops - before : drops;
        now.set(inode, drops);
      }
      seen = now;
      return total;
    },
  };
}
