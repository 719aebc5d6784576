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

/**
 * The sockets of `text` on one of the local `ports`:
 *
 *     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 *     410: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0  0 12345 2 00000000c3a4 17
 *          ^^^^^^^^ ^^^^ port, hexadecimal                                                ^^^^^ inode          ^^ drops
 */
export function parseProcUdp(text: string, ports: ReadonlySet<number>): SocketDrops[] {
  const sockets: SocketDrops[] = [];
  for (const line of text.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const [port, inode, drops] = [columns[LOCAL_ADDRESS]?.split(":")[1], columns[INODE], Number(columns[DROPS])];
    if (port === undefined || inode === undefined || !Number.isSafeInteger(drops)) continue;
    if (ports.has(Number.parseInt(port, 16))) sockets.push({ inode, drops });
  }
  return sockets;
}

/** Adds up the drops on `ports`. The total never falls: what a socket lost stays counted after it was closed. */
export function createKernelDrops(ports: ReadonlySet<number>): KernelDrops {
  let seen = new Map<string, number>();
  let total = 0;
  return {
    update(...texts) {
      const now = new Map<string, number>();
      for (const { inode, drops } of texts.flatMap((text) => parseProcUdp(text, ports))) {
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
