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
const NO_METHOD = "405: this is for POST and PUT.\n";

/**
 * `/-/healthy`, `/-/ready`, `/-/reload` and `/-/quit`, with statsd_exporter's paths, methods and first words. Other than
 * there, a reload that fails answers 400 and says why, quitting drains and delivers first, and other methods are told so.
 */
export function addLifecycleRoutes(app: FastifyInstance, { ready, lifecycle }: LifecycleOptions): void {
  app.get("/-/healthy", (_request, reply) => answer(reply, 200, "Statsd Exporter is Healthy.\n"));
  app.get("/-/ready", (_request, reply) =>
    ready()
      ? answer(reply, 200, "Statsd Exporter is Ready.\n")
      : answer(reply, 503, "tallyd is not ready: its shards are not listening.\n"),
  );
  addCommand(app, "/-/reload", lifecycle, async ({ reload }, reply) => {
    const outcome = await reload();
    return outcome.ok
      ? answer(reply, 200, ["Requesting reload", ...outcome.notes, ""].join("\n"))
      : answer(reply, 400, ["Requesting reload: nothing has changed", ...outcome.errors, ""].join("\n"));
  });
  addCommand(app, "/-/quit", lifecycle, ({ quit }, reply) => {
    // The answer first: what follows closes this connection.
    reply.raw.once("finish", quit);
    return answer(reply, 200, "Requesting termination... Goodbye!");
  });
}

type Command = (lifecycle: Lifecycle, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>;

/** A route for POST and PUT, whatever is sent along: `curl -d ""` calls even nothing a form. */
function addCommand(app: FastifyInstance, url: string, lifecycle: Lifecycle | undefined, command: Command): void {
  void app.register(async (routes) => {
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser("*", (_request, body, done) => {
      body.resume();
      done(null);
    });
    routes.route({
      method: ["POST", "PUT"],
      url,
      handler: (request, reply) => {
        if (lifecycle === undefined) return answer(reply, 403, OFF);
        return isForeign(request) ? answer(reply, 403, FOREIGN) : command(lifecycle, reply);
      },
    });
    routes.route({
      method: ["GET", "DELETE"],
      url,
      handler: (_request, reply) => answer(reply.header("allow", "POST, PUT"), 405, NO_METHOD),
    });
  });
}

/** Browsers say from where a request comes; forms of other sites reach loopback addresses too. */
function isForeign({ headers, host }: FastifyRequest): boolean {
  const { "sec-fetch-site": site, origin } = headers;
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  // Old ones say no more than this.
  return origin !== undefined && origin.replace(/^https?:\/\//, "") !== host;
}

function answer(reply: FastifyReply, code: number, body: string): FastifyReply {
  return reply.code(code).header("cache-control", "no-store").type(TEXT).send(body);
}
