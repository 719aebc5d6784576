import { isIPv6 } from "node:net";
import { TransportError } from "./transport.ts";

export interface InternetAddress {
  /** Without the brackets of a URL; a link-local address has its zone behind it, as in `fe80::1%eth0`. */
  readonly host: string;
  readonly port: number;
}

const BRACKETS = /^\[(.*)\]$/;
/** A zone, which the URL parser refuses; in a URL its sign may be written as %25 (RFC 6874). */
const ZONE = /^([a-z]+:\/\/\[[^\]%]+)%(?:25)?([^\]]+)\]/;
/** Of StatsD, where a URL names none. */
const PORT = 8125;

/** Reads `SCHEME://host:port`, `SCHEME://[::1]:port` or `SCHEME://[fe80::1%eth0]:port`; the port may be left out and is then 8125. */
export function parseInternetUrl(url: string, scheme: string): InternetAddress {
  const bad = new TransportError(
    url,
    `an address is ${scheme}://HOST:PORT and nothing more, for example ${scheme}://127.0.0.1:8125 or ${scheme}://[::1]:8125`,
  );
  const zone = ZONE.exec(url)?.[2];
  const plain = url.replace(ZONE, "$1]");
  if (!URL.canParse(plain)) throw bad;
  const { hostname, port, pathname, search } = new URL(plain);
  if (hostname === "" || (pathname !== "" && pathname !== "/") || search !== "") throw bad;
  const host = hostname.replace(BRACKETS, "$1");
  return { host: zone === undefined ? host : `${host}%${zone}`, port: port === "" ? PORT : Number(port) };
}

/** The URL of a bound address. */
export function formatInternetUrl(scheme: string, host: string, port: number): string {
  return isIPv6(host) ? `${scheme}://[${host}]:${port}` : `${scheme}://${host}:${port}`;
}
