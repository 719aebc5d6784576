import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RemoteWriteOptions, TlsOptions } from "../../../src/output/remote-write/options.ts";
import { createAuthority } from "../../support/certificates.ts";
import type { Authority, Identity } from "../../support/certificates.ts";
import { startReceiver } from "../../support/remote-write/receiver.ts";
import type { Receiver, ReceiverOptions } from "../../support/remote-write/receiver.ts";
import { until } from "../../support/until.ts";
import { REMOTE_WRITE_DEFAULTS, Rig, TOKEN } from "./rig.ts";

/** Remote write over TLS to a receiver with certificates that openssl makes. */

let directory = "";
let authority: Authority;
let stranger: Authority;
let server: Identity;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tallyd-remote-write-"));
  authority = createAuthority(directory);
  stranger = createAuthority(directory, "stranger");
  server = authority.issue("server", "IP:127.0.0.1,DNS:receiver.example");
});
afterAll(() => rmSync(directory, { recursive: true }));

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** What the receiver saw of a connection. */
interface Handshake {
  readonly protocol: string | false | null;
  readonly askedFor: unknown;
  readonly client: string | undefined;
}

/** A receiver with the certificate of `identity`, and an output that sends it one series, with a token. */
async function start(
  tls: Partial<TlsOptions>,
  identity = server,
  more: ReceiverOptions["tls"] = {},
  change: Partial<RemoteWriteOptions> = {},
): Promise<{ rig: Rig; receiver: Receiver; handshakes: Handshake[] }> {
  const receiver = await startReceiver({ tls: { cert: identity.cert, key: identity.key, ...more } });
  const handshakes: Handshake[] = [];
  receiver.server?.on("secureConnection", (socket: TLSSocket & { servername?: unknown }) => {
    const client = socket.getPeerCertificate().subject?.CN;
    handshakes.push({ protocol: socket.alpnProtocol, askedFor: socket.servername, client: client?.toString() });
  });
  const rig = new Rig(receiver.url, {
    shards: 1,
    auth: { ...REMOTE_WRITE_DEFAULTS.auth, bearerToken: TOKEN },
    tls: { ...REMOTE_WRITE_DEFAULTS.tls, ...tls },
    ...change,
  });
  open.push(
    () => receiver.close(),
    () => rig.output.close(rig.nowMs + 1),
  );
  rig.view.add("hits_total", "", 1);
  return { rig, receiver, handshakes };
}

/** Tries a few times in vain; answers why. Not a byte of a request reached the receiver. */
async function failureOf({ rig, receiver }: { rig: Rig; receiver: Receiver }): Promise<string> {
  rig.flush();
  await until(() => rig.output.status().retries > 3);
  expect([receiver.arrivals, receiver.stored]).toEqual([[], 0]);
  const { healthy, detail } = rig.output.status();
  expect(healthy).toBe(false);
  return detail;
}

describe("the receiver's certificate", () => {
  it("is accepted where ca_file knows who signed it, over HTTP/1.1", async () => {
    const ALPNProtocols = ["h2", "http/1.1"];
    const { rig, receiver, handshakes } = await start({ caFile: authority.caFile }, server, { ALPNProtocols });
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1]);
    expect(receiver.arrivals[0]?.headers["authorization"]).toBe(`Bearer ${TOKEN.reveal()}`);
    expect(handshakes.map(({ protocol }) => protocol)).toEqual(["http/1.1"]);
  });

  it("is not accepted by what the system trusts, nor by the certificates of another authority", async () => {
    expect(await failureOf(await start({}))).toMatch(/unable to (?:verify|get)|self-signed/i);
    expect(await failureOf(await start({ caFile: stranger.caFile }))).toMatch(/unable to (?:verify|get)|self-signed/i);
  });

  it("must have the host's name, or that of server_name, which is also what the receiver is asked for", async () => {
    const named = authority.issue("named", "DNS:receiver.example");
    expect(await failureOf(await start({ caFile: authority.caFile }, named))).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await failureOf(await start({ caFile: authority.caFile, serverName: "other.example" }))).toContain(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
    const { rig, receiver, handshakes } = await start(
      { caFile: authority.caFile, serverName: "receiver.example" },
      named,
    );
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1]);
    expect(handshakes.map(({ askedFor }) => askedFor)).toEqual(["receiver.example"]);
  });

  it("may be anything with insecure_skip_verify", async () => {
    const expired = stranger.issue("expired", "DNS:other.example");
    const { rig, receiver } = await start({ insecureSkipVerify: true }, expired);
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1]);
  });
});

describe("our own certificate", () => {
  const demands = (): ReceiverOptions["tls"] => ({ ca: authority.ca, requestCert: true, rejectUnauthorized: true });

  it("is shown to a receiver that demands one", async () => {
    const { certFile, keyFile } = authority.issue("client", "DNS:tallyd.example");
    const tls = { caFile: authority.caFile, certFile, keyFile };
    const { rig, receiver, handshakes } = await start(tls, server, demands());
    await rig.deliver();
    expect(receiver.values("hits_total")).toEqual([1]);
    expect(handshakes.map(({ client }) => client)).toEqual(["client"]);
  });

  it("is missed by a receiver that demands one: the points wait", async () => {
    const { rig, receiver } = await start({ caFile: authority.caFile }, server, demands());
    rig.flush();
    await until(() => rig.output.status().retries > 3);
    expect([receiver.stored, rig.note("points_queued")]).toEqual([0, 1]);
  });

  it("and the authority's are read again for each connection, so that what is renewed needs no restart", async () => {
    const [certFile, keyFile, caFile] = ["cert", "key", "authority"].map((name) => join(directory, `live-${name}.pem`));
    const use = (identity: Identity, { ca }: Authority): void => {
      copyFileSync(identity.certFile, certFile as string);
      copyFileSync(identity.keyFile, keyFile as string);
      writeFileSync(caFile as string, ca);
    };
    use(authority.issue("first", "DNS:tallyd.example"), stranger);
    const { rig, receiver, handshakes } = await start({ certFile, keyFile, caFile }, server, demands());
    expect(await failureOf({ rig, receiver })).toMatch(/unable to|self-signed/i);
    use(authority.issue("second", "DNS:tallyd.example"), authority);
    await rig.settled();
    rmSync(keyFile as string);
    receiver.server?.closeAllConnections();
    rig.flush();
    await until(() => rig.output.status().detail.includes("key_file cannot be read"));
    use(authority.issue("third", "DNS:tallyd.example"), authority);
    await rig.settled();
    expect(receiver.values("hits_total")).toEqual([1, 1]);
    expect(handshakes.map(({ client }) => client)).toEqual(["second", "third"]);
    expect(rig.balance()).toBe(0);
  });
});

describe("files that cannot be used", () => {
  const make = (tls: Partial<TlsOptions>) => (): Rig =>
    new Rig("https://127.0.0.1:1/", { tls: { ...REMOTE_WRITE_DEFAULTS.tls, ...tls } });

  it("are told at the start by their key, and nothing of what is in them", () => {
    const { certFile } = authority.issue("mine", "DNS:tallyd.example");
    const { keyFile, key } = authority.issue("foreign", "DNS:tallyd.example");
    expect(make({ caFile: join(directory, "nowhere.pem") })).toThrow("ca_file cannot be read: ENOENT");
    expect(make({ certFile, keyFile })).toThrow("ca_file, cert_file and key_file cannot be used: ");
    const broken = join(directory, "broken.pem");
    writeFileSync(broken, readFileSync(keyFile, "utf8").replace("BEGIN", "BEGINN"));
    const secret = key.split("\n")[1] as string;
    let said = "";
    try {
      make({ certFile, keyFile: broken })();
    } catch (error) {
      said = String(error) + String((error as Error).cause);
    }
    expect(said).toContain("cannot be used");
    expect(said).not.toContain(secret.slice(0, 12));
  });
});
