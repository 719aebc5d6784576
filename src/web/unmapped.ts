import type { FastifyInstance } from "fastify";
import type { UnmappedReport } from "../model/unmapped.ts";

export interface UnmappedRoutesOptions {
  /** Names for which the mapping has no rule. */
  readonly unmapped?: () => UnmappedReport;
}

const NONE: UnmappedReport = { names: [], beyond: 0 };

/** `/api/unmapped`: what a person who writes rules has not yet written any for. */
export function addUnmappedRoutes(app: FastifyInstance, { unmapped = () => NONE }: UnmappedRoutesOptions): void {
  app.get("/api/unmapped", (_request, reply) => reply.header("cache-control", "no-store").send(unmapped()));
}
