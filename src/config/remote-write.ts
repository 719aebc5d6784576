import { createSecret } from "../std/secret.ts";
import type { Secret } from "../std/secret.ts";
import * as limits from "./limits.ts";
import { bad, bytes, choice, duration, flag, good, group, key, list, optionalKey, text, whole } from "./values.ts";
import type { Read, Values } from "./values.ts";

type Pair = readonly [key: string, value: string];

/** A receiver's whole URL. */
const receiverUrl: Read<string> = (given) => {
  const url = URL.canParse(String(given).trim()) ? new URL(String(given).trim()) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:"))
    return bad("is not a URL", "write the whole URL: http://prometheus:9090/api/v1/write");
  if (url.username !== "" || url.password !== "")
    return bad("has a user name in it", "take USER:PASSWORD@ out, and write username and password_file");
  return url.hash === "" && url.search === ""
    ? good(url.href)
    : bad("has a query in it", "take everything after ? out; secrets go into headers");
};

const label: Read<Pair> = (given) => {
  const result = text("write name:value")(given);
  if (!result.ok) return result;
  const [, name = "", value = ""] = /^([a-zA-Z_][a-zA-Z0-9_]*):\s*(\S.*)$/.exec(result.value) ?? [];
  return name === "" || name.startsWith("__")
    ? bad("is no label", "write name:value; a name has letters, digits and _, and does not begin with __")
    : good([name, value]);
};

/** What we write ourselves, and what belongs to the connection. */
const OWN_HEADERS = new Set([
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-prometheus-remote-write-version",
]);

const header: Read<readonly [name: string, value: Secret]> = (given) => {
  const result = text('write "Name: value"')(given);
  if (!result.ok) return result;
  const [, name = "", value = ""] = /^([\w!#$%&'*+.^`|~-]+):\s*([\x20-\x7e]+)$/.exec(result.value) ?? [];
  if (name === "" || OWN_HEADERS.has(name.toLowerCase()))
    return bad("is no header that may be added", 'write "Name: value"; for Authorization there are keys of their own');
  return good([name, createSecret(value)]);
};

const password: Read<Secret> = (given) => {
  const result = text("write the secret, or better the path of a file with it into the key that ends in _file")(given);
  if (!result.ok) return result;
  return /^[\x20-\x7e]+$/.test(result.value)
    ? good(createSecret(result.value))
    : bad("has characters that no header can carry", "write printable ASCII");
};

const user: Read<string> = (given) => {
  const result = text("write a name")(given);
  if (!result.ok || !result.value.includes(":")) return result;
  return bad("has a colon in it", "a user name of basic authentication ends at the first colon; take it out");
};

const path = text("write a path");

/** The keys of remote write; a part of the schema. */
export const REMOTE_WRITE = group(
  {
    url: optionalKey(
      receiverUrl,
      "Turns it on: the receiver's whole URL, such as http://prometheus:9090/api/v1/write.",
    ),
    version: key(
      choice(["1.0", "2.0"], { "1": "1.0", "2": "2.0" }),
      "1.0",
      "2.0 falls back to 1.0 where the receiver does not confirm it.",
    ),
    labels: key(
      list(label, limits.REMOTE_WRITE_LABELS_MAX),
      ["job:tallyd"],
      "name:value, for every series that has no such label. Without an instance, it is the hostname: two servers must differ.",
    ),
    headers: key(
      list(header, limits.REMOTE_WRITE_HEADERS_MAX),
      [],
      'More headers, such as ["X-Scope-OrgID: tenant"]. They are never shown.',
    ),
    bearer_token: optionalKey(password, "Sent as Authorization: Bearer."),
    bearer_token_file: optionalKey(path, "A file with the token, read again when it is refused."),
    username: optionalKey(user, "For basic authentication; wins over a token."),
    password: optionalKey(password, "For basic authentication."),
    password_file: optionalKey(path, "A file with the password, read again when it is refused."),
    ca_file: optionalKey(path, "Certificates (PEM) to know the receiver by, instead of the system's."),
    cert_file: optionalKey(path, "Our own certificate (PEM), for receivers that ask for one."),
    key_file: optionalKey(path, "The key of that certificate (PEM)."),
    server_name: optionalKey(text("write a host name"), "The name that the receiver's certificate must have."),
    insecure_skip_verify: key(flag, "false", "Whether to talk to a receiver whose certificate is not valid."),
    timeout: key(duration(limits.TIMEOUT_MS), "30s", "For one request, from connecting to the response's end."),
    shards: key(
      whole(limits.REMOTE_WRITE_SHARDS),
      "4",
      "Queues with one request in flight each. A series keeps to one, so that its points stay in order.",
    ),
    points_per_request: key(whole(limits.REMOTE_WRITE_POINTS), "2000", "Most points in one request."),
    queue_bytes: key(
      bytes(limits.RETRY_QUEUE_BYTES),
      "64MiB",
      "Requests that wait for a failing receiver, compressed; the oldest go first.",
    ),
    retry_age_max: key(
      duration(limits.RETRY_AGE_MS, "no limit"),
      "1h",
      "Older requests are dropped and counted: Prometheus refuses what is an hour behind.",
    ),
    native_histograms: key(
      flag,
      "false",
      "Histograms with bounds as native ones alone; needs prometheus.native_histograms.mode.",
    ),
    stale_at_shutdown: key(
      flag,
      "true",
      "Whether the end of the process ends its series; else their last values are seen for five minutes more.",
    ),
  },
  "The Prometheus series, pushed at each flush. Off without a URL.",
);

type Given = Values<(typeof REMOTE_WRITE)["members"]>;

/** Keys that mean nothing without another one. */
const COMPANIONS = [
  ["cert_file", "key_file"],
  ["key_file", "cert_file"],
  ["password", "username"],
  ["password_file", "username"],
] as const;

/** Rules over several keys; what is wrong goes to `fail`. */
export function checkRemoteWrite(given: Given, fail: (key: string, problem: string, remedy: string) => void): void {
  for (const [name, companion] of COMPANIONS) {
    if (given[name] === undefined || given[companion] !== undefined) continue;
    fail(`prometheus_remote_write.${name}`, `has no ${companion} to go with it`, `write ${companion}, or take it out`);
  }
}

export interface RemoteWriteConfig {
  /** True with a URL. */
  readonly enabled: boolean;
  readonly url: string;
  readonly version: "1.0" | "2.0";
  readonly labels: readonly Pair[];
  readonly headers: readonly (readonly [name: string, value: Secret])[];
  readonly auth: {
    readonly bearerToken: Secret | undefined;
    readonly bearerTokenFile: string | undefined;
    readonly username: string | undefined;
    readonly password: Secret | undefined;
    readonly passwordFile: string | undefined;
  };
  readonly tls: {
    readonly caFile: string | undefined;
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
    readonly serverName: string | undefined;
    readonly insecureSkipVerify: boolean;
  };
  readonly timeoutMs: number;
  readonly shards: number;
  readonly pointsPerRequestMax: number;
  readonly queueBytesMax: number;
  readonly ageMaxMs: number;
  readonly native: boolean;
  readonly staleAtShutdown: boolean;
}

export function shapeRemoteWrite(given: Given, hostname: string): RemoteWriteConfig {
  const hasInstance = given.labels.some(([name]) => name === "instance");
  return {
    enabled: given.url !== undefined,
    url: given.url ?? "",
    version: given.version,
    labels: hasInstance ? given.labels : [...given.labels, ["instance", hostname]],
    headers: given.headers,
    auth: {
      bearerToken: given.bearer_token,
      bearerTokenFile: given.bearer_token_file,
      username: given.username,
      password: given.password,
      passwordFile: given.password_file,
    },
    tls: {
      caFile: given.ca_file,
      certFile: given.cert_file,
      keyFile: given.key_file,
      serverName: given.server_name,
      insecureSkipVerify: given.insecure_skip_verify,
    },
    timeoutMs: given.timeout,
    shards: given.shards,
    pointsPerRequestMax: given.points_per_request,
    queueBytesMax: given.queue_bytes,
    ageMaxMs: given.retry_age_max,
    native: given.native_histograms,
    staleAtShutdown: given.stale_at_shutdown,
  };
}
