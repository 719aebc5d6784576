/** What bounds a shard's memory and its answers, apart from the configured limits of `ShardOptions`. */

/** Events, service checks and timestamped samples that wait for the next drain. */
export const SPECIALS_MAX = 16_384;
/** …and their bytes: an event may fill a datagram. */
export const SPECIALS_BYTES_MAX = 8 << 20;
/** …and of those in one part of a drain, if it has more than one. */
export const SPECIALS_PART_BYTES = 256 << 10;
/** Series of which a drain carries an exemplar; those of the others are left out. */
export const EXEMPLARS_MAX = 10_000;
/** Refused lines that a drain carries as examples. */
export const REJECTS_MAX = 16;
/** Overflow series, as a part of `seriesMax`. */
export const OVERFLOW_SHARE = 0.1;
/** Part of `seriesMax` below which there is room again for series that were folded. */
export const ROOM_SHARE = 0.9;
/** Bytes of one part of a drain, about: what a shard writes, and the main thread merges, between two looks at its event loop. */
export const PART_BYTES = 128 << 10;
/** New series, and specials, in one part of a drain: some 15 microseconds each on the main thread, and ten times that while it is cold. */
export const DEFINITIONS_PART_MAX = 250;
/** …and tags of the series in it, which may be of thousands. */
export const DEFINITIONS_PART_TAGS = 2_500;
/** How long a drain may first read what waits in the sockets, in milliseconds. */
export const SETTLE_MS_MAX = 50;
/**
 * …and where the event loop does the reading, in milliseconds of the thread's own processor time: on a machine that is busy with other
 * things 50 ms may pass without a turn. So much empties a full buffer of 4 MiB, which is as much as systems give by node:dgram.
 */
export const SETTLE_CPU_MS_MAX = 100;
/**
 * Senders of each measure that a summary names, as many as `/api/senders` lists at most. A table of the default size that is full costs
 * half a millisecond of the shard, once a second at most.
 */
export const SENDER_SUMMARY_MAX = 1_000;
/** The least time between two summaries of senders, in milliseconds. */
export const SENDER_SUMMARY_MS = 1_000;
/** Refused lines that are kept between two summaries, one for a sender: some microseconds each, for the excerpt. */
export const SENDER_LINES_MAX = 256;
/** How long a batch or datagram may take (new names, events, refused lines, or many bytes) before others get their turn: about µs. */
export const WORK_MAX = 500;
/** …and how long what came one by one, from connections or datagram by datagram, is taken in one turn of the event loop, in milliseconds. */
export const BACKLOG_TURN_MS = 2;
/** What may wait for its turn, in bytes. */
export const BACKLOG_BYTES_MAX = 4 << 20;
/** How long a shard that reads batches keeps away from its event loop, where nothing comes but what wakes it, in milliseconds: drains do. */
export const AWAY_MS_MAX = 5_000;
/** …and where it relays, because the next time comes from a timer. */
export const RELAY_AWAY_MS_MAX = 200;
/**
 * How often a packet of the relay is sent that is not full, in milliseconds. With a thread that is away twice as long as above, when
 * it sleeps at the end of a turn, a line waits less than a second.
 */
export const RELAY_FLUSH_MS = 400;
