import { createHash } from "node:crypto";
import http from "node:http";
import net from "node:net";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { zeroRelayCounts } from "../../src/model/relay.ts";
import type { Status } from "../../src/model/status.ts";
import type { MetricsPage } from "../../src/web/scrape.ts";
import { createWeb, WebListenError } from "../../src/web/web.ts";
import type { Web, WebOptions } from "../../src/web/web.ts";
import { outputOf, reportOf, shardOf, statusOf } from "../support/status.ts";

const webs: Web[] = [];
afterEach(async () => {
  await Promise.all(webs.splice(0).map((web) => web.close(100)));
});

interface Served {
  readonly port: number;
  readonly logged: object[];
  get(path: string, headers?: http.OutgoingHttpHeaders, method?: string): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** False when the connection ended in the middle. */
  readonly whole: boolean;
}

async function serve(options: Partial<WebOptions> = {}): Promise<Served> {
  const logged: object[] = [];
  const web = createWeb({
    host: "127.0.0.1",
    port: 0,
    drain: async () => {},
    renderMetrics: () => pageOf("a 1\n"),
    status: () => statusOf(),
    senders: () => reportOf(),
    ready: () => true,
    capture: () => Promise.resolve(undefined),
    log: { error: (fields) => logged.push(fields) },
    ...options,
  });
  webs.push(web);
  const { port } = await web.listen();
  return { port, logged, get: (path, headers, method) => request(port, path, headers, method) };
}

function request(port: number, path: string, headers: http.OutgoingHttpHeaders = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request({ port, path, headers, method, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", () => {});
      incoming.on("close", () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
          whole: incoming.complete,
        });
      });
    });
    outgoing.on("error", reject).end();
  });
}

function pageOf(...pieces: string[]): MetricsPage {
  return { contentType: "text/plain; version=0.0.4; charset=utf-8", pieces: toAsync(pieces) };
}

async function* toAsync(pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

const never = (): Promise<never> => new Promise(() => {});

describe("/metrics", () => {
  test("drains the shards, then renders for the Accept header", async () => {
    const calls: string[] = [];
    const { get } = await serve({
      drain: async () => void calls.push("drain"),
      renderMetrics: (accept) => {
        calls.push(`render ${accept}`);
        return pageOf("a 1\n", "b 2\n");
      },
    });
    const answer = await get("/metrics", { accept: "text/plain;version=0.0.4" });
    expect(answer).toMatchObject({
      status: 200,
      whole: true,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.body.toString()).toBe("a 1\nb 2\n");
    expect(calls).toEqual(["drain", "render text/plain;version=0.0.4"]);
  });

  test("compresses when asked to", async () => {
    const { get } = await serve({ renderMetrics: () => pageOf("a 1\n".repeat(10_000), "b 2\n") });
    const answer = await get("/metrics", { "accept-encoding": "gzip" });
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(answer.body.length).toBeLessThan(20_000);
    expect(gunzipSync(answer.body).toString()).toBe(`${"a 1\n".repeat(10_000)}b 2\n`);
  });

  test.each([
    ["gzip", gunzipSync],
    ["zstd", zstdDecompressSync],
  ] as const)(
    "a page of many pieces, whose memory is used again, comes whole through %s",
    async (coding, decompress) => {
      const memories = Array.from({ length: 4 }, () => Buffer.alloc(4096));
      const want: Buffer[] = [];
      const { get } = await serve({
        renderMetrics: () => ({
          contentType: "text/plain",
          held: memories.length,
          pieces: (async function* () {
            for (let index = 0; index < 500; index += 1) {
              const memory = memories[index % memories.length] as Buffer;
              memory.fill(`${index * 7919} ${Math.random()}\n`);
              want.push(Buffer.from(memory));
              yield memory;
            }
          })(),
        }),
      });
      const answer = await get("/metrics", { "accept-encoding": coding });
      expect(answer).toMatchObject({ whole: true, headers: { "content-encoding": coding } });
      expect(decompress(answer.body).equals(Buffer.concat(want))).toBe(true);
      want.length = 0;
      const plain = await get("/metrics");
      expect(plain.body.equals(Buffer.concat(want))).toBe(true);
    },
  );

  test("hands over what stands behind the question mark, and says what cannot be read of it", async () => {
    const searches: string[] = [];
    const { get, logged } = await serve({
      renderMetrics: (_accept, _signal, search) => {
        searches.push(search);
        if (search === "shards=0") throw Object.assign(new Error("shards is a whole number"), { statusCode: 400 });
        return pageOf("a 1\n");
      },
    });
    expect((await get("/metrics?name[]=a&x=%3F?")).status).toBe(200);
    const answer = await get("/metrics?shards=0");
    expect([answer.status, answer.body.toString()]).toEqual([400, "400: shards is a whole number.\n"]);
    expect(searches).toEqual(["name[]=a&x=%3F?", "shards=0"]);
    expect(logged).toEqual([]);
  });

  test("answers HEAD without rendering a body", async () => {
    const { get } = await serve();
    const answer = await get("/metrics", {}, "HEAD");
    expect(answer).toMatchObject({
      status: 200,
      body: Buffer.alloc(0),
      headers: { "content-type": expect.stringContaining("0.0.4") },
    });
    expect(answer.headers).not.toHaveProperty("content-length");
  });

  test.each(["identity", "gzip"])("breaks the connection when rendering fails on the way (%s)", async (encoding) => {
    const { get, logged } = await serve({
      renderMetrics: () => ({
        contentType: "text/plain",
        pieces: (async function* () {
          for (let index = 0; index < 30; index += 1) yield Buffer.from(`${Math.random()}\n`.repeat(4000));
          throw new Error("broken");
        })(),
      }),
    });
    const answer = await get("/metrics", { "accept-encoding": encoding }).catch(() => ({ whole: false }));
    expect(answer.whole).toBe(false);
    expect(logged).toMatchObject([{ err: { message: "broken" } }]);
  });

  test("answers 500 without telling the cause when rendering cannot begin, and logs it", async () => {
    const { get, logged } = await serve({ drain: () => Promise.reject(new Error("secret-key-1234")) });
    const answer = await get("/metrics");
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain("secret");
    expect(logged).toMatchObject([{ err: { message: "secret-key-1234" } }]);
  });

  test("answers 503 shortly before the scraper gives up", async () => {
    const { get } = await serve({ drain: never });
    const start = performance.now();
    const answer = await get("/metrics", { "x-prometheus-scrape-timeout-seconds": "0.7" });
    expect(answer.status).toBe(503);
    // The header was heard: without it the answer takes half a minute. The exact time is scrape.test.ts' matter.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("breaks a page that is not done in time", async () => {
    const { get } = await serve({
      renderMetrics: () => ({
        contentType: "text/plain",
        pieces: (async function* () {
          yield Buffer.from("a 1\n");
          await never();
        })(),
      }),
    });
    const answer = await get("/metrics", { "x-prometheus-scrape-timeout-seconds": "0.6" });
    expect(answer).toMatchObject({ status: 200, whole: false });
  });

  test("renders a few at a time, lets others wait, and turns further ones away", async () => {
    let running = 0;
    let most = 0;
    const go: (() => void)[] = [];
    const { get } = await serve({
      renderMetrics: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => go.push(resolve));
        running -= 1;
        return pageOf("a 1\n");
      },
    });
    let refused = 0;
    const answers = Array.from({ length: 75 }, async () => {
      const { status } = await get("/metrics");
      if (status === 503) refused += 1;
      return status;
    });
    await expect.poll(() => refused).toBe(7);
    const pump = setInterval(() => go.splice(0).forEach((resolve) => resolve()), 1);
    const statuses = await Promise.all([...answers, get("/metrics").then(({ status }) => status)]);
    clearInterval(pump);
    expect(most).toBe(4);
    expect(statuses.filter((status) => status === 200)).toHaveLength(69);
  });

  test("gives its place back when a scraper leaves", async () => {
    let aborted = 0;
    const { port, get } = await serve({
      renderMetrics: (_accept, signal) => {
        signal.addEventListener("abort", () => (aborted += 1));
        return aborted < 8 ? never() : pageOf("a 1\n");
      },
    });
    for (let round = 0; round < 2; round += 1) {
      const sockets = Array.from({ length: 4 }, () =>
        net.connect(port, "127.0.0.1", function (this: net.Socket) {
          this.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => aborted).toBe((round + 1) * 4);
    }
    expect((await get("/metrics")).status).toBe(200);
  });
});

test("/-/healthy answers as long as the process works", async () => {
  const { get } = await serve({ ready: () => false });
  const answer = await get("/-/healthy");
  expect([answer.status, answer.body.toString()]).toEqual([200, "Statsd Exporter is Healthy.\n"]);
});

test("/-/ready is 503 until the shards listen", async () => {
  let ready = false;
  const { get } = await serve({ ready: () => ready });
  expect((await get("/-/ready")).status).toBe(503);
  ready = true;
  expect(await get("/-/ready")).toMatchObject({ status: 200, body: Buffer.from("Statsd Exporter is Ready.\n") });
});

test("/api/status is the status as JSON", async () => {
  const { get } = await serve();
  const answer = await get("/api/status");
  expect(answer.headers["content-type"]).toContain("application/json");
  expect(JSON.parse(answer.body.toString())).toEqual(statusOf());
});

/** Without the blanks that mean nothing. */
function compact(page: Buffer): string {
  return page
    .toString()
    .replace(/\s+/g, " ")
    .replace(/> | </g, (edge) => edge.trim());
}

describe("the page for scrapers at another path", () => {
  test("is there beside /metrics, and at / instead of the status page", async () => {
    for (const metricsPath of ["/", "/own/path"]) {
      const { get } = await serve({ metricsPath });
      expect((await get(metricsPath)).body.toString()).toBe("a 1\n");
      expect((await get("/metrics")).body.toString()).toBe("a 1\n");
      expect((await get("/")).body.toString().includes("<html")).toBe(metricsPath !== "/");
    }
  });
});

describe("the status page", () => {
  const hostile = '<script>alert("x")</script>&\'';
  const status: Status = statusOf({
    shards: [shardOf({ listening: [{ url: hostile, reader: "dgram", receiveBufferBytes: 1 }] })],
    outputs: [
      outputOf({
        detail: hostile,
        conflicts: [{ name: hostile, kind: "gauge", holder: "counter x", action: "refused" }],
        notes: { families_renamed: 3 },
      }),
    ],
    ledger: { ...statusOf().ledger, rejects: [{ reason: "bad_value", line: hostile, sender: hostile, time: 1 }] },
  });

  test("escapes everything that came from the network", async () => {
    const { get } = await serve({ status: () => status });
    const page = (await get("/")).body.toString();
    expect(page).not.toContain("<script>alert");
    expect(page.match(/&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt;&amp;&#39;/g)).toHaveLength(5);
  });

  test("runs and loads nothing but its own", async () => {
    const { get } = await serve({ status: () => status });
    const { headers, body } = await get("/");
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'/,
    );
    expect(body.toString()).not.toMatch(/ (?:src|style|on\w+)=|https?:\/\/|@import/);
  });

  test("allows exactly the style and the script that it holds", async () => {
    const { get } = await serve();
    const { headers, body } = await get("/");
    for (const element of ["style", "script"]) {
      const content = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(body.toString())?.[1] ?? "";
      const hash = createHash("sha256").update(content).digest("base64");
      expect(headers["content-security-policy"]).toContain(`${element}-src 'sha256-${hash}'`);
    }
  });

  test("says in words what matters, also without JavaScript", async () => {
    const { get } = await serve({ status: () => status, ready: () => false });
    const page = compact((await get("/")).body);
    expect(page).toContain('<span class="state bad">Not ready: shards are not listening</span>');
    expect(page).toContain("up 1 d 1 h 1 min 1 s · process 4711");
    expect(page).toContain('<dt>datagrams dropped by the kernel</dt><dd class="bad">5</dd>');
    expect(page).toContain('<dt>lines unaccounted for</dt><dd class="good">0</dd>');
    expect(page).toContain('Received</th><td class="number">10</td><td class="number">100.0 %</td>');
    expect(page).toContain('Rejected: bad value</th><td class="number">2</td><td class="number">20.0 %</td>');
    expect(page).toContain("<dt>families renamed</dt><dd>3</dd>");
    expect(page).toContain('<html lang="en">');
  });

  test("shows what is relayed, where something is", async () => {
    const pageWith = async (more: Partial<Status>): Promise<string> => {
      const { get } = await serve({ status: () => statusOf(more) });
      return compact((await get("/")).body);
    };
    const counts = { ...zeroRelayCounts(), lines: 41, dropped: { ...zeroRelayCounts().dropped, no_room: 42 } };
    const page = await pageWith({ relay: { target: "udp://10.0.0.1:8125", ...counts } });
    expect(page).toContain("Lines relayed to udp://10.0.0.1:8125");
    expect(page).toContain('Relayed</th><td class="number">41</td>');
    expect(page).toContain('Dropped: no room</th><td class="number">42</td>');
    expect(await pageWith({})).not.toContain("relayed");
  });
});

describe("anything else", () => {
  test("is 404 with the list of routes", async () => {
    const { get } = await serve();
    for (const [path, method] of [
      ["/nothing", "GET"],
      ["/metrics", "POST"],
      ["/%2e%2e/etc/passwd", "GET"],
    ] as const) {
      const answer = await get(path, {}, method);
      expect(answer.status).toBe(404);
      expect(answer.body.toString()).toMatch(/\/metrics .*\n\/api\/status/);
    }
  });

  test("has no banner and no guessing of types", async () => {
    const { get } = await serve();
    const { headers } = await get("/nothing");
    expect(headers).not.toHaveProperty("server");
    expect(headers).not.toHaveProperty("x-powered-by");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  test("with too large headers is refused", async () => {
    const { get } = await serve();
    expect((await get("/", { "x-large": "x".repeat(20_000) })).status).toBe(431);
  });

  test("a malformed request is answered 400 and does no harm", async () => {
    const { port, get } = await serve();
    const answer = await new Promise<string>((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => socket.write("NONSENSE\r\n\r\n"));
      let text = "";
      socket
        .on("data", (chunk) => (text += String(chunk)))
        .on("close", () => resolve(text))
        .on("error", () => {});
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await get("/-/healthy")).status).toBe(200);
  });

  test("a malformed path is refused without a word on the inside", async () => {
    const { get } = await serve();
    const answer = await get("/%zz");
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).not.toMatch(/FST_|at .*\.js/);
  });
});

test("an address that is in use is an error that says what to do", async () => {
  const { port } = await serve();
  const second = createWeb({
    host: "127.0.0.1",
    port,
    drain: never,
    renderMetrics: never,
    status: statusOf,
    senders: () => reportOf(),
    ready: () => true,
    capture: () => Promise.resolve(undefined),
    log: { error: () => {} },
  });
  await expect(second.listen()).rejects.toThrow(WebListenError);
  await expect(second.listen()).rejects.toThrow(/EADDRINUSE.*--http/);
});

test("closing ends connections that do not end by themselves", async () => {
  const { port } = await serve({ renderMetrics: never });
  const socket = net.connect(port, "127.0.0.1", () => socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
  const closed = new Promise((resolve) => socket.on("close", resolve).on("error", () => {}));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const start = performance.now();
  await webs.splice(0)[0]?.close(50);
  await closed;
  expect(performance.now() - start).toBeLessThan(2000);
});
