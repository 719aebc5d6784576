import { hashSync } from "bcryptjs";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { watchWebProtection } from "../../src/cli/web-protection.ts";
import { createWeb } from "../../src/web/web.ts";
import type { Web } from "../../src/web/web.ts";
import { createAuthority } from "../support/certificates.ts";
import type { Authority, Identity } from "../support/certificates.ts";
import { reportOf, statusOf } from "../support/status.ts";
import { until } from "../support/until.ts";

/** A web configuration file over real sockets, with certificates that openssl makes. */

let directory = "";
let authority: Authority;
let client: Identity;
let stranger: Identity;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tallyd-web-"));
  authority = createAuthority(directory);
  authority.issue("server", "IP:127.0.0.1");
  client = authority.issue("client", "DNS:scraper.example,URI:spiffe://prod/prometheus");
  stranger = createAuthority(directory, "other").issue("stranger", "DNS:scraper.example");
});
afterAll(() => rmSync(directory, { recursive: true }));

const webs: Web[] = [];
afterEach(async () => {
  await Promise.all(webs.splice(0).map((web) => web.close(100)));
});

interface Served {
  readonly url: string;
  readonly port: number;
  readonly logged: string[];
  /** Replaces the web configuration file. */
  rewrite(text: string): void;
  get(options?: https.RequestOptions & { path?: string }): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

let files = 0;
async function serve(text: string): Promise<Served> {
  const file = join(directory, `web-${++files}.yml`);
  writeFileSync(file, text);
  const logged: string[] = [];
  const log = (_fields: unknown, message?: string): void => void logged.push(message ?? "");
  const web = createWeb({
    host: "127.0.0.1",
    port: 0,
    drain: async () => {},
    renderMetrics: () => ({ contentType: "text/plain", pieces: page() }),
    status: () => statusOf(),
    senders: () => reportOf(),
    ready: () => true,
    capture: () => Promise.resolve(undefined),
    protection: watchWebProtection(file, { info: log, error: log }),
    log: { error: () => {} },
  });
  webs.push(web);
  const { url, port } = await web.listen();
  return {
    url,
    port,
    logged,
    rewrite(next) {
      writeFileSync(`${file}.new`, next);
      renameSync(`${file}.new`, file);
    },
    get: (options = {}) => get(port, options),
  };
}

async function* page(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("a 1\n");
}

function get(port: number, options: https.RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request({
      port,
      host: "127.0.0.1",
      path: "/metrics",
      agent: false,
      ca: authority.ca,
      ...options,
    });
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
      response.on("error", reject);
    });
    request.on("error", reject).end();
  });
}

const withTls = (more = "", top = ""): string =>
  `tls_server_config:\n  cert_file: server.pem\n  key_file: server-key.pem\n${more}${top}`;

describe("TLS", () => {
  test("serves HTTPS with the certificate, whose paths are relative to the file", async () => {
    const { url, get: fetchPage } = await serve(withTls());
    expect(url).toMatch(/^https:/);
    expect(await fetchPage()).toMatchObject({ status: 200, body: "a 1\n" });
  });

  test("takes a new certificate without a restart, for the next connection", async () => {
    const renewed = authority.issue("renewed", "IP:127.0.0.1");
    const { port, rewrite, logged } = await serve(withTls());
    const subjectNow = async (): Promise<string> => {
      const socket = tls.connect({ port, host: "127.0.0.1", ca: authority.ca });
      await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    };
    expect(await subjectNow()).toBe("server");
    rewrite(`tls_server_config: {cert_file: ${renewed.certFile}, key_file: ${renewed.keyFile}}`);
    expect(await subjectNow()).toBe("renewed");
    expect(logged).toEqual(["the web configuration was read again"]);
  });

  test("keeps what held before when the file is broken, gone, or its certificate does not fit the key", async () => {
    const { get: fetchPage, rewrite, logged } = await serve(withTls("", "basic_auth_users: {}\n"));
    for (const broken of ["a: [", "{}x: 1", "tls_server_config: {cert_file: server.pem, key_file: client-key.pem}"]) {
      rewrite(broken);
      expect((await fetchPage()).status).toBe(200);
    }
    expect(logged).toHaveLength(3);
  });

  test("speaks HTTP/2 to those who want it, unless the file says no", async () => {
    const protocolOf = (port: number): Promise<string> =>
      new Promise((resolve, reject) => {
        const session = http2.connect(`https://127.0.0.1:${port}`, { ca: authority.ca });
        session.once("error", reject);
        const stream = session.request({ ":path": "/metrics" });
        let body = "";
        stream.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        stream.on("end", () => {
          session.close();
          resolve(body);
        });
        stream.on("error", reject);
      });
    expect(await protocolOf((await serve(withTls())).port)).toBe("a 1\n");
    const { port, get: fetchPage } = await serve(withTls("", "http_server_config: {http2: false}\n"));
    await expect(protocolOf(port)).rejects.toThrow();
    expect((await fetchPage()).status).toBe(200);
  });

  test("serves many scrapes at a time on one HTTP/2 connection, and those that went away hold no place", async () => {
    const { port } = await serve(withTls());
    const session = http2.connect(`https://127.0.0.1:${port}`, { ca: authority.ca });
    const bodyOf = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":path": "/metrics" });
        let body = "";
        stream.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        stream.on("end", () => resolve(body)).on("error", reject);
      });
    for (let i = 0; i < 100; i++) {
      const gone = session.request({ ":path": "/metrics" });
      gone.on("error", () => {});
      gone.close(http2.constants.NGHTTP2_CANCEL);
    }
    // Those that are gone may still be in the queue when the next one comes; not for long.
    await until(async () => (await bodyOf()) === "a 1\n");
    const bodies = await Promise.all(Array.from({ length: 50 }, bodyOf));
    expect(new Set(bodies)).toEqual(new Set(["a 1\n"]));
    session.close();
  });

  test("keeps to the versions and cipher suites of the file", async () => {
    const only12 = await serve(
      withTls("  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"),
    );
    const connect = (port: number, options: tls.ConnectionOptions): Promise<[string | null, string]> =>
      new Promise((resolve, reject) => {
        const socket = tls.connect({ port, host: "127.0.0.1", ca: authority.ca, ...options });
        socket.once("error", reject);
        socket.once("secureConnect", () => {
          resolve([socket.getProtocol(), socket.getCipher().name]);
          socket.destroy();
        });
      });
    expect(await connect(only12.port, {})).toEqual(["TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"]);
    await expect(connect(only12.port, { minVersion: "TLSv1.3" })).rejects.toThrow();
    await expect(connect(only12.port, { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" })).rejects.toThrow();
    const only13 = await serve(withTls("  min_version: TLS13\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n"));
    expect((await connect(only13.port, {}))[0]).toBe("TLSv1.3");
    await expect(connect(only13.port, { maxVersion: "TLSv1.2" })).rejects.toThrow();
  });
});

describe("client certificates", () => {
  const wanting = (type: string, more = ""): string =>
    withTls(`  client_auth_type: ${type}\n  client_ca_file: ca.pem\n${more}`);

  test("that must be valid: with one 200, without one or with a stranger's no answer", async () => {
    const { get: fetchPage } = await serve(wanting("RequireAndVerifyClientCert"));
    expect((await fetchPage({ cert: client.cert, key: client.key })).status).toBe(200);
    await expect(fetchPage()).rejects.toThrow();
    await expect(fetchPage({ cert: stranger.cert, key: stranger.key })).rejects.toThrow();
  });

  test("that may be left out are checked where there are any", async () => {
    const { get: fetchPage } = await serve(wanting("VerifyClientCertIfGiven"));
    expect((await fetchPage()).status).toBe(200);
    expect((await fetchPage({ cert: client.cert, key: client.key })).status).toBe(200);
    await expect(fetchPage({ cert: stranger.cert, key: stranger.key })).rejects.toThrow();
  });

  test.each(["RequireAnyClientCert", "RequireClientCert"])("of any kind (%s) are enough, but needed", async (type) => {
    const { get: fetchPage } = await serve(wanting(type));
    expect((await fetchPage({ cert: stranger.cert, key: stranger.key })).status).toBe(200);
    await expect(fetchPage()).rejects.toThrow();
  });

  test("must have an allowed name, where there is a list", async () => {
    const named = (name: string): string =>
      wanting("RequireAndVerifyClientCert", `  client_allowed_sans: ["${name}"]\n`);
    const { get: fetchPage, rewrite } = await serve(named("spiffe://prod/prometheus"));
    expect((await fetchPage({ cert: client.cert, key: client.key })).status).toBe(200);
    rewrite(named("spiffe://prod"));
    await expect(fetchPage({ cert: client.cert, key: client.key })).rejects.toThrow();
  });

  test("can be demanded without a restart", async () => {
    const { get: fetchPage, rewrite } = await serve(withTls());
    expect((await fetchPage()).status).toBe(200);
    rewrite(wanting("RequireAndVerifyClientCert"));
    await expect(fetchPage()).rejects.toThrow();
    expect((await fetchPage({ cert: client.cert, key: client.key })).status).toBe(200);
  });
});

describe("passwords", () => {
  const basic = (user: string, password: string) => ({
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
  });
  const users = (password: string): string => withTls("", `basic_auth_users:\n  ann: ${hashSync(password, 4)}\n`);

  test("let in who has one, on every path; all others get 401 and learn nothing", async () => {
    const { get: fetchPage } = await serve(users("se:cret"));
    for (const path of ["/metrics", "/", "/-/healthy", "/api/status"]) {
      expect((await fetchPage({ path, ...basic("ann", "se:cret") })).status).toBe(200);
      expect((await fetchPage({ path })).status).toBe(401);
    }
    expect((await fetchPage({ path: "/nothing" })).status).toBe(401);
    const refused = await fetchPage(basic("ann", "secret"));
    expect(refused).toMatchObject({ status: 401, headers: { "www-authenticate": "Basic" } });
    expect((await fetchPage(basic("bob", "se:cret"))).body).toBe(refused.body);
    expect((await fetchPage(basic("", ""))).status).toBe(401);
    expect((await fetchPage(basic("__proto__", "x"))).status).toBe(401);
    expect((await fetchPage({ headers: { authorization: "Bearer abc" } })).status).toBe(401);
  });

  test("change with the file, for the next request: what was remembered of the old one is worth nothing", async () => {
    const { get: fetchPage, rewrite } = await serve(users("old"));
    expect((await fetchPage(basic("ann", "old"))).status).toBe(200);
    rewrite(users("new"));
    expect((await fetchPage(basic("ann", "old"))).status).toBe(401);
    expect((await fetchPage(basic("ann", "new"))).status).toBe(200);
    rewrite(withTls());
    expect((await fetchPage()).status).toBe(200);
  });
});

test("headers of the file are on every answer, also on refusals", async () => {
  const { get: fetchPage } = await serve(
    withTls("", "http_server_config: {headers: {Strict-Transport-Security: max-age=60, X-Frame-Options: deny}}\n"),
  );
  for (const path of ["/metrics", "/nothing"]) {
    expect((await fetchPage({ path })).headers).toMatchObject({
      "strict-transport-security": "max-age=60",
      "x-frame-options": "deny",
    });
  }
});

test("the rate limit of the file answers 429 beyond the burst", async () => {
  const { get: fetchPage } = await serve(withTls("", "rate_limit: {burst: 2, interval: 1h}\n"));
  expect([(await fetchPage()).status, (await fetchPage()).status, (await fetchPage()).status]).toEqual([200, 200, 429]);
});
