import type { Status } from "../../model/status.ts";
import type { LatencyHost } from "./latency.ts";

/** The server under test cannot be asked; the message says what to do. */
export class ServerViewError extends Error {
  override readonly name = "ServerViewError";
}

/** What the bench must know of the server; tests hand in one of their own. */
export interface ServerView {
  status(): Promise<Status>;
  /** The samples of `/metrics`, after a drain: every line that the shards have read is in it. */
  page(): Promise<Page>;
  /** The status after a drain: it counts every line that the shards have read, and costs no page. */
  readonly drained: () => Promise<Status>;
}

/** Where to ask. The address is shown in errors, the header is not. */
export interface ServerAddress {
  /** Without a slash at the end. */
  readonly base: string;
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
}

/** Sums over all label sets, by name. */
export type Page = ReadonlyMap<string, number>;

const ANSWER_TIMEOUT_MS = 60_000;
const WITH_PASSWORD = "http://USER:PASSWORD@HOST:PORT";
const SETTLE_TIMEOUT_MS = 60_000;
const BETWEEN_DRAINS_MS = 100;

/** Rejects with a `ServerViewError`. */
export function httpView({ base, authorization }: ServerAddress): ServerView {
  const headers = authorization === undefined ? {} : { authorization };
  const ask = async (path: string, method: "GET" | "HEAD" = "GET"): Promise<string> => {
    try {
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      const answer = await fetch(`${base}${path}`, { method, signal, headers });
      if (answer.ok) return await answer.text();
      if (answer.status === 401)
        throw new ServerViewError(
          authorization === undefined
            ? `${base} wants a password: write ${WITH_PASSWORD}`
            : `${base} does not take this name and password`,
        );
      throw new Error(`HTTP status ${answer.status}`);
    } catch (error) {
      if (error instanceof ServerViewError) throw error;
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : message;
      throw new ServerViewError(`${base}${path} does not answer (${why}): is tallyd there, and not only its port?`);
    }
  };
  const status = async (): Promise<Status> => readStatus(await ask("/api/status"), base);
  const drained = async (): Promise<Status> => {
    await ask("/metrics", "HEAD");
    return status();
  };
  return { status, drained, page: async () => readPage(await ask("/metrics")) };
}

function readStatus(text: string, base: string): Status {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const status = parsed as Partial<Status> | null | undefined;
  if (typeof status?.ledger?.received === "number" && typeof status.totals?.datagrams === "number")
    return status as Status;
  throw new ServerViewError(`${base}/api/status is not the status of a tallyd`);
}

/** Waits until two drains have brought nothing new: all that was sent was read or is lost. */
export async function settle(drained: ServerView["drained"], host: LatencyHost): Promise<Status> {
  const deadline = host.monotonicMs() + SETTLE_TIMEOUT_MS;
  let last = await drained();
  for (let quiet = 0; quiet < 2;) {
    if (host.monotonicMs() > deadline)
      throw new ServerViewError("lines are still arriving a minute after the last was sent: who else sends there?");
    await host.sleep(BETWEEN_DRAINS_MS);
    const status = await drained();
    quiet = status.ledger.received === last.ledger.received ? quiet + 1 : 0;
    last = status;
  }
  return last;
}

/**
 * Reads the text format of Prometheus, as far as it is needed here:
 *
 *     page_views_total{env="prod"} 12
 *     ^^^^^^^^^^^^^^^^ name         ^^ value
 */
export function readPage(text: string): Page {
  const page = new Map<string, number>();
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    if (text[start] === "#" || end === start) continue;
    const line = text.slice(start, end);
    const name = /^[^{ ]*/.exec(line)?.[0] ?? "";
    page.set(name, (page.get(name) ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1)));
  }
  return page;
}

/** The name under which the page shows a series of the bench, where neither namespace nor mapping changes it. */
export function pageName(name: string, wire: string): string {
  return `${name.replaceAll(/[^\w:]/g, "_")}${wire === "c" ? "_total" : ""}`;
}
