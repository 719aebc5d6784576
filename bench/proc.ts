import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux counts CPU time in ticks of 10 ms where it does not count nanoseconds (USER_HZ is 100 for all of Node's Linuxes). */
const TICK_NS = 10_000_000;

/**
 * CPU nanoseconds, user and system, of all threads of a process. The scheduler's own sum is read where it is there; a
 * thread that has ended since is missing from it, so it is meant for processes whose threads live as long as they do.
 */
export function cpuNanoseconds(pid: number): number {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder)
      .map((task) => Number(readFileSync(`${folder}/${task}/schedstat`, "utf8").split(" ")[0]))
      .reduce((sum, nanoseconds) => sum + nanoseconds, 0);
  } catch {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
  }
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
}

export interface UdpSockets {
  /** Bytes that wait in the receive buffers, as the kernel counts them. */
  readonly waiting: number;
  /** Datagrams that found a receive buffer full, since the sockets were opened. */
  readonly drops: number;
}

/** All UDP sockets that are bound to a local port and not connected, IPv4 and IPv6, added up. */
export function udpSockets(port: number): UdpSockets {
  const rows = rowsOf(port);
  return {
    waiting: rows.reduce((sum, columns) => sum + Number.parseInt(columns[4]?.split(":")[1] ?? "0", 16), 0),
    drops: rows.reduce((sum, columns) => sum + Number(columns[12]), 0),
  };
}

export function udpPortIsBound(port: number): boolean {
  return rowsOf(port).length > 0;
}

function rowsOf(port: number): string[][] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/udp", "/proc/net/udp6"]
    .flatMap(readRows)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, remote]) => local?.endsWith(`:${hex}`) && remote?.endsWith(":0000"));
}

/** Waits until the receive buffers of a port are empty; the reader has then taken all there was. */
export async function untilRead(port: number, secondsMax = 20): Promise<void> {
  const deadline = performance.now() + secondsMax * 1_000;
  while (udpSockets(port).waiting > 0) {
    if (performance.now() > deadline) throw new Error(`datagrams still waited on port ${port} after ${secondsMax} s`);
    await sleep(10);
  }
}

function readRows(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trim().split("\n").slice(1);
  } catch {
    // Without IPv6 there is no such file.
    return [];
  }
}
