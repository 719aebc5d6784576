import { describe, expect, it } from "vitest";
import { readWebFile } from "../../src/config/web-file.ts";

const HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
const CERTIFIED = "cert_file: a.pem, key_file: b.pem";

function errorsOf(text: string): string[] {
  const read = readWebFile(text);
  return read.ok ? [] : read.error.map(({ key, problem }) => `${key} ${problem}`);
}

/** Nine levels of nine aliases each: a few hundred bytes that mean 387 million values. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`);
  return ["l0: &l0 x", ...levels, ""].join("\n");
}

describe("a web configuration file", () => {
  it("is understood in the words of Prometheus' documentation", () => {
    const read = readWebFile(`
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: VerifyClientCertIfGiven
  client_ca_file: ca.crt
  client_allowed_sans: [a.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: false
  headers: {X-Frame-Options: deny}
basic_auth_users:
  alice: ${HASH}
rate_limit: {burst: 5, interval: 1s}
`);
    expect(read).toMatchObject({
      ok: true,
      value: {
        tls: {
          cert: { file: "server.crt" },
          key: { file: "server.key" },
          clientCa: { file: "ca.crt" },
          clientAuth: "VerifyClientCertIfGiven",
          allowedNames: ["a.example"],
          minVersion: "TLSv1.2",
          maxVersion: "TLSv1.3",
          ciphers:
            "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256",
          curves: "X25519:P-256",
          prefersOwnCiphers: false,
        },
        http2: false,
        headers: [["X-Frame-Options", "deny"]],
        users: new Map([["alice", HASH]]),
        rateLimit: { burst: 5, intervalMs: 1_000 },
      },
    });
  });

  it.each(["", "{}", "tls_server_config:\nbasic_auth_users:\nhttp_server_config:\n"])("may be empty: %j", (text) => {
    expect(readWebFile(text)).toMatchObject({ ok: true, value: { tls: undefined, http2: true, headers: [] } });
  });

  it("may hold certificate and key themselves", () => {
    expect(readWebFile("tls_server_config: {cert: AAA, key: BBB}")).toMatchObject({
      ok: true,
      value: { tls: { cert: { text: "AAA" }, key: { text: "BBB" }, clientAuth: "NoClientCert" } },
    });
  });

  it.each([
    ["tls_server_config: {key_file: b.pem}", "tls_server_config.cert_file is missing"],
    ["tls_server_config: {cert_file: b.pem}", "tls_server_config.key_file is missing"],
    [`tls_server_config: {${CERTIFIED}, cert: x}`, "tls_server_config.cert and cert_file are both given; take one out"],
    [
      `tls_server_config: {${CERTIFIED}, min_version: TLS13, max_version: TLS12}`,
      "tls_server_config.min_version is above max_version",
    ],
    [
      `tls_server_config: {${CERTIFIED}, min_version: TLS14}`,
      'tls_server_config.min_version "TLS14" is unknown; did you mean TLS10?',
    ],
    [
      `tls_server_config: {${CERTIFIED}, client_ca_file: c}`,
      "tls_server_config.client_auth_type is needed where there is a client_ca_file",
    ],
    [
      `tls_server_config: {${CERTIFIED}, client_auth_type: RequireAndVerifyClientCert}`,
      "tls_server_config.client_ca_file is needed for RequireAndVerifyClientCert",
    ],
    [
      `tls_server_config: {${CERTIFIED}, client_allowed_sans: [a]}`,
      "tls_server_config.client_allowed_sans needs a client_auth_type that verifies certificates",
    ],
    [
      `tls_server_config: {${CERTIFIED}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}`,
      'tls_server_config.cipher_suites.0 "TLS_RSA_WITH_RC4_128_SHA" is unknown; did you mean',
    ],
    [
      `tls_server_config: {${CERTIFIED}, certfile: x}`,
      "tls_server_config has keys that the format does not know: certfile",
    ],
    ["basic_auth_users: {ann: secret}", "basic_auth_users.ann is no bcrypt hash; make one with htpasswd -nBC 10 USER"],
    [
      "http_server_config: {headers: {X-Mine: a}}",
      "http_server_config.headers.X-Mine is none of Content-Security-Policy",
    ],
    [
      "http_server_config: {headers: {X-Frame-Options: allow}}",
      "http_server_config.headers.X-Frame-Options has a value that this header cannot have",
    ],
    ["rate_limit: {burst: 1, interval: 1}", "rate_limit.interval"],
    ["a: [", "line 1 is not valid YAML"],
    ["- a", "(file)"],
    ["basic_auth_users: {a: 1, a: 2}", "line 1 is not valid YAML"],
    ["a: &x [1]\nb: *x", "(file) has keys that the format does not know: a, b"],
    [bomb(), "(file) has too many aliases"],
  ])("%s: %s", (text, want) => {
    expect(errorsOf(text)[0]).toContain(want);
  });

  it("gets every error in one answer, and no secret in any", () => {
    const errors = errorsOf("basic_auth_users: {ann: secret1, bob: secret2}\nunknown: 1\n");
    expect(errors).toHaveLength(3);
    expect(errors.join()).not.toContain("secret");
  });
});
