import { once } from "node:events";
import http from "node:http";
import { Readable } from "node:stream";
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, it, test } from "vitest";
import { addCaptureRoutes, readCaptureRequest } from "../../src/web/capture.ts";
import type { CaptureRequest } from "../../src/web/capture.ts";
import { until } from "../support/until.ts";

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

function serve(capture: (request: CaptureRequest) => Readable | undefined): FastifyInstance {
  const app = fastify();
  addCaptureRoutes(app, { capture: (request) => Promise.resolve(capture(request)) });
  apps.push(app);
  return app;
}

describe("GET and POST /api/capture", () => {
  it.each(["GET", "POST"] as const)("(%s) answer the file with a name", async (method) => {
    const asked: CaptureRequest[] = [];
    const app = serve((request) => (asked.push(request), Readable.from([Buffer.from("bytes")])));
    const origin = await app.listen({ host: "127.0.0.1", port: 0 });
    const answer = await fetch(`${origin}/api/capture?seconds=0.5&max_bytes=1MiB&compress=zstd`, { method });
    expect([answer.status, await answer.text()]).toEqual([200, "bytes"]);
    expect(answer.headers.get("content-type")).toBe("application/zstd");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="tallyd-capture.dog.zstd"');
    expect(asked).toEqual([{ durationMs: 500, bytesMax: 1024 * 1024, compression: "zstd" }]);
  });

  it("answer 409 while another capture runs", async () => {
    const answer = await serve(() => undefined).inject({ url: "/api/capture" });
    expect([answer.statusCode, answer.body]).toEqual([409, "409: a capture runs already; there is one at a time.\n"]);
  });

  it("answer 400 with what is wrong, and start nothing", async () => {
    let starts = 0;
    const app = serve(() => void starts++);
    const answer = await app.inject({ url: "/api/capture?seconds=ten" });
    expect([answer.statusCode, answer.body, starts]).toEqual([
      400,
      "400: seconds is a number above 0, up to 3600.\n",
      0,
    ]);
  });

  it("are no HEAD: that would record for nobody", async () => {
    let starts = 0;
    const answer = await serve(() => void starts++).inject({ method: "HEAD", url: "/api/capture" });
    expect([answer.statusCode, starts]).toEqual([404, 0]);
  });

  it("end the recording when the client goes", async () => {
    const file = new Readable({ read() {} });
    file.push("first");
    const app = serve(() => file);
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as { port: number };
    const request = http.get({ host: "127.0.0.1", port, path: "/api/capture", agent: false });
    const [answer] = (await once(request, "response")) as [http.IncomingMessage];
    await once(answer, "data");
    request.destroy();
    await until(() => file.destroyed);
  });
});

test.each([
  [{}, { durationMs: 10_000, bytesMax: 64 * 1024 * 1024, compression: "none" }],
  [
    { seconds: "3600", max_bytes: "4096", compress: "none" },
    { durationMs: 3_600_000, bytesMax: 4_096, compression: "none" },
  ],
  [{ seconds: "0" }, "seconds is"],
  [{ seconds: "-1" }, "seconds is"],
  [{ seconds: "3601" }, "seconds is"],
  [{ seconds: "Infinity" }, "seconds is"],
  [{ seconds: ["1", "2"] }, "seconds is"],
  [{ max_bytes: "10" }, "max_bytes is"],
  [{ max_bytes: "99GiB" }, "max_bytes is"],
  [{ compress: "gzip" }, "compress is"],
  [{ sceonds: "1" }, "no such parameter"],
])("the query %j is read, or refused in words", (query, want) => {
  const got = readCaptureRequest(query);
  if (typeof want === "string") expect(got).toContain(want);
  else expect(got).toEqual(want);
});
