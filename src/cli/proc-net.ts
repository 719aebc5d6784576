import { readFileSync } from "node:fs";
import { createKernelDrops, procAddress } from "../transport/kernel-drops.ts";
import { parseUdpUrl } from "../transport/udp-address.ts";

/** The kernel's tables of UDP sockets; absent where there are none (no Linux, or no IPv6). */
const FILES = ["/proc/net/udp", "/proc/net/udp6"];

/**
 * Answers a function that reads how many datagrams the kernel has dropped so far at the addresses of `urls`. It blocks for some
 * tenths of a millisecond: the files are made in memory, and reading them by the thread pool costs an idle process more.
 */
export function watchKernelDrops(urls: readonly string[]): () => number {
  const addresses = urls.filter((url) => url.startsWith("udp:")).map((url) => procAddress(parseUdpUrl(url)));
  const drops = createKernelDrops(new Set(addresses));
  return () => (addresses.length === 0 ? 0 : drops.update(...FILES.map(readIfThere)));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
