/**
 * Every bound of the configuration in one place, with its unit. The defaults stand in `schema.ts`, as a user would
 * write them; here is what a user may write at all, and why not more.
 */
const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A shard is a thread with a socket; beyond this the kernel's spreading of clients is coarser than the shards. */
export const SHARDS: Range = { min: 1, max: 64 };
/** `auto` never takes more: eight shards read more than one machine's network sends. */
export const SHARDS_AUTO_MAX = 8;
export const LISTENERS_MAX = 16;

/** An interval is aligned to the epoch, so it is whole seconds and no longer than an hour. */
export const FLUSH_INTERVAL_MS: Range = { min: SECOND_MS, max: HOUR_MS };
/** Below 100 ms the drains themselves become the load. */
export const DRAIN_INTERVAL_MS: Range = { min: 100, max: MINUTE_MS };
export const SHUTDOWN_DEADLINE_MS: Range = { min: 100, max: 10 * MINUTE_MS };
export const IDLE_MS: Range = { min: 10 * SECOND_MS, max: 7 * DAY_MS };

/** The kernel doubles what is asked and caps it at net.core.rmem_max. */
export const RECEIVE_BUFFER_BYTES: Range = { min: 4 * KIB, max: 1024 * MIB };

/** Each costs a descriptor and up to a line of memory. */
export const CONNECTIONS: Range = { min: 1, max: 65_536 };
/** With its line feed a line must fit into the core's input, 65,536 bytes. */
export const LINE_BYTES: Range = { min: 512, max: 65_535 };
/** Below 2^24, so that a length never looks like text: it has a zero byte, which text has not. */
export const FRAME_BYTES: Range = { min: 512, max: 8 * MIB };
export const STREAM_IDLE_MS: Range = { min: SECOND_MS, max: 7 * DAY_MS };

/** At least a byte and its line feed; at most what UDP over IPv4 carries. */
export const RELAY_PACKET_BYTES: Range = { min: 2, max: 65_507 };

export const SERIES: Range = { min: 1, max: 100_000_000 };
export const KEYS: Range = { min: 1, max: 200_000_000 };
/** A datagram is at most 65,507 bytes, so no key is longer. */
export const KEY_BYTES: Range = { min: 64, max: 65_507 };
/** A shard sorts up to twice as many at a time: at 10,000 that is a millisecond or two. */
export const SENDERS: Range = { min: 1, max: 10_000 };
export const TIMESTAMPED: Range = { min: 0, max: 10_000_000 };
export const SPECIALS: Range = { min: 0, max: 1_000_000 };

export const GLOBAL_TAGS_MAX = 100;
export const TAG_CHARACTERS_MAX = 200;
export const NAMESPACE_CHARACTERS_MAX = 200;
export const FILTER_ENTRIES_MAX = 100_000;

export const MAPPING_FILES_MAX = 100;

/** Each is one more series per histogram on the page. */
export const QUANTILES_MAX = 20;
export const BUCKETS_MAX = 200;
/** Scrapers' usual cap is 160; a message of more than a few hundred buckets is slow to read everywhere. */
export const NATIVE_BUCKETS: Range = { min: 10, max: 1_000 };
/** Two scrape intervals at the most usual ones; longer would hide what new series count. */
export const ZERO_FIRST_MS: Range = { min: SECOND_MS, max: 10 * MINUTE_MS };
export const WINDOW_MS: Range = { min: SECOND_MS, max: DAY_MS };
/** Each keeps histogram pages of its own. */
export const AGE_BUCKETS: Range = { min: 1, max: 60 };
/** 0 = never; otherwise not so short that two scrapes fall into one life. */
export const TTL_MS: Range = { min: MINUTE_MS, max: 365 * DAY_MS };

/** Each takes about 300 bytes. */
export const REMAINS: Range = { min: 0, max: 100_000_000 };

export const COUNTER_EXPIRY_MS: Range = { min: 0, max: DAY_MS };
export const TIMEOUT_MS: Range = { min: SECOND_MS, max: 10 * MINUTE_MS };
export const CONCURRENCY: Range = { min: 1, max: 100 };
export const RETRY_QUEUE_BYTES: Range = { min: 0, max: 4 * 1024 * MIB };
export const RETRY_AGE_MS: Range = { min: MINUTE_MS, max: 7 * DAY_MS };

/** Each is a line an interval, encoded on the main thread in a few tenths of a millisecond. */
export const HDR_LOG_SERIES: Range = { min: 1, max: 10_000 };
export const HDR_LOG_FACTOR: Range = { min: 1e-9, max: 1e9 };
export const HDR_LOG_FILE_BYTES: Range = { min: 64 * KIB, max: 4 * 1024 * MIB };
export const HDR_LOG_FILE_AGE_MS: Range = { min: MINUTE_MS, max: 365 * DAY_MS };
export const HDR_LOG_FILES: Range = { min: 2, max: 100_000 };

export const REMOTE_WRITE_LABELS_MAX = 30;
export const REMOTE_WRITE_HEADERS_MAX = 30;
export const REMOTE_WRITE_SHARDS: Range = { min: 1, max: 100 };
/** Receivers take 32 MB uncompressed at most; a request is also closed at 1 MiB. */
export const REMOTE_WRITE_POINTS: Range = { min: 1, max: 50_000 };
