import { RELAY_DROP_REASONS } from "../model/relay.ts";
import type { RelayStatus } from "../model/status.ts";
import type { MetricRow } from "./row.ts";

/** A counter of the relay; without one there are no samples. */
function relayCounter(name: string, meaning: string, read: (relay: RelayStatus) => number): MetricRow {
  return {
    name,
    type: "counter",
    labels: ["target"],
    meaning,
    read: ({ status: { relay } }) => (relay === undefined ? [] : [[[relay.target], read(relay)]]),
  };
}

export const RELAY_ROWS: readonly MetricRow[] = [
  relayCounter("tallyd_relay_packets_total", "Packets that were relayed.", ({ packets }) => packets),
  relayCounter("tallyd_relay_lines_total", "Lines that were relayed, in these packets.", ({ lines }) => lines),
  relayCounter(
    "tallyd_relay_long_lines_total",
    "Lines that were not relayed because they are longer than relay.packet_length with their line feed.",
    ({ longLines }) => longLines,
  ),
  {
    name: "tallyd_relay_lines_dropped_total",
    type: "counter",
    labels: ["target", "reason"],
    meaning: "Lines that were not relayed because the system did not take their packet, by reason.",
    read: ({ status: { relay } }) =>
      relay === undefined ? [] : RELAY_DROP_REASONS.map((reason) => [[relay.target, reason], relay.dropped[reason]]),
  },
  relayCounter(
    "tallyd_relay_refusals_total",
    "Times that the target's machine said that nobody listens there; each tells of one relayed packet at least.",
    ({ refusals }) => refusals,
  ),
];
