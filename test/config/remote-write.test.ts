import { describe, expect, it } from "vitest";
import { load, problems, refuse } from "./support.ts";

const URL = "http://prometheus:9090/api/v1/write";

/** What the configuration becomes with these keys under `prometheus_remote_write`. */
function written(keys: string) {
  return load({ file: `hostname: here\nprometheus_remote_write: {url: "${URL}", ${keys}}` }).config.remoteWrite;
}

describe("prometheus_remote_write", () => {
  it("is off without a URL", () => {
    expect(load({}).config.remoteWrite.enabled).toBe(false);
    expect(written("version: 1.0")).toMatchObject({ enabled: true, url: URL, version: "1.0" });
  });

  it("tells two servers apart by their hostname, unless an instance is given", () => {
    expect(written("").labels).toEqual([
      ["job", "tallyd"],
      ["instance", "here"],
    ]);
    expect(written("labels: ['job:x', 'instance:a:9102']").labels).toEqual([
      ["job", "x"],
      ["instance", "a:9102"],
    ]);
  });

  it("takes headers whose names have any character of a token", () => {
    expect(written("headers: ['X_Tenant.v1: a, b']").headers.map(([name, value]) => [name, value.reveal()])).toEqual([
      ["X_Tenant.v1", "a, b"],
    ]);
  });

  it("keeps the values of headers, tokens and passwords secret", () => {
    const config = written(
      "headers: ['X-Scope-OrgID: tenant'], bearer_token: token-1, password: password-1, username: me",
    );
    expect(config.headers.map(([name, value]) => [name, value.reveal()])).toEqual([["X-Scope-OrgID", "tenant"]]);
    expect(JSON.stringify(config)).not.toMatch(/tenant|token-1|password-1/);
  });

  it.each([
    ["url: ftp://host", "is not a URL"],
    ["url: 'http://me:hush@host/write'", "has a user name in it"],
    ["url: 'http://host/write?key=hush'", "has a query in it"],
    ["labels: ['__name__:x']", "is no label"],
    ["labels: ['a b:x']", "is no label"],
    ["headers: ['Authorization: Bearer x']", "is no header that may be added"],
    ["headers: ['X-A']", "is no header that may be added"],
    ["headers: ['transfer-encoding: chunked']", "is no header that may be added"],
    ["headers: ['X-Prometheus-Remote-Write-Version: 9']", "is no header that may be added"],
    ["username: 'a:b', password: hush", "has a colon in it"],
    ["password: hush", "has no username to go with it"],
    ["cert_file: client.pem", "has no key_file to go with it"],
    ["key_file: client-key.pem", "has no cert_file to go with it"],
    ["version: '3.0'", "is not one of the choices"],
    ["shards: 0", "is too small"],
  ])("refuses %s", (keys, problem) => {
    const said = problems({ file: `prometheus_remote_write: {${keys}}` });
    expect(JSON.stringify(said)).toContain(problem);
    expect(JSON.stringify(refuse({ file: `prometheus_remote_write: {${keys}}` }))).not.toMatch(/hush|Bearer x/);
  });
});

describe("the state of the Prometheus output", () => {
  it("is kept nowhere unless a file is named, and outlives a series by default", () => {
    expect(load({}).config.lifetime).toEqual({ remainsMax: 100_000, stateFile: undefined });
    const { config } = load({ file: "prometheus: {state_file: /var/lib/tallyd/state, remember: 0}" });
    expect(config.lifetime).toEqual({ remainsMax: 0, stateFile: "/var/lib/tallyd/state" });
  });
});
