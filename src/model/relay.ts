/** Where raw lines are passed on to. */
export interface RelayTarget {
  /** An IPv4 or IPv6 address; names are looked up once, at the start. */
  readonly host: string;
  readonly port: number;
}

/** Why the system did not take a packet. */
export const RELAY_DROP_REASONS = ["no_room", "refused", "unreachable", "too_large", "other"] as const;
export type RelayDropReason = (typeof RELAY_DROP_REASONS)[number];

/** What each means, for the log. */
export const RELAY_DROP_HELP: Readonly<Record<RelayDropReason, string>> = {
  no_room: "the system's send buffer is full: more is relayed than the network takes",
  refused: "nobody listens at the target",
  unreachable: "there is no way to the target, or a firewall closes it",
  too_large: "packets are larger than this system sends: write a smaller relay.packet_length",
  other: "the system refused them",
};

/** Totals of one relay since it was opened. */
export interface RelayCounts {
  /** Packets that the system took, and the lines in them. */
  packets: number;
  lines: number;
  /** Lines longer than a packet less its line feed, which were not relayed. */
  longLines: number;
  /** Answers that nobody listens at the target. Each tells of a packet that was taken before, and maybe of several. */
  refusals: number;
  /** Lines in packets that the system did not take. */
  dropped: Record<RelayDropReason, number>;
}

export function zeroRelayCounts(): RelayCounts {
  const dropped = Object.fromEntries(RELAY_DROP_REASONS.map((reason) => [reason, 0]));
  return { packets: 0, lines: 0, longLines: 0, refusals: 0, dropped: dropped as RelayCounts["dropped"] };
}
