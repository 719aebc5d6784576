/** What protects the HTTP server: the contents of a web configuration file and of the files that it names. */
export interface WebProtection {
  readonly tls: WebTls | undefined;
  readonly http2: boolean;
  /** Put on every answer. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Users and their bcrypt hashes; none = everybody may. */
  readonly users: ReadonlyMap<string, string>;
  readonly rateLimit: { readonly burst: number; readonly intervalMs: number } | undefined;
}

export interface WebTls extends WebTlsOptions {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

export type ClientAuth =
  | "NoClientCert"
  | "RequestClientCert"
  | "RequireAnyClientCert"
  | "VerifyClientCertIfGiven"
  | "RequireAndVerifyClientCert";

/** In Node.js' words. */
export interface WebTlsOptions {
  readonly clientAuth: ClientAuth;
  /** A verified client must have one of these subject alternative names; none = any. */
  readonly allowedNames: readonly string[];
  readonly minVersion: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly maxVersion: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  /** A list of OpenSSL; undefined = Node.js' own. */
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
  readonly prefersOwnCiphers: boolean;
}

/** Without a file: plain HTTP for everybody. */
export const UNPROTECTED: WebProtection = {
  tls: undefined,
  http2: false,
  headers: [],
  users: new Map(),
  rateLimit: undefined,
};
