import { afterEach, expect, test } from "vitest";
import type { ReloadOutcome } from "../../src/model/reload.ts";
import { createWeb } from "../../src/web/web.ts";
import type { Web } from "../../src/web/web.ts";
import { reportOf, statusOf } from "../support/status.ts";

const webs: Web[] = [];
afterEach(async () => {
  await Promise.all(webs.splice(0).map((web) => web.close(100)));
});

interface Served {
  readonly url: string;
  /** What was asked of the process, in order. */
  readonly asked: readonly string[];
}

async function serve(outcome: ReloadOutcome = { ok: true, notes: ["changed: tags"] }): Promise<Served> {
  const asked: string[] = [];
  const web = createWeb({
    host: "127.0.0.1",
    port: 0,
    drain: async () => {},
    renderMetrics: () => ({ contentType: "text/plain", held: 1, pieces: (async function* () {})() }),
    status: () => statusOf(),
    senders: () => reportOf(),
    ready: () => true,
    capture: () => Promise.resolve(undefined),
    log: { error: () => {} },
    lifecycle: {
      reload: async () => {
        asked.push("reload");
        return outcome;
      },
      quit: () => void asked.push("quit"),
    },
  });
  webs.push(web);
  return { url: (await web.listen()).url, asked };
}

test.each<[method: string, type: string | undefined, body: string | undefined]>([
  ["POST", undefined, undefined],
  ["PUT", undefined, undefined],
  ["POST", "application/x-www-form-urlencoded", ""],
  ["POST", "application/x-www-form-urlencoded", "a=b"],
  ["POST", "application/json", "{"],
  ["PUT", "text/odd", "x".repeat(2_000_000)],
])("%s with the content type %s reloads, whatever the body", async (method, type, body) => {
  const { url, asked } = await serve();
  const headers = type === undefined ? {} : { "content-type": type };
  const response = await fetch(`${url}/-/reload`, { method, headers, ...(body === undefined ? {} : { body }) });
  expect([response.status, await response.text(), asked]).toEqual([
    200,
    "Requesting reload\nchanged: tags\n",
    ["reload"],
  ]);
});

test("every error of a reload is in the answer", async () => {
  const { url } = await serve({ ok: false, errors: ["one", "two"] });
  const response = await fetch(`${url}/-/reload`, { method: "POST" });
  expect([response.status, await response.text()]).toEqual([400, "Requesting reload: nothing has changed\none\ntwo\n"]);
});

test.each(["/-/reload", "/-/quit"])("%s does nothing for another method, and says which ones it has", async (path) => {
  const { url, asked } = await serve();
  for (const method of ["GET", "HEAD", "DELETE"]) {
    const { status, headers } = await fetch(url + path, { method });
    expect([method, status, headers.get("allow")]).toEqual([method, 405, "POST, PUT"]);
  }
  expect(asked).toEqual([]);
});

test.each<[headers: Record<string, string>, isWelcome: boolean]>([
  [{ "sec-fetch-site": "cross-site" }, false],
  [{ "sec-fetch-site": "same-site" }, false],
  [{ "sec-fetch-site": "same-origin", origin: "https://behind.a.proxy" }, true],
  [{ "sec-fetch-site": "none" }, true],
  [{ origin: "http://elsewhere.example" }, false],
  [{ origin: "null" }, false],
])("a page that says %j may do it: %s", async (headers, isWelcome) => {
  const { url, asked } = await serve();
  const { status } = await fetch(`${url}/-/quit`, { method: "POST", headers });
  expect(status).toBe(isWelcome ? 200 : 403);
  expect(asked).toEqual(isWelcome ? ["quit"] : []);
});

test("the own page is no other site to old browsers", async () => {
  const { url, asked } = await serve();
  expect((await fetch(`${url}/-/reload`, { method: "POST", headers: { origin: url } })).status).toBe(200);
  expect(asked).toEqual(["reload"]);
});
