import type { Document } from "yaml";
import type { z } from "zod";
import type { ClientAuth, WebProtection, WebTlsOptions } from "../model/web-config.ts";
import { parseDuration } from "../std/duration.ts";
import { late } from "../std/late.ts";
import { nearest } from "../std/nearest.ts";
import type { Result } from "../std/result.ts";
import { yamlProblem } from "../std/yaml-problem.ts";
import { cipherList, NODE_BY_VERSION, OPENSSL_BY_CURVE, OPENSSL_BY_SUITE, SUITES_OF_TLS13 } from "./cipher-suites.ts";

const yaml = late("yaml");
const zod = late("zod");

/** A file that the web configuration names, or the text that it has instead. */
export type FileOrText = { readonly file: string } | { readonly text: string };

/** A web configuration as it is written; the files in it are still to be read. */
export interface WebFile extends Omit<WebProtection, "tls"> {
  readonly tls:
    | (WebTlsOptions & {
        readonly cert: FileOrText;
        readonly key: FileOrText;
        readonly clientCa: FileOrText | undefined;
      })
    | undefined;
}

/** What is wrong with one key: `tls_server_config.min_version`. */
export interface WebFileError {
  readonly key: string;
  readonly problem: string;
}

const CLIENT_AUTHS: ReadonlyMap<string, ClientAuth> = new Map<string, ClientAuth>([
  ["", "NoClientCert"],
  ["NoClientCert", "NoClientCert"],
  ["RequestClientCert", "RequestClientCert"],
  ["RequireAnyClientCert", "RequireAnyClientCert"],
  // The name in older versions of the format.
  ["RequireClientCert", "RequireAnyClientCert"],
  ["VerifyClientCertIfGiven", "VerifyClientCertIfGiven"],
  ["RequireAndVerifyClientCert", "RequireAndVerifyClientCert"],
]);

/** What the format allows to set. */
const HEADERS: ReadonlyMap<string, RegExp> = new Map([
  ["Content-Security-Policy", /^[\x20-\x7e]*$/],
  ["X-Frame-Options", /^(?:deny|sameorigin)$/i],
  ["X-Content-Type-Options", /^nosniff$/i],
  ["X-XSS-Protection", /^[\x20-\x7e]*$/],
  ["Strict-Transport-Security", /^[\x20-\x7e]*$/],
]);

const BCRYPT = /^\$2[abxy]?\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

function oneOf(names: readonly string[]) {
  const known = names.filter((name) => name !== "");
  const { z } = zod();
  return z.string().superRefine((given, context) => {
    if (names.includes(given)) return;
    const guess = nearest(given, known);
    const message = guess === undefined ? `is none of ${known.join(", ")}` : `is unknown; did you mean ${guess}?`;
    context.addIssue({ code: "custom", message: `${JSON.stringify(given)} ${message}` });
  });
}

/** The format itself, made at each reading: that is seldom, and whoever has no such file need not have the library. */
function createFormat() {
  const { z } = zod();
  const suite = oneOf([...OPENSSL_BY_SUITE.keys(), ...SUITES_OF_TLS13]);
  const version = oneOf([...NODE_BY_VERSION.keys()]);

  const tls = z.strictObject({
    cert: z.string().default(""),
    cert_file: z.string().default(""),
    key: z.string().default(""),
    key_file: z.string().default(""),
    client_ca: z.string().default(""),
    client_ca_file: z.string().default(""),
    client_auth_type: oneOf([...CLIENT_AUTHS.keys()]).default(""),
    client_allowed_sans: z.array(z.string()).nullish(),
    min_version: version.default("TLS12"),
    max_version: version.default("TLS13"),
    cipher_suites: z.array(suite).nullish(),
    curve_preferences: z.array(oneOf([...OPENSSL_BY_CURVE.keys()])).nullish(),
    prefer_server_cipher_suites: z.boolean().default(true),
  });

  return z.strictObject({
    tls_server_config: tls.nullish(),
    http_server_config: z
      .strictObject({ http2: z.boolean().default(true), headers: z.record(z.string(), z.string()).nullish() })
      .nullish(),
    basic_auth_users: z
      .record(z.string(), z.string().regex(BCRYPT, "is no bcrypt hash; make one with htpasswd -nBC 10 USER"))
      .nullish(),
    rate_limit: z.strictObject({ burst: z.int().min(1), interval: z.string() }).nullish(),
  });
}

/** Reads a file in the format of Prometheus' exporters. Every error comes in one answer; no value is repeated that may be a secret. */
export function readWebFile(text: string): Result<WebFile, readonly WebFileError[]> {
  const document = yaml().parseDocument(text, { uniqueKeys: true, prettyErrors: false, logLevel: "error" });
  const broken = document.errors.map((error) => ({
    key: `line ${text.slice(0, error.pos[0]).split("\n").length}`,
    problem: `is not valid YAML: ${yamlProblem(error)}`,
  }));
  if (broken.length > 0) return { ok: false, error: broken };
  const tree = treeOf(document);
  if (tree === undefined) return { ok: false, error: [{ key: "(file)", problem: "has too many aliases" }] };
  const parsed = createFormat().safeParse(tree);
  if (!parsed.success) return { ok: false, error: parsed.error.issues.map(asError) };
  const errors = [...checkTls(parsed.data), ...checkRest(parsed.data)];
  return errors.length > 0 ? { ok: false, error: errors } : { ok: true, value: shape(parsed.data) };
}

/** Plain values; undefined where aliases would blow them up. */
function treeOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    return undefined;
  }
}

/** A key of the file where it looks like one: in a broken file, the lines of a private key can become a key. */
function shownName(name: PropertyKey): string {
  return /^[\w.@+-]{1,40}$/.test(String(name)) ? String(name) : "(something that is no name)";
}

type Given = z.output<ReturnType<typeof createFormat>>;

function asError({ path, message, code, ...issue }: z.core.$ZodIssue): WebFileError {
  const key = path.map(shownName).join(".") || "(file)";
  if (code !== "unrecognized_keys") return { key, problem: message };
  const unknown = (issue as { keys?: string[] }).keys ?? [];
  return { key, problem: `has keys that the format does not know: ${unknown.map(shownName).join(", ")}` };
}

function checkTls({ tls_server_config: tls }: Given): WebFileError[] {
  if (tls === null || tls === undefined) return [];
  const errors: WebFileError[] = [];
  const fail = (name: string, problem: string): void => void errors.push({ key: `tls_server_config.${name}`, problem });
  for (const name of ["cert", "key"] as const) {
    if (tls[name] === "" && tls[`${name}_file`] === "") fail(`${name}_file`, "is missing");
  }
  for (const name of ["cert", "key", "client_ca"] as const) {
    if (tls[name] !== "" && tls[`${name}_file`] !== "") fail(name, `and ${name}_file are both given; take one out`);
  }
  const auth = CLIENT_AUTHS.get(tls.client_auth_type);
  const hasCa = tls.client_ca !== "" || tls.client_ca_file !== "";
  if (hasCa && auth === "NoClientCert") fail("client_auth_type", "is needed where there is a client_ca_file");
  const verifies = auth === "RequireAndVerifyClientCert" || auth === "VerifyClientCertIfGiven";
  if (verifies && !hasCa) fail("client_ca_file", `is needed for ${auth}`);
  if ((tls.client_allowed_sans ?? []).length > 0 && !verifies)
    fail("client_allowed_sans", "needs a client_auth_type that verifies certificates");
  if (tls.min_version > tls.max_version) fail("min_version", "is above max_version");
  return errors;
}

function checkRest({ http_server_config: http, rate_limit: rate }: Given): WebFileError[] {
  const errors: WebFileError[] = [];
  for (const [name, value] of Object.entries(http?.headers ?? {})) {
    const key = `http_server_config.headers.${name}`;
    const allowed = HEADERS.get(name);
    if (allowed === undefined) errors.push({ key, problem: `is none of ${[...HEADERS.keys()].join(", ")}` });
    else if (value !== "" && !allowed.test(value))
      errors.push({ key, problem: "has a value that this header cannot have" });
  }
  if (rate !== null && rate !== undefined && parseDuration(rate.interval) === undefined)
    errors.push({ key: "rate_limit.interval", problem: "is no duration; write 1s, 500ms or the like" });
  return errors;
}

function shape({
  tls_server_config: tls,
  http_server_config: http,
  basic_auth_users: users,
  rate_limit: rate,
}: Given): WebFile {
  const intervalMs = rate === null || rate === undefined ? 0 : (parseDuration(rate.interval) ?? 0);
  return {
    tls: tls === null || tls === undefined ? undefined : shapeTls(tls),
    http2: http?.http2 ?? true,
    headers: Object.entries(http?.headers ?? {}).filter(([, value]) => value !== ""),
    users: new Map(Object.entries(users ?? {})),
    rateLimit: intervalMs === 0 ? undefined : { burst: rate?.burst ?? 1, intervalMs },
  };
}

function shapeTls(tls: NonNullable<Given["tls_server_config"]>): NonNullable<WebFile["tls"]> {
  const pick = (text: string, file: string): FileOrText => (text === "" ? { file } : { text });
  const curves = (tls.curve_preferences ?? []).map((curve) => OPENSSL_BY_CURVE.get(curve));
  return {
    cert: pick(tls.cert, tls.cert_file),
    key: pick(tls.key, tls.key_file),
    clientCa: tls.client_ca === "" && tls.client_ca_file === "" ? undefined : pick(tls.client_ca, tls.client_ca_file),
    clientAuth: CLIENT_AUTHS.get(tls.client_auth_type) ?? "NoClientCert",
    allowedNames: tls.client_allowed_sans ?? [],
    minVersion: NODE_BY_VERSION.get(tls.min_version) ?? "TLSv1.2",
    maxVersion: NODE_BY_VERSION.get(tls.max_version) ?? "TLSv1.3",
    ciphers: cipherList(tls.cipher_suites ?? [], tls.min_version < "TLS12"),
    curves: curves.length === 0 ? undefined : curves.join(":"),
    prefersOwnCiphers: tls.prefer_server_cipher_suites,
  };
}
