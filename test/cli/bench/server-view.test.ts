import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { httpView, pageName, readPage, ServerViewError, settle } from "../../../src/cli/bench/server-view.ts";
import { statusOf } from "./support.ts";

const PAGE = `# HELP a_total x
# TYPE a_total counter
a_total{env="prod",b="x y"} 3
a_total{env="dev"} 4

probe 1.7e+12
t_seconds{quantile="0.5"} NaN
ab 5`;

describe("a page of metrics", () => {
  it("is read as sums by name", () => {
    expect(readPage(PAGE)).toEqual(
      new Map([
        ["a_total", 7],
        ["probe", 1.7e12],
        ["t_seconds", NaN],
        ["ab", 5],
      ]),
    );
    expect(readPage("")).toEqual(new Map());
  });

  it.each([
    ["bench.http.requests.7", "c", "bench_http_requests_7_total"],
    ["bench.probe", "g", "bench_probe"],
  ])("shows %s|%s as %s", (name, wire, want) => {
    expect(pageName(name, wire)).toBe(want);
  });
});

/** A server that answers each path with what `answers` gives next; the last one stays. */
async function serve(answers: Record<string, string[]>, authorization?: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const list = answers[request.url ?? ""];
    asked.push(`${request.method} ${request.url}`);
    response.statusCode = request.headers.authorization !== authorization ? 401 : list === undefined ? 404 : 200;
    response.end(list === undefined ? "" : list.length > 1 ? list.shift() : list[0]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { base, view: httpView({ base, authorization: undefined }), asked, close };
}

describe("the view of a server", () => {
  it("waits until two drains have brought nothing new, and asks for no page to drain", async () => {
    const statuses = [5, 9, 12, 12, 12].map((received) => JSON.stringify(statusOf({ received })));
    const { view, asked, close } = await serve({ "/metrics": [""], "/api/status": statuses });
    const host = { monotonicMs: () => 0, sleep: () => Promise.resolve() };
    expect((await settle(view.drained, host)).ledger.received).toBe(12);
    expect(asked.filter((line) => line === "HEAD /metrics")).toHaveLength(5);
    expect(asked).not.toContain("GET /metrics");
    close();
  });

  it.each([["<html>"], ["{}"], ["null"], ['{"ledger":{},"totals":{}}']])(
    "refuses what is not the status of a tallyd: %s",
    async (answer) => {
      const { view, close } = await serve({ "/api/status": [answer] });
      await expect(view.status()).rejects.toThrow("is not the status of a tallyd");
      close();
    },
  );

  it("says that nothing answers, and why", async () => {
    const { view, close } = await serve({});
    await expect(view.status()).rejects.toThrow("HTTP status 404");
    const nowhere = httpView({ base: "http://127.0.0.1:1", authorization: undefined });
    await expect(nowhere.page()).rejects.toThrow(ServerViewError);
    await expect(nowhere.page()).rejects.toThrow(/does not answer \(bad port\): is tallyd there/);
    close();
  });

  it("gives a password where one is wanted, and says how to give it", async () => {
    const { base, view, close } = await serve({ "/api/status": [JSON.stringify(statusOf({}))] }, "Basic dTpw");
    expect((await httpView({ base, authorization: "Basic dTpw" }).status()).ledger.received).toBe(0);
    const wrong = httpView({ base, authorization: "Basic eDp5" });
    await expect(wrong.status()).rejects.toThrow("does not take this name and password");
    await expect(view.status()).rejects.toThrow("wants a password: write http://USER:PASSWORD@HOST:PORT");
    close();
  });
});
