import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import type { RelayTarget } from "../../model/relay.ts";
import { TransportError } from "../transport.ts";
import { formatUdpUrl, parseUdpUrl } from "../udp-address.ts";

/** What is asked about the world; tests answer themselves. */
export interface Surroundings {
  /** The address of a name. */
  lookup(host: string): Promise<string>;
  /** The addresses of this machine. */
  addresses(): readonly string[];
}

const REAL: Surroundings = {
  // Of a name with both, the IPv4 address: StatsD servers listen there by default.
  lookup: async (host) => (await lookup(host, { order: "ipv4first" })).address,
  addresses: () => Object.values(networkInterfaces()).flatMap((infos) => (infos ?? []).map(({ address }) => address)),
};

/** What is sent to no address in particular goes to this machine. */
const LOOPBACK_OF_ANY: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
]);

/**
 * Looks a target up, once. Rejects with a `TransportError` where it has no address, and where this server listens at it itself,
 * by one of the URLs of `listen`: each line would come back for ever.
 */
export async function resolveRelay(
  { host, port }: RelayTarget,
  listen: readonly string[],
  surroundings: Surroundings = REAL,
): Promise<RelayTarget> {
  const url = formatUdpUrl(host, port);
  const address = isIP(host) === 0 ? await lookUp(url, host, surroundings) : host;
  const own = listen.find((each) => each.startsWith("udp://") && isHeard(each, { host: address, port }, surroundings));
  if (own === undefined) return { host: address, port };
  throw new TransportError(url, `is where this server itself listens (${own}): relayed lines would come back for ever`);
}

async function lookUp(url: string, host: string, surroundings: Surroundings): Promise<string> {
  try {
    return await surroundings.lookup(host);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = `the relay's target cannot be looked up: ${code ?? message}`;
    throw new TransportError(url, `${problem}; write a host name that is known here, or an IP address`, error);
  }
}

/** Does a listener get what is sent to `target`? */
function isHeard(listener: string, target: RelayTarget, { addresses }: Surroundings): boolean {
  const { host, port } = parseUdpUrl(listener);
  if (port !== target.port) return false;
  const address = LOOPBACK_OF_ANY.get(target.host) ?? target.host;
  if (host === address || (host === "localhost" && address === "127.0.0.1")) return true;
  // [::] takes IPv4 too, 0.0.0.0 takes nothing else.
  const isAny = host === "::" || (host === "0.0.0.0" && isIPv4(address));
  return isAny && (address.startsWith("127.") || addresses().includes(address));
}
