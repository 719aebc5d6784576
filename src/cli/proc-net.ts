import { readFile } from "node:fs/promises";
import { createKernelDrops } from "../transport/kernel-drops.ts";

/** The kernel's tables of UDP sockets; absent where there are none (no Linux, or no IPv6). */
const FILES = ["/proc/net/udp", "/proc/net/udp6"];

/** Answers a function that reads how many datagrams the kernel has dropped so far on the ports of `urls`. */
export function watchKernelDrops(urls: readonly string[]): () => Promise<number> {
  const ports = urls.filter((url) => url.startsWith("udp:")).map((url) => Number(new URL(url).port));
  const drops = createKernelDrops(new Set(ports));
  return async () =>
    drops.update(...(await Promise.all(FILES.map((path) => readFile(path, "latin1").catch(() => "")))));
}
