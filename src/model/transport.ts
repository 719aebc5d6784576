/** What transports count beside the bytes that they hand over. What the kernel drops is read elsewhere (`transport/kernel-drops.ts`). All are totals since the listener was opened, but the one that says "now". */
export const TRANSPORT_COUNTERS = [
  "truncated",
  "connections_open",
  "connections_accepted",
  "connections_refused",
  "connections_failed",
  "connections_idle_cut",
  "connections_frame_cut",
  "connections_line_cut",
  "bytes_skipped",
] as const;
export type TransportCounter = (typeof TRANSPORT_COUNTERS)[number];
export type TransportCounters = Readonly<Record<TransportCounter, number>>;

/** What each counts, for the documentation and for people. */
export const TRANSPORT_COUNTER_HELP: Readonly<Record<TransportCounter, string>> = {
  truncated: "datagrams that were longer than the reader's buffer and lost their end",
  connections_open: "connections that are open now",
  connections_accepted: "connections that were accepted",
  connections_refused: "connections that were closed at once because stream.connections_max were open",
  connections_failed: "connections that ended with an error of the network, such as a reset by the client",
  connections_idle_cut: "connections that were closed because no whole line came within stream.idle_timeout",
  connections_frame_cut: "connections that were closed because a frame's length was above stream.frame_bytes_max",
  connections_line_cut: "connections that were closed because a line did not end long after stream.line_bytes_max",
  bytes_skipped:
    "bytes of lines above stream.line_bytes_max, behind a bad frame length, and of connections that waited when the listener was closed, that were read and thrown away",
};

/** What one listener of one shard has counted. */
export interface TransportReading {
  readonly url: string;
  readonly counters: TransportCounters;
}

/** What a listener has counted in all shards together. */
export type ListenerCounts = TransportReading;

/** Every counter at zero, for a transport to count up the ones that it knows. */
export function zeroCounters(): Record<TransportCounter, number> {
  return Object.fromEntries(TRANSPORT_COUNTERS.map((name) => [name, 0])) as Record<TransportCounter, number>;
}

/** What bounds a stream listener and each of its connections. */
export interface StreamLimits {
  /** Connections of one listener at a time. */
  readonly connectionsMax: number;
  /** Without the line feed; at most 65,535. */
  readonly lineBytesMax: number;
  /** Largest length of a length-prefixed frame that is believed. */
  readonly frameBytesMax: number;
  /** A connection without a whole line for so long is closed, in milliseconds; 0 = never. */
  readonly idleMs: number;
  /** Permission bits of a socket file, for example 0o722. */
  readonly socketMode: number;
}
