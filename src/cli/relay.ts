import type { Config } from "../config/config.ts";
import type { RelayOptions } from "../shard/relaying.ts";
import type { Logger } from "../std/log.ts";
import { resolveRelay } from "../transport/relay/resolve.ts";
import { formatUdpUrl } from "../transport/udp-address.ts";

export interface RelayPlan {
  /** As configured, for example `udp://statsd.example.com:8125`. */
  readonly target: string;
  /** For every shard, with the address of the target. */
  readonly options: RelayOptions;
}

/** Where raw lines are passed on to; undefined = nowhere. Rejects with a `TransportError` where the target has no address. */
export async function planRelay({ relay, listen }: Config, log: Logger): Promise<RelayPlan | undefined> {
  if (relay === undefined) return undefined;
  const { packetBytesMax } = relay;
  const target = formatUdpUrl(relay.host, relay.port);
  const { host, port } = await resolveRelay(relay, listen);
  log.info({ target, address: host, packetBytesMax }, `lines are relayed as they come to ${target}`);
  return { target, options: { host, port, packetBytesMax } };
}
