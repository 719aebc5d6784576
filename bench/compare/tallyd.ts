import { Server } from "../server.ts";
import type { Peer } from "./peer.ts";

/** Ourselves, in the default configuration, with the Prometheus output and no other. */
export const tallyd: Peer = {
  name: "tallyd",
  install: "npm ci",
  async start() {
    const server = await Server.start();
    const { version } = await server.status();
    return {
      version,
      pid: server.pid,
      port: server.udpPort,
      lines: async () => (await server.settled()).ledger.received,
      stop: () => server.stop(),
    };
  },
};
