import type { FastifyInstance, FastifyReply } from "fastify";
import type { WebProtection } from "../model/web-config.ts";
import { PasswordMemory } from "./passwords.ts";
import type { Compare } from "./passwords.ts";

export interface GuardOptions {
  /** What protects now. */
  readonly protection: () => WebProtection;
  readonly compare: Compare;
  readonly monotonicMs: () => number;
}

const TEXT = "text/plain; charset=utf-8";

/**
 * Stands before every route, also before those that do not exist: rate, then password, then the configured headers. As in
 * Prometheus, no path is exempt.
 */
export function addGuard(app: FastifyInstance, { protection, compare, monotonicMs }: GuardOptions): void {
  const memory = new PasswordMemory();
  const bucket = new Bucket();
  app.addHook("onRequest", async (request, reply) => {
    const { headers, users, rateLimit } = protection();
    for (const [name, value] of headers) reply.header(name, value);
    if (rateLimit !== undefined && !bucket.take(rateLimit, monotonicMs()))
      return refuse(reply, 429, "too many requests; the web configuration limits their rate");
    if (users.size === 0) return undefined;
    const verdict = await check(request.headers.authorization, users, memory, compare);
    if (verdict === "right") return undefined;
    if (verdict === "busy")
      return refuse(reply.header("retry-after", "1"), 503, "too many passwords are being checked");
    return refuse(reply.header("www-authenticate", "Basic"), 401, "this server wants a user and a password");
  });
}

async function check(
  header: string | undefined,
  users: ReadonlyMap<string, string>,
  memory: PasswordMemory,
  compare: Compare,
): Promise<"right" | "wrong" | "busy"> {
  const given = readBasic(header);
  if (given === undefined) return "wrong";
  const own = users.get(given.user);
  const [any = ""] = users.values();
  // Who does not exist costs as much as who does, so that the time tells nobody which names there are.
  const hash = own ?? any;
  const digest = memory.digest(given.user, given.password, hash);
  const known = memory.recall(digest);
  const isSame = known ?? (await compare(given.password, hash));
  if (isSame === undefined) return "busy";
  const isRight = isSame && own !== undefined;
  if (known === undefined) memory.remember(digest, isRight);
  return isRight ? "right" : "wrong";
}

/** User and password of an Authorization header (RFC 7617), or undefined. */
export function readBasic(
  header: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A token bucket: `burst` at once, then one each interval. */
class Bucket {
  #tokens = Infinity;
  #atMs = 0;

  take({ burst, intervalMs }: NonNullable<WebProtection["rateLimit"]>, nowMs: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + (nowMs - this.#atMs) / intervalMs);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function refuse(reply: FastifyReply, code: number, problem: string): FastifyReply {
  return reply.code(code).type(TEXT).send(`${code}: ${problem}.\n`);
}
