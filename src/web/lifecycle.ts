import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ReloadOutcome } from "../model/reload.ts";

export interface LifecycleOptions {
  /** True while every shard listens. */
  readonly ready: () => boolean;
  /** What clients may do to the process; undefined: nothing. */
  readonly lifecycle?: Lifecycle | undefined;
}

export interface Lifecycle {
  reload(): Promise<ReloadOutcome>;
  /** Begins an orderly end; answers at once. */
  quit(): void;
}

const TEXT = "text/plain; charset=utf-8";
const OFF = "403: this is off; web.lifecycle: true in the configuration, or --web.enable-lifecycle, turns it on.\n";
const FOREIGN = "403: a page of another site may not do this.\n";

/**
 * `/-/healthy`, `/-/ready`, `/-/reload` and `/-/quit`, with statsd_exporter's paths, methods and first words. Other than
 * there, a reload that fails answers 400 and says why, and quitting drains and delivers first.
 */
export function addLifecycleRoutes(app: FastifyInstance, { ready, lifecycle }: LifecycleOptions): void {
  app.get("/-/healthy", (_request, reply) => answer(reply, 200, "Statsd Exporter is Healthy.\n"));
  app.get("/-/ready", (_request, reply) =>
    ready()
      ? answer(reply, 200, "Statsd Exporter is Ready.\n")
      : answer(reply, 503, "tallyd is not ready: its shards are not listening.\n"),
  );
  app.route({
    method: ["POST", "PUT"],
    url: "/-/reload",
    handler: async (request, reply) => {
      if (lifecycle === undefined) return answer(reply, 403, OFF);
      if (isForeign(request)) return answer(reply, 403, FOREIGN);
      const outcome = await lifecycle.reload();
      return outcome.ok
        ? answer(reply, 200, ["Requesting reload", ...outcome.notes, ""].join("\n"))
        : answer(reply, 400, ["Requesting reload: nothing has changed", ...outcome.errors, ""].join("\n"));
    },
  });
  app.route({
    method: ["POST", "PUT"],
    url: "/-/quit",
    handler: (request, reply) => {
      if (lifecycle === undefined) return answer(reply, 403, OFF);
      if (isForeign(request)) return answer(reply, 403, FOREIGN);
      // The answer first: what follows closes this connection.
      reply.raw.once("finish", () => lifecycle.quit());
      return answer(reply, 200, "Requesting termination... Goodbye!");
    },
  });
}

/** Browsers say from where a request comes; forms of other sites reach loopback addresses too. */
function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "same-origin" && site !== "none";
}

function answer(reply: FastifyReply, code: number, body: string): FastifyReply {
  return reply.code(code).header("cache-control", "no-store").type(TEXT).send(body);
}
