import { bad, good } from "./values.ts";
import type { Read } from "./values.ts";

export interface HostPort {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

const PORT_MAX = 65_535;
const HOST_PORT = /^(\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[^\s:/?#@[\]]+):(\d{1,5})$/;

/** Undefined where the text is no `HOST:PORT`. */
export function splitHostPort(text: string): HostPort | undefined {
  const match = HOST_PORT.exec(text);
  if (match === null) return undefined;
  const port = Number(match[2]);
  return port > PORT_MAX ? undefined : { host: (match[1] ?? "").replace(/^\[(.*)\]$/, "$1"), port };
}

/** `127.0.0.1:9102`, `[::1]:9102`, or `:9102` for all addresses. */
export const hostPort: Read<HostPort> = (given) => {
  const text = String(given).trim();
  const address = splitHostPort(text.startsWith(":") ? `0.0.0.0${text}` : text);
  if (address !== undefined) return good(address);
  const meant = /^\d+$/.test(text) ? `127.0.0.1:${text}` : "127.0.0.1:9102";
  return bad("is not HOST:PORT", `write ${meant}, with a port from 0 to ${PORT_MAX}`);
};

/** The base URL of an intake: http or https, a path prefix is allowed, no password in it. */
export const baseUrl: Read<string> = (given) => {
  const text = String(given).trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return bad("is not a URL", "write https://HOST or http://HOST:PORT, with a path when a proxy needs one");
  }
  if (url.username !== "" || url.password !== "")
    return bad("has a user name in it", "take USER:PASSWORD@ out: it would be shown");
  if (url.search !== "" || url.hash !== "")
    return bad("has a query in it", "take everything after ? out; the key goes into datadog.api_key");
  return good(text.replace(/\/+$/, ""));
};

/** `datadoghq.eu`, also where somebody wrote `https://app.datadoghq.eu/`. */
export const site: Read<string> = (given) => {
  const name = normaliseSite(String(given));
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)
    ? good(name)
    : bad("is not a site", "write the site's name, for example datadoghq.com or datadoghq.eu");
};

/** The sites that exist; others are accepted with a warning, because Datadog adds some. */
export const KNOWN_SITES: readonly string[] = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "uk1.datadoghq.com",
  "ddog-gov.com",
  "us2.ddog-gov.com",
];

/** Takes off what people add to a site: blanks, a scheme, `app.` or `api.`, a path, a final dot. */
export function normaliseSite(given: string): string {
  return given
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[/?#:].*$/, "")
    .replace(/^(?:app|api)\./, "")
    .replace(/\.$/, "");
}
