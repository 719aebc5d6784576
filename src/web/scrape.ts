import type { Http2Stream } from "node:http2";
import { pipeline, Readable } from "node:stream";
import type { Writable } from "node:stream";
import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { codingFor } from "./encoding.ts";
import { Gate } from "./gate.ts";
import { SCRAPE_MARGIN_MS, SCRAPE_TIMEOUT_MS, SCRAPES_RUNNING_MAX, SCRAPES_WAITING_MAX } from "./limits.ts";

/**
 * A page on its way; `pieces` is read once, and each piece is valid until `held` further ones (1 unless given) have been
 * asked for.
 */
export interface MetricsPage {
  readonly contentType: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly held?: number;
}

export interface WebLog {
  error(fields: object, message: string): void;
}

export interface ScrapeSource {
  /** Brings what the shards have gathered into the outputs, so that a scrape shows every sample received before it. */
  readonly drain: () => Promise<void>;
  /**
   * The page for an Accept header and what stands behind the `?`; reading it throws when the signal is aborted. An error
   * with a `statusCode` of 400 says that the query cannot be read; its message goes to the client.
   */
  readonly renderMetrics: (
    accept: string | undefined,
    signal: AbortSignal,
    search: string,
  ) => MetricsPage | Promise<MetricsPage>;
  readonly log: WebLog;
}

const TEXT = "text/plain; charset=utf-8";

/**
 * How long a scrape may take, in milliseconds, from `X-Prometheus-Scrape-Timeout-Seconds` (decimal text): a little less
 * than the scraper waits. Anything that is not a positive number is taken as absent.
 */
export function scrapeTimeoutMs(header: string | undefined): number {
  const seconds = /^\d{1,6}(\.\d+)?$/.test(header ?? "") ? Number(header) : 0;
  if (seconds === 0) return SCRAPE_TIMEOUT_MS;
  return Math.ceil(Math.max(seconds * 1000 - SCRAPE_MARGIN_MS, seconds * 500));
}

/**
 * Answers `/metrics`. What goes wrong before the first byte is a 503 or 500; after that the connection is destroyed:
 * ended cleanly, a cut page would look whole, and Prometheus would mark what is missing as gone.
 */
export function createScrapeHandler({ drain, renderMetrics, log }: ScrapeSource) {
  const gate = new Gate(SCRAPES_RUNNING_MAX, SCRAPES_WAITING_MAX);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const timeoutMs = scrapeTimeoutMs(headerText(request, "x-prometheus-scrape-timeout-seconds"));
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), gone.signal]);
    const leave = await gate.enter(signal);
    if (leave === undefined) return unavailable(reply, "too many scrapes at the same time");
    // The place is given back when the answer is through, or its connection gone; closed already, it would never be.
    if (isClosed(reply)) leave();
    else reply.raw.once("close", leave);
    const page = await unlessAborted(signal, async () => {
      await drain();
      return renderMetrics(headerText(request, "accept"), signal, searchOf(request.url));
    }).catch((error: unknown) => {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 400) return error;
      throw error;
    });
    if (page instanceof Error) return reply.code(400).type(TEXT).send(`400: ${page.message}.\n`);
    if (page === undefined) return unavailable(reply, `the page was not ready within ${timeoutMs} ms`);
    return send(request, reply, page, signal, (error) => {
      if (!gone.signal.aborted) log.error({ err: error, timeoutMs }, "A scrape was cut off in the middle.");
    });
  };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  page: MetricsPage,
  signal: AbortSignal,
  onCut: (error: unknown) => void,
): FastifyReply {
  reply
    .header("content-type", page.contentType)
    .header("vary", "accept, accept-encoding")
    .header("cache-control", "no-store");
  // An empty stream: a plain empty answer would claim that the page has 0 bytes.
  if (request.method === "HEAD") return reply.send(Readable.from([]));
  const coding = codingFor(headerText(request, "accept-encoding"));
  if (coding !== undefined) reply.header("content-encoding", coding.name);
  // Written by hand: a piece's memory is used again, so one is asked for only when an earlier one has gone out.
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
  cutWhenAborted(reply, signal, onCut);
  const compressor = coding?.create();
  if (compressor !== undefined) pipeline(compressor, raw, () => {});
  pump(page, compressor ?? raw, signal).catch((error: unknown) => {
    if (!signal.aborted) onCut(error);
    raw.destroy();
  });
  return reply;
}

/**
 * Writes pieces, as many at a time as are held, so that neither side waits for the other after each. `signal` tells when
 * nobody will take one any more.
 */
async function pump({ pieces, held = 1 }: MetricsPage, sink: Writable, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {});
  const taken: Promise<void>[] = [];
  for await (const piece of pieces) {
    signal.throwIfAborted();
    const write = new Promise<void>((resolve, reject) => {
      sink.write(piece, (error) => (error instanceof Error ? reject(error) : resolve()));
    });
    // Looked at later; a failure before that must not end the process.
    write.catch(() => {});
    taken.push(write);
    if (taken.length >= held) await Promise.race([taken.shift(), aborted]);
  }
  sink.end();
}

/** Destroys the connection itself: neither a reader that has stalled nor a source that hangs would let the stream end. */
function cutWhenAborted({ raw }: FastifyReply, signal: AbortSignal, onCut: (error: unknown) => void): void {
  const cut = (): void => {
    onCut(signal.reason);
    raw.destroy();
  };
  signal.addEventListener("abort", cut, { once: true });
  raw.prependOnceListener("close", () => signal.removeEventListener("abort", cut));
}

/** What `work` answers, or undefined when `signal` is aborted first. */
async function unlessAborted<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value | undefined> {
  let giveUp = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
    signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** Of HTTP/2 answers the stream below tells. */
function isClosed({ raw }: FastifyReply): boolean {
  const { stream } = raw as { readonly stream?: Http2Stream };
  return stream === undefined ? raw.closed : stream.closed;
}

function unavailable(reply: FastifyReply, reason: string): FastifyReply {
  return reply.code(503).header("retry-after", "1").type(TEXT).send(`503: ${reason}.\n`);
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

/** What stands behind the first `?` of a request's target. */
function searchOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}
