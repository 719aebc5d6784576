import { askedWaitMs } from "../delivery/retry-after.ts";
import type { ResponseHead } from "../delivery/transport.ts";

/** What a response means for the payload that was posted. */
export type Verdict =
  | { readonly type: "delivered" }
  /** The server will never take it: posting it again would block what waits behind it. */
  | { readonly type: "refused" }
  | { readonly type: "split" }
  | {
      readonly type: "retry";
      /** Not before this long, in milliseconds; undefined = the ordinary backoff. */
      readonly waitMs: number | undefined;
      /** True where a person must do something: a wrong key, a wrong address. */
      readonly alarm: boolean;
    }
  /** The key is not accepted: read it again, and retry slowly. */
  | { readonly type: "key" };

const DELIVERED: Verdict = { type: "delivered" };
/** Seconds until Datadog accepts more. */
const RESET_HEADERS = ["x-ratelimit-reset"];

/**
 * The rule for each status. A wrong region or proxy (404, other 4xx) may be put right while we wait, so those are
 * retried; a redirect is never followed, because the key would go to another host.
 */
export function judge(response: ResponseHead, nowMs: number): Verdict {
  const { status } = response;
  if (status >= 200 && status <= 299) return DELIVERED;
  if (status === 400) return { type: "refused" };
  if (status === 413) return { type: "split" };
  if (status === 403) return { type: "key" };
  if (status === 429 || status === 503)
    return { type: "retry", waitMs: askedWaitMs(response, nowMs, RESET_HEADERS), alarm: false };
  return { type: "retry", waitMs: undefined, alarm: status < 500 && status !== 408 };
}

/** True for a response body whose list of `errors` is not empty. */
export function hasErrors(body: string): boolean {
  return /"errors"\s*:\s*\[\s*[^\]\s]/.test(body);
}
