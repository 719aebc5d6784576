/** Every limit of the HTTP server, with its unit. */

export const CONNECTIONS_MAX = 256;
/** Requests that one HTTP/2 connection may have open. */
export const STREAMS_MAX = 100;
export const HEADER_BYTES_MAX = 16 * 1024;
/** No route takes a body. */
export const BODY_BYTES_MAX = 1024;
/** For a client to send its whole request. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** For a connection on which nothing moves, a stalled reader of a page for instance. */
export const IDLE_TIMEOUT_MS = 60_000;
/** Longer than the usual scrape intervals, so that a scraper keeps its connection. */
export const KEEP_ALIVE_TIMEOUT_MS = 90_000;
/** Pages rendered at the same time, and scrapes that wait for their turn; any further one is answered 503. */
export const SCRAPES_RUNNING_MAX = 4;
export const SCRAPES_WAITING_MAX = 64;
/** For a scrape whose client does not say how long it waits. */
export const SCRAPE_TIMEOUT_MS = 30_000;
/** Taken off the scraper's own timeout, so that it gets an answer that says what was wrong. */
export const SCRAPE_MARGIN_MS = 500;
/** Senders that \`/api/senders\` lists unless told otherwise, and at most; the status page shows as many as the first. */
export const SENDERS_DEFAULT = 20;
export const SENDERS_MAX = 1_000;
/** Seconds of a capture unless told otherwise, and at most. */
export const CAPTURE_SECONDS = 10;
export const CAPTURE_SECONDS_MAX = 3_600;
/** Bytes of a capture before it is compressed: unless told otherwise, at least, and at most. */
export const CAPTURE_BYTES = 64 * 1024 * 1024;
export const CAPTURE_BYTES_MIN = 4_096;
export const CAPTURE_BYTES_MAX = 16 * 1024 ** 3;
/** Passwords that are compared or wait for it; a check takes 50 ms and more. */
export const PASSWORD_CHECKS_MAX = 32;
/** Passwords, right and wrong ones each, whose check is not repeated. */
export const PASSWORDS_REMEMBERED_MAX = 100;
/** Series that `/api/series` lists unless told otherwise, and at most. */
export const SERIES_DEFAULT = 100;
export const SERIES_MAX = 1_000;
