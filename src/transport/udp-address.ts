import { isIPv6 } from "node:net";
import { TransportError } from "./transport.ts";

export interface UdpAddress {
  /** Without the brackets of a URL. */
  readonly host: string;
  readonly port: number;
  /** A name such as `localhost` is looked up as IPv4: one family, and the one that most clients use. */
  readonly family: "udp4" | "udp6";
}

const BRACKETS = /^\[(.*)\]$/;

/** Reads `udp://host:port` or `udp://[::1]:port`; the port may be left out and is then 8125. */
export function parseUdpUrl(url: string): UdpAddress {
  const bad = new TransportError(
    url,
    "an address is udp://HOST:PORT and nothing more, for example udp://127.0.0.1:8125 or udp://[::1]:8125",
  );
  if (!URL.canParse(url)) throw bad;
  const { hostname, port, pathname, search } = new URL(url);
  if (hostname === "" || (pathname !== "" && pathname !== "/") || search !== "") throw bad;
  const host = hostname.replace(BRACKETS, "$1");
  return { host, port: port === "" ? 8125 : Number(port), family: isIPv6(host) ? "udp6" : "udp4" };
}

/** The URL of a bound address. */
export function formatUdpUrl(host: string, port: number): string {
  return isIPv6(host) ? `udp://[${host}]:${port}` : `udp://${host}:${port}`;
}
