/** The counters that outlive a shard thread: what it had received when it died is known to the byte. */
export interface Received {
  datagrams: number;
  bytes: number;
  lines: number;
}

const DATAGRAMS = 0;
const BYTES = 1;
const LINES = 2;

export function allocateCounters(): SharedArrayBuffer {
  return new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT);
}

/** For the main side. Exact once the thread has ended; up to a datagram behind while it runs. */
export function readCounters(counters: SharedArrayBuffer): Received {
  const view = new Float64Array(counters);
  return { datagrams: view[DATAGRAMS] ?? 0, bytes: view[BYTES] ?? 0, lines: view[LINES] ?? 0 };
}

/** For the shard thread, the only writer, so that plain stores are enough. */
export function createCounters(counters: SharedArrayBuffer): Received {
  const view = new Float64Array(counters);
  return {
    get datagrams() {
      return view[DATAGRAMS] ?? 0;
    },
    set datagrams(value) {
      view[DATAGRAMS] = value;
    },
    get bytes() {
      return view[BYTES] ?? 0;
    },
    set bytes(value) {
      view[BYTES] = value;
    },
    get lines() {
      return view[LINES] ?? 0;
    },
    set lines(value) {
      view[LINES] = value;
    },
  };
}
