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

export interface ResponseHead {
  readonly status: number;
  /** Header values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

const DELIVERED: Verdict = { type: "delivered" };
/** A server that asks for longer than Datadog accepts points is not obeyed for longer. */
const WAIT_MS_MAX = 3_600_000;

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
  if (status === 429 || status === 503) return { type: "retry", waitMs: askedWaitMs(response, nowMs), alarm: false };
  return { type: "retry", waitMs: undefined, alarm: status < 500 && status !== 408 };
}

/** `Retry-After` (seconds or a date) and Datadog's `X-RateLimit-Reset` (seconds): the longer of the two. */
function askedWaitMs(response: ResponseHead, nowMs: number): number | undefined {
  const asked: number[] = [];
  const after = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(after)) asked.push(Number(after) * 1000);
  else if (after !== "") asked.push(Date.parse(after) - nowMs);
  const reset = response.headers.get("x-ratelimit-reset")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(reset)) asked.push(Number(reset) * 1000);
  const usable = asked.filter((waitMs) => waitMs > 0);
  return usable.length === 0 ? undefined : Math.min(Math.max(...usable), WAIT_MS_MAX);
}
