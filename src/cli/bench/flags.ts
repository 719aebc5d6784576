/** The flags of `tallyd bench` as they were written. */
export interface BenchFlags {
  readonly target: string;
  readonly rate: string;
  readonly duration: string;
  readonly series: string;
  readonly linesPerDatagram: string;
  readonly datagramBytes: string;
  readonly mix: string;
  readonly tags: string;
  readonly sockets: string;
  readonly seed: string;
  readonly prefix: string;
  readonly verify?: string;
  readonly latency: boolean;
  readonly findMax?: boolean;
  readonly stepDuration: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly iOwnThisTarget?: boolean;
}

export const BENCH_DEFAULTS = {
  target: "udp://127.0.0.1:8125",
  rate: "100000",
  duration: "10s",
  series: "10000",
  linesPerDatagram: "20",
  datagramBytes: "8192",
  mix: "c:60,g:15,ms:15,h:5,d:5",
  tags: "3",
  sockets: "4",
  seed: "1",
  prefix: "bench",
  stepDuration: "2s",
} as const;
