import type { RelayTarget } from "../../model/relay.ts";
import { loadLibc } from "../libc.ts";
import { formatUdpUrl } from "../udp-address.ts";
import { TransportError } from "../transport.ts";
import { NodePacketSocket } from "./node-socket.ts";
import type { PacketSocket } from "./packet-socket.ts";
import { SystemPacketSocket } from "./system-socket.ts";

/**
 * Opens a socket that suits the thread: one that reads batches has the C library, and no time for callbacks. Rejects with a
 * `TransportError`.
 */
export async function openPacketSocket(
  target: RelayTarget,
  packetBytesMax: number,
  readsBatches: boolean,
): Promise<PacketSocket> {
  try {
    if (readsBatches) return new SystemPacketSocket(loadLibc(), target, packetBytesMax);
    return await NodePacketSocket.open(target, packetBytesMax);
  } catch (error) {
    const { host, port } = target;
    throw new TransportError(formatUdpUrl(host, port), `cannot relay to there: ${(error as Error).message}`, error);
  }
}
