import { askedWaitMs } from "../delivery/retry-after.ts";
import type { ResponseHead } from "../delivery/transport.ts";
import type { Version } from "./proto/message.ts";

/** What a response means for the request. */
export type Verdict =
  | {
      readonly type: "delivered";
      /** Points that were stored; undefined = all. Only a receiver of 2.0 says. */
      readonly written: number | undefined;
    }
  /** It would be refused again; `written` points of it were stored all the same. */
  | { readonly type: "refused"; readonly written: number }
  | { readonly type: "split" }
  /** The receiver knows only 1.0: the same points once more, as 1.0. */
  | { readonly type: "downgrade" }
  | {
      readonly type: "retry";
      /** Not before this long, in milliseconds; undefined = the ordinary backoff. */
      readonly waitMs: number | undefined;
      /** True where the request itself may be what the receiver stumbles over. */
      readonly suspect: boolean;
    };

/** Headers by which a receiver of 2.0 says that it is one; a 1.0 receiver answers 204 and stores nothing. */
const WRITTEN_HEADERS = ["samples", "histograms", "exemplars"].map(
  (what) => `x-prometheus-remote-write-${what}-written`,
);

/** The points that a receiver of 2.0 says it has stored; undefined where it says nothing. One header that is missing means 0. */
function writtenOf({ headers }: ResponseHead): number | undefined {
  const given = WRITTEN_HEADERS.flatMap((name) => headers.get(name) ?? []);
  if (given.length === 0) return undefined;
  return given.reduce((sum, text) => sum + (/^\d+$/.test(text) ? Number(text) : 0), 0);
}

/**
 * The rules of the remote-write specification: 5xx and 429 are tried again, other 4xx are not. Prometheus before 3.0
 * answers 500 to a point that it cannot take at all, so a request that meets 500 is suspect.
 */
export function judge(response: ResponseHead, version: Version, nowMs: number): Verdict {
  const { status } = response;
  const written = version === "2.0" ? writtenOf(response) : undefined;
  if (status >= 200 && status <= 299)
    return version === "2.0" && written === undefined ? { type: "downgrade" } : { type: "delivered", written };
  if (status === 415 && version === "2.0") return { type: "downgrade" };
  if (status === 413) return { type: "split" };
  if (status === 429 || status >= 500)
    return { type: "retry", waitMs: askedWaitMs(response, nowMs), suspect: status === 500 };
  return { type: "refused", written: written ?? 0 };
}
