/**
 * Why a line, or part of the work on it, was refused. The order is the code that the core uses
 * (`core/assembly/reason.ts`; a test compares the two).
 */
export const CORE_REJECT_REASONS = [
  "none",
  "no_colon",
  "empty_name",
  "no_type",
  "bad_type",
  "empty_value",
  "bad_value",
  "not_finite",
  "bad_rate",
  "bad_timestamp",
  "timestamp_kind",
  "bad_event",
  "bad_service_check",
  "truncated",
  "unterminated",
] as const;
export type CoreRejectReason = Exclude<(typeof CORE_REJECT_REASONS)[number], "none">;

/** Why a stream transport refused a line that the core never saw. */
export const STREAM_REJECT_REASONS = ["line_too_long", "stream_cut", "frame_length"] as const;
export type StreamRejectReason = (typeof STREAM_REJECT_REASONS)[number];

export const REJECT_REASONS = [...CORE_REJECT_REASONS, ...STREAM_REJECT_REASONS] as const;
export type RejectReason = Exclude<(typeof REJECT_REASONS)[number], "none">;

/** One sentence a person can act on, per reason; used by `explain`, the log and the documentation. */
export const REJECT_HELP: Readonly<Record<RejectReason, string>> = {
  no_colon: "a metric line is name:value|type; there is no colon before the first pipe or the end of the line",
  empty_name: "the metric name before the colon is empty",
  no_type: "the value must be followed by |c, |g, |ms, |h, |d or |s",
  bad_type: "the type must be exactly c, g, ms, h, d or s",
  empty_value: "there is no value between the colon and the type",
  bad_value: "a value is a decimal number such as 12, -0.5 or 1e3 (no blanks, no hexadecimal, no underscores)",
  not_finite: "NaN and infinite values are refused: they would poison every sum they enter",
  bad_rate: "the sample rate after @ is not a decimal number",
  bad_timestamp: "a field that starts with T is a timestamp: whole Unix seconds above 0 (not milliseconds)",
  timestamp_kind: "only counters and gauges may carry a timestamp, and only on lines with one value|type pair",
  bad_event: "an event is _e{title bytes,text bytes}:title|text, with lengths in UTF-8 bytes",
  bad_service_check: "a service check is _sc|name|status with a status of 0, 1, 2 or 3",
  truncated: "the datagram was longer than 65,536 bytes, and this line lost its end; let the client send smaller ones",
  unterminated: "the last line does not end in a line feed, so that it may have been cut off",
  line_too_long: "a line on a stream was longer than stream.line_bytes_max, and the whole of it was thrown away",
  stream_cut:
    "the connection ended in the middle of this line; a client ends every line with a line feed before it closes",
  frame_length:
    "a frame on a Unix stream starts with its length in four bytes, little-endian, and at most stream.frame_bytes_max; the connection was closed",
};

/** Why well-formed lines were not aggregated as they were sent; the code is the index. */
export const LIMIT_REASONS = ["none", "filter", "names", "key_bytes", "specials", "mapping"] as const;
export type LimitReason = Exclude<(typeof LIMIT_REASONS)[number], "none">;

export const LIMIT_HELP: Readonly<Record<LimitReason, string>> = {
  filter: "the configured allow and deny lists exclude this name",
  names: "the limit on series is reached and there is no room left for an overflow series of this name",
  key_bytes: "name and tags together are longer than the limit",
  specials: "events, service checks and timestamped samples came faster than they may queue between two drains",
  mapping: "a rule of the mapping drops this name, and no output other than Prometheus wants it",
};
