import { readFile } from "node:fs/promises";

const FILES = ["/proc/net/udp", "/proc/net/udp6"];

/** The kernel's tables of UDP sockets, as text; empty where there are none (no Linux, or no IPv6). */
export async function readProcUdp(): Promise<string[]> {
  return Promise.all(FILES.map((path) => readFile(path, "latin1").catch(() => "")));
}
