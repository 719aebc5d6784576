import { isIPv6 } from "node:net";
import { formatInternetUrl, parseInternetUrl } from "./internet-address.ts";
import type { InternetAddress } from "./internet-address.ts";

export interface UdpAddress extends InternetAddress {
  /** A name such as `localhost` is looked up as IPv4: one family, and the one that most clients use. */
  readonly family: "udp4" | "udp6";
}

/** Reads `udp://host:port` or `udp://[::1]:port`; the port may be left out and is then 8125. */
export function parseUdpUrl(url: string): UdpAddress {
  const address = parseInternetUrl(url, "udp");
  return { ...address, family: isIPv6(address.host) ? "udp6" : "udp4" };
}

/** The URL of a bound address. */
export function formatUdpUrl(host: string, port: number): string {
  return formatInternetUrl("udp", host, port);
}
