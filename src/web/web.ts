import { isIPv6 } from "node:net";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Status } from "../model/status.ts";
import { UNPROTECTED } from "../model/web-config.ts";
import type { WebProtection } from "../model/web-config.ts";
import { assert } from "../std/assert.ts";
import { addCaptureRoutes } from "./capture.ts";
import type { CaptureRoutesOptions } from "./capture.ts";
import { addGuard } from "./guard.ts";
import { createHttpServer } from "./http-server.ts";
import type { HttpServer } from "./http-server.ts";
import { addLifecycleRoutes } from "./lifecycle.ts";
import type { LifecycleOptions } from "./lifecycle.ts";
import { addLiveSeriesRoutes } from "./live-series.ts";
import type { LiveSeriesRoutesOptions } from "./live-series.ts";
import * as limits from "./limits.ts";
import { PasswordThread } from "./passwords.ts";
import { createScrapeHandler } from "./scrape.ts";
import type { ScrapeSource } from "./scrape.ts";
import { addSenderRoutes } from "./senders.ts";
import type { SenderRoutesOptions } from "./senders.ts";
import { STATUS_PAGE_POLICY, statusPage } from "./status-page.ts";
import { addUnmappedRoutes } from "./unmapped.ts";
import type { UnmappedRoutesOptions } from "./unmapped.ts";

/** What the HTTP server shows; everything comes from outside. */
export interface WebOptions
  extends
    ScrapeSource,
    SenderRoutesOptions,
    CaptureRoutesOptions,
    LifecycleOptions,
    UnmappedRoutesOptions,
    LiveSeriesRoutesOptions {
  /** Where the page for scrapers is, beside `/metrics`; at `/` it takes the place of the status page. */
  readonly metricsPath?: string;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly status: () => Status;
  /** What protects now; asked for each connection and request. Absent: nothing. */
  readonly protection?: () => WebProtection;
}

export interface Web {
  /** Starts to serve; answers the address that was really bound. Fails with a `WebListenError`. */
  listen(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /** Takes no new requests, gives those in flight `graceMs` milliseconds, then ends their connections. */
  close(graceMs: number): Promise<void>;
}

/** The address cannot be listened on; the message says what to do. */
export class WebListenError extends Error {
  override readonly name = "WebListenError";
}

const ROUTES: readonly (readonly [path: string, meaning: string])[] = [
  ["/", "status page"],
  ["/metrics", "metrics for Prometheus"],
  ["/api/status", "status as JSON"],
  ["/api/senders", "who sends what; ?sort= and ?limit="],
  ["/api/rejects", "refused lines by reason"],
  ["/api/series", "live series; ?match=SELECTOR and ?limit=; /api/series/{id}/histogram?format=json or hdr shows one"],
  ["/api/unmapped", "names for which the mapping has no rule"],
  ["/api/capture", "what is received from now on, as a file; ?seconds=, ?max_bytes= and ?compress="],
  ["/-/healthy", "200 while the process works"],
  ["/-/ready", "200 while all shards listen"],
  ["/-/reload", "POST: reads the configuration again, where web.lifecycle is on"],
  ["/-/quit", "POST: ends the process, where web.lifecycle is on"],
];
const TEXT = "text/plain; charset=utf-8";
const LISTEN_REMEDIES = new Map([
  ["EADDRINUSE", "another process uses it; end that one or choose another port with --http"],
  ["EACCES", "ports below 1024 need a privilege; choose a higher one with --http"],
  ["EADDRNOTAVAIL", "this machine has no such address; choose another with --http"],
  ["ENOTFOUND", "the host name cannot be resolved; use an IP address with --http"],
]);

export function createWeb(options: WebOptions): Web {
  const { protection = () => UNPROTECTED } = options;
  const passwords = new PasswordThread();
  const { app, http } = createApp(options, protection);
  addGuard(app, { protection, compare: passwords.compare, monotonicMs: () => performance.now() });
  addRoutes(app, options);
  return {
    listen: async () => {
      try {
        await app.listen({ host: options.host, port: options.port });
      } catch (error) {
        throw listenError(error, `${options.host}:${options.port}`);
      }
      const { address: host, port } = app.server.address() as AddressInfo;
      return { host, port, url: `${http.scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}` };
    },
    close: async (graceMs) => {
      const timer = setTimeout(() => http.closeAll(), graceMs);
      const closed = app.close();
      http.closeIdle();
      await closed;
      clearTimeout(timer);
      await passwords.close();
    },
  };
}

/** No route has a schema. Without these the framework would load compilers for them (ajv, fast-json-stringify): some 5 MB. */
const WITHOUT_SCHEMAS = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new Error("a route with a schema needs the framework's compilers");
}

interface App {
  readonly app: FastifyInstance;
  readonly http: HttpServer;
}

function createApp({ log }: WebOptions, protection: () => WebProtection): App {
  let made: HttpServer | undefined;
  const app = fastify({
    logger: false,
    schemaController: { compilersFactory: WITHOUT_SCHEMAS },
    bodyLimit: limits.BODY_BYTES_MAX,
    serverFactory(handler) {
      made = createHttpServer(handler, protection);
      return made.server;
    },
    frameworkErrors: (error, _request, reply) => notAcceptable(reply, error.statusCode ?? 400),
  });
  assert(made !== undefined, "the framework asks for its server at once");
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("x-content-type-options", "nosniff").header("referrer-policy", "no-referrer");
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const code = error.statusCode ?? 500;
    if (code < 500) return notAcceptable(reply, code);
    // The cause goes to the log only: an answer must not tell strangers what an error's text may hold.
    log.error({ err: error, path: request.routeOptions.url }, "An HTTP request failed.");
    return reply.code(500).type(TEXT).send("500: this request failed; the server's log says why.\n");
  });
  app.setNotFoundHandler((_request, reply) => {
    const routes = ROUTES.map(([path, meaning]) => `${path.padEnd(12)} ${meaning}`).join("\n");
    return reply.code(404).type(TEXT).send(`404: there is nothing here. GET one of:\n${routes}\n`);
  });
  return { app, http: made };
}

function addRoutes(app: FastifyInstance, options: WebOptions): void {
  const { status, ready } = options;
  const scrape = createScrapeHandler(options);
  for (const path of new Set(["/metrics", options.metricsPath ?? "/metrics"])) app.get(path, scrape);
  addLifecycleRoutes(app, options);
  addLiveSeriesRoutes(app, options);
  addSenderRoutes(app, options);
  addCaptureRoutes(app, options);
  addUnmappedRoutes(app, options);
  app.get("/api/status", (_request, reply) => fresh(reply).send(status()));
  if (options.metricsPath === "/") return;
  app.get("/", (_request, reply) =>
    fresh(reply)
      .header("content-security-policy", STATUS_PAGE_POLICY)
      .type("text/html; charset=utf-8")
      .send(statusPage(status(), ready(), options.senders("datagrams", limits.SENDERS_DEFAULT))),
  );
}

function notAcceptable(reply: FastifyReply, code: number): FastifyReply {
  return reply.code(code).type(TEXT).send(`${code}: the request is not acceptable.\n`);
}

function fresh(reply: FastifyReply): FastifyReply {
  return reply.header("cache-control", "no-store");
}

function listenError(error: unknown, address: string): WebListenError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const remedy = LISTEN_REMEDIES.get(code) ?? "see the error code";
  return new WebListenError(`HTTP cannot listen on ${address} (${code}): ${remedy}`, { cause: error });
}
