import { isIPv6 } from "node:net";
import { TransportError } from "./transport.ts";

export interface InternetAddress {
  /** Without the brackets of a URL. */
  readonly host: string;
  readonly port: number;
}

const BRACKETS = /^\[(.*)\]$/;
/** Of StatsD, where a URL names none. */
const PORT = 8125;

/** Reads `SCHEME://host:port` or `SCHEME://[::1]:port`; the port may be left out and is then 8125. */
export function parseInternetUrl(url: string, scheme: string): InternetAddress {
  const bad = new TransportError(
    url,
    `an address is ${scheme}://HOST:PORT and nothing more, for example ${scheme}://127.0.0.1:8125 or ${scheme}://[::1]:8125`,
  );
  if (!URL.canParse(url)) throw bad;
  const { hostname, port, pathname, search } = new URL(url);
  if (hostname === "" || (pathname !== "" && pathname !== "/") || search !== "") throw bad;
  return { host: hostname.replace(BRACKETS, "$1"), port: port === "" ? PORT : Number(port) };
}

/** The URL of a bound address. */
export function formatInternetUrl(scheme: string, host: string, port: number): string {
  return isIPv6(host) ? `${scheme}://[${host}]:${port}` : `${scheme}://${host}:${port}`;
}
