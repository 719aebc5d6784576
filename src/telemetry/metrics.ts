import { CELL_KINDS, KINDS } from "../model/kind.ts";
import { LIMIT_REASONS, REJECT_REASONS } from "../model/reject.ts";
import type { ShardStatus } from "../model/status.ts";
import { RELAY_ROWS } from "./relay-rows.ts";
import { byName, byOutput, counter, gauge, holders, perHolder, perListener, perOutput, perShard } from "./row.ts";
import type { MetricRow, RowSample } from "./row.ts";

export type { MetricRow, Reading, RowSample } from "./row.ts";

const withoutNone = (reasons: readonly string[]): string[] => reasons.filter((reason) => reason !== "none");
const KIND_NAMES = KINDS.map(({ kind }) => kind);
const SHARD_STATES: readonly ShardStatus["state"][] = ["starting", "running", "stopped", "dead"];

const PROCESS_ROWS: readonly MetricRow[] = [
  {
    name: "tallyd_build_info",
    type: "gauge",
    labels: ["version", "node"],
    meaning: "Always 1; the labels say which tallyd runs on which Node.js.",
    read: ({ status }) => [[[status.version, process.version], 1]],
  },
  gauge("tallyd_start_time_seconds", "When the server started, in Unix seconds.", (status) => status.startedAt),
  gauge("tallyd_uptime_seconds", "Seconds since the server started.", (status) => status.uptimeSeconds),
  {
    name: "tallyd_event_loop_lag_p99_seconds",
    type: "gauge",
    labels: [],
    meaning:
      "How long a turn of the main thread's event loop took, which is how late it was to whatever came meanwhile: 99th percentile over the last complete 15 seconds.",
    read: ({ eventLoop }) => [[[], eventLoop.lagP99Seconds]],
  },
  {
    name: "tallyd_event_loop_lag_max_seconds",
    type: "gauge",
    labels: [],
    meaning: "The longest turn of the main thread's event loop, over the last complete 15 seconds.",
    read: ({ eventLoop }) => [[[], eventLoop.lagMaxSeconds]],
  },
  {
    name: "tallyd_event_loop_active_seconds_total",
    type: "counter",
    labels: [],
    meaning: "Seconds that the main thread's event loop was busy; its rate is the share of a core in use.",
    read: ({ eventLoop }) => [[[], eventLoop.activeSeconds]],
  },
];

const RELOAD_ROWS: readonly MetricRow[] = [
  {
    name: "tallyd_config_reloads_total",
    type: "counter",
    labels: ["outcome"],
    meaning: "Times that the configuration was read again while the server ran, by outcome: success or failure.",
    read: ({ status: { reloads } }) => [
      [["success"], reloads.succeeded],
      [["failure"], reloads.failed],
    ],
  },
  gauge(
    "tallyd_config_last_reload_successful",
    "0 after the configuration was read again and had errors, until that succeeds; else 1.",
    ({ reloads }) => Number(reloads.isLastGood),
  ),
  gauge(
    "tallyd_config_last_reload_success_timestamp_seconds",
    "When the rules that hold were read, in Unix seconds.",
    ({ reloads }) => reloads.rulesSince,
  ),
];

const LISTENER_ROWS: readonly MetricRow[] = [
  perListener("tallyd_datagrams_truncated_total", "counter", "truncated"),
  perListener("tallyd_connections_open", "gauge", "connections_open"),
  perListener("tallyd_connections_accepted_total", "counter", "connections_accepted"),
  perListener("tallyd_connections_refused_total", "counter", "connections_refused"),
  perListener("tallyd_connections_failed_total", "counter", "connections_failed"),
  perListener("tallyd_connections_idle_cut_total", "counter", "connections_idle_cut"),
  perListener("tallyd_connections_frame_cut_total", "counter", "connections_frame_cut"),
  perListener("tallyd_connections_line_cut_total", "counter", "connections_line_cut"),
  perListener("tallyd_stream_bytes_skipped_total", "counter", "bytes_skipped"),
];

const TRAFFIC_ROWS: readonly MetricRow[] = [
  counter("tallyd_datagrams_total", "Datagrams received.", ({ totals }) => totals.datagrams),
  counter("tallyd_received_bytes_total", "Bytes received.", ({ totals }) => totals.bytes),
  counter("tallyd_lines_total", "Lines received, good or bad.", ({ ledger }) => ledger.received),
  counter("tallyd_lines_accepted_total", "Lines that were used.", ({ ledger }) => ledger.accepted),
  {
    name: "tallyd_lines_rejected_total",
    type: "counter",
    labels: ["reason"],
    meaning: "Lines refused because they are broken, by reason.",
    read: ({ status }) => byName(withoutNone(REJECT_REASONS), status.ledger.rejected),
  },
  {
    name: "tallyd_lines_limited_total",
    type: "counter",
    labels: ["reason"],
    meaning: "Well-formed lines that were not aggregated, by reason.",
    read: ({ status }) => byName(withoutNone(LIMIT_REASONS), status.ledger.limited),
  },
  counter(
    "tallyd_lines_lost_total",
    "Accepted lines that died with a shard before it was drained.",
    ({ ledger }) => ledger.lostWithShard,
  ),
  gauge(
    "tallyd_ledger_balance_lines",
    "Lines received less all lines accounted for; anything but 0 is a bug.",
    ({ ledger }) => ledger.balance,
  ),
  counter(
    "tallyd_kernel_drops_total",
    "Datagrams that the kernel dropped because a receive buffer was full.",
    ({ ledger }) => ledger.kernelDrops,
  ),
  {
    name: "tallyd_samples_total",
    type: "counter",
    labels: ["kind"],
    meaning: "Samples aggregated, by kind of series; a packed line holds several.",
    read: ({ status }) => byName(KIND_NAMES, status.totals.samples),
  },
  counter("tallyd_events_total", "DogStatsD events received.", ({ totals }) => totals.events),
  counter("tallyd_service_checks_total", "DogStatsD service checks received.", ({ totals }) => totals.serviceChecks),
  counter(
    "tallyd_timestamped_samples_total",
    "Samples with their own timestamp, which are not aggregated.",
    ({ totals }) => totals.timestamped,
  ),
  counter(
    "tallyd_sample_rates_clamped_total",
    "Samples whose rate was outside (0, 1] and was taken as 1.",
    ({ totals }) => totals.ratesClamped,
  ),
  counter(
    "tallyd_lines_mixed_tags_total",
    "Lines with tags both in the name and in a tag section; the section counts, unless the name's dialect is true.",
    ({ totals }) => totals.mixed,
  ),
  counter(
    "tallyd_tag_errors_total",
    "Parts of names that were left out because they are no key=value; once for each raw key.",
    ({ totals }) => totals.tagErrors,
  ),
  counter(
    "tallyd_event_lengths_mended_total",
    "Events whose lengths were counted in characters instead of UTF-8 bytes.",
    ({ totals }) => totals.eventLengthsMended,
  ),
  counter(
    "tallyd_lines_overflowed_total",
    "Lines folded into an overflow series because the series limit is reached.",
    ({ totals }) => totals.overflowed,
  ),
  counter(
    "tallyd_binds_total",
    "Raw keys seen for the first time and bound to a series.",
    ({ totals }) => totals.binds,
  ),
];

const TALLY_ROWS: readonly MetricRow[] = [
  {
    name: "tallyd_shards",
    type: "gauge",
    labels: ["state"],
    meaning: "Shard threads, by state.",
    read: ({ status }) =>
      SHARD_STATES.map((state) => [[state], status.shards.filter((shard) => shard.state === state).length]),
  },
  perShard(
    "tallyd_shard_restarts_total",
    "counter",
    "Times that a shard died and was started again.",
    ({ restarts }) => restarts,
  ),
  perShard(
    "tallyd_shard_lines_total",
    "counter",
    "Lines received by each shard: shows how evenly clients are spread.",
    ({ traffic }) => traffic.lines,
  ),
  {
    name: "tallyd_series",
    type: "gauge",
    labels: ["holder", "kind"],
    meaning: "Series held in each tally, by kind of cell.",
    read: ({ status }) =>
      holders(status).flatMap(([holder, { series }]) =>
        CELL_KINDS.map((kind): RowSample => [[holder, kind], series[kind]]),
      ),
  },
  perHolder("tallyd_keys", "Raw keys that each tally knows.", ({ keys }) => keys),
  perHolder("tallyd_tally_memory_bytes", "Memory that each tally has taken from the system.", ({ bytes }) => bytes),
  perHolder("tallyd_tally_used_bytes", "Of that memory, bytes in use.", ({ usedBytes }) => usedBytes),
  counter("tallyd_drains_total", "Drains of all shards.", ({ flush }) => flush.drains),
  gauge(
    "tallyd_drain_duration_seconds",
    "Duration of the last drain, from request to merged.",
    ({ flush }) => flush.lastDrainSeconds,
  ),
  counter("tallyd_flushes_total", "Intervals closed.", ({ flush }) => flush.flushes),
  gauge("tallyd_flush_duration_seconds", "Duration of the last flush.", ({ flush }) => flush.lastFlushSeconds),
  gauge(
    "tallyd_flush_time_seconds",
    "When the last interval was closed, in Unix seconds; 0 before the first.",
    ({ flush }) => flush.lastFlushAt,
  ),
  gauge("tallyd_flush_interval_seconds", "The configured flush interval.", ({ flush }) => flush.intervalSeconds),
];

const OUTPUT_ROWS: readonly MetricRow[] = [
  perOutput(
    "tallyd_output_healthy",
    "gauge",
    "1 while an output works, else 0; the status page says what is wrong.",
    ({ healthy }) => Number(healthy),
  ),
  perOutput(
    "tallyd_output_delivered_total",
    "counter",
    "Payloads (or scrapes) delivered.",
    ({ delivered }) => delivered,
  ),
  perOutput("tallyd_output_retries_total", "counter", "Deliveries tried again.", ({ retries }) => retries),
  perOutput("tallyd_output_queued", "gauge", "Payloads waiting for delivery.", ({ queued }) => queued),
  {
    name: "tallyd_output_dropped_total",
    type: "counter",
    labels: ["output", "reason"],
    meaning: "Points that an output did not deliver, by reason.",
    read: ({ status }) => byOutput(status, ({ dropped }) => dropped),
  },
  {
    name: "tallyd_output_notes_total",
    type: "counter",
    labels: ["output", "note"],
    meaning: "What an output did to names and tags so that they could be delivered, for example resolved conflicts.",
    read: ({ status }) => byOutput(status, ({ notes }) => notes),
  },
];

/** Every self-metric, in the order of the page. */
export const METRICS: readonly MetricRow[] = [
  ...PROCESS_ROWS,
  ...RELOAD_ROWS,
  ...TRAFFIC_ROWS,
  ...LISTENER_ROWS,
  ...RELAY_ROWS,
  ...TALLY_ROWS,
  ...OUTPUT_ROWS,
];
