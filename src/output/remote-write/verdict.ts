import { askedWaitMs } from "../delivery/retry-after.ts";
import type { ResponseHead } from "../delivery/transport.ts";
import type { Version } from "./proto/message.ts";

/** What a response means for the request. */
export type Verdict =
  | { readonly type: "delivered" }
  /** It would be refused again. */
  | { readonly type: "refused" }
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

/**
 * The rules of the remote-write specification: 5xx and 429 are tried again, other 4xx are not. Prometheus before 3.0
 * answers 500 to a point that it cannot take at all, so a request that meets 500 is suspect.
 */
export function judge(response: ResponseHead, version: Version, nowMs: number): Verdict {
  const { status, headers } = response;
  if (status >= 200 && status <= 299) {
    const isUnconfirmed = version === "2.0" && !WRITTEN_HEADERS.some((name) => headers.has(name));
    return { type: isUnconfirmed ? "downgrade" : "delivered" };
  }
  if (status === 415 && version === "2.0") return { type: "downgrade" };
  if (status === 413) return { type: "split" };
  if (status === 429 || status >= 500)
    return { type: "retry", waitMs: askedWaitMs(response, nowMs), suspect: status === 500 };
  return { type: "refused" };
}
