import type { FastifyInstance, FastifyReply } from "fastify";
import type { LiveHistogram, LiveSeries, LiveSeriesList, LiveSeriesProblem } from "../model/live-series.ts";
import { SERIES_DEFAULT, SERIES_MAX } from "./limits.ts";

export interface LiveSeriesRoutesOptions {
  /** Live series, one by one; absent: there are none. */
  readonly liveSeries?: LiveSeriesSource;
}

export interface LiveSeriesSource {
  list(matches: readonly string[], limit: number): Promise<LiveSeriesList | LiveSeriesProblem>;
  histogram(id: string): LiveHistogram | LiveSeriesProblem | undefined;
  /** The histogram as an interval log of HdrHistogram, with one line. */
  hdrOf(histogram: LiveHistogram): Promise<string>;
}

const LIMIT = /^[1-9]\d{0,3}$/;
const GONE = {
  error: "there is no such series; it may have expired. GET /api/series?match=… lists those that there are",
};

/** `/api/series` and `/api/series/{id}/histogram`. */
export function addLiveSeriesRoutes(app: FastifyInstance, { liveSeries }: LiveSeriesRoutesOptions): void {
  app.get<{ Querystring: Record<string, unknown> }>("/api/series", async (request, reply) => {
    const { match = [], limit = String(SERIES_DEFAULT) } = request.query;
    const matches = [match].flat().map(String);
    const count = typeof limit === "string" && LIMIT.test(limit) ? Number(limit) : 0;
    if (count < 1 || count > SERIES_MAX)
      return answer(reply, 400, { error: `limit is a whole number from 1 to ${SERIES_MAX}` });
    const found = (await liveSeries?.list(matches, count)) ?? { series: [], isCut: false };
    if ("problem" in found) return answer(reply, 400, { error: found.problem });
    return answer(reply, 200, { series: found.series.map(asJson), cut: found.isCut });
  });
  app.get<{ Querystring: Record<string, unknown>; Params: { readonly id: string } }>(
    "/api/series/:id/histogram",
    async (request, reply) => {
      const { format = "json" } = request.query;
      if (format !== "json" && format !== "hdr") return answer(reply, 400, { error: "format is json or hdr" });
      const found = liveSeries?.histogram(request.params.id);
      if (liveSeries === undefined || found === undefined) return answer(reply, 404, GONE);
      if ("problem" in found) return answer(reply, 409, { error: found.problem });
      if (format === "json") return answer(reply, 200, { ...found, ...asJson(found) });
      if (found.buckets.length === 0)
        return answer(reply, 409, {
          error:
            "nothing of this series can be written so: it has no samples in the window, or only counts of classic bounds",
        });
      const log = await liveSeries.hdrOf(found);
      return reply.header("cache-control", "no-store").type("text/plain; charset=utf-8").send(log);
    },
  );
}

function asJson({ id, name, labels, type }: LiveSeries): object {
  return { id, name, labels: Object.fromEntries(labels), type };
}

function answer(reply: FastifyReply, code: number, body: object): FastifyReply {
  return reply.code(code).header("cache-control", "no-store").send(body);
}
