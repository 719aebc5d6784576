import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { frame, openStream } from "./stream.ts";
import { explain } from "./target.ts";
import type { TargetSocket } from "./target.ts";
import { openUnixDatagramTarget } from "./unix-datagram.ts";
import type { Internet, StreamTarget, Target } from "./url.ts";

/** Connects to a target; rejects with a `TargetError`. */
export async function openTarget(target: Target): Promise<TargetSocket> {
  if (target.scheme === "udp") return openUdpTarget(target);
  if (target.scheme === "unixgram") return openUnixDatagramTarget(target);
  return openStreamTarget(target);
}

/** UDP keeps no promise: what arrives when nobody listens, or too fast for the receiver's buffer, is lost unseen. */
async function openUdpTarget(target: Internet<"udp">): Promise<TargetSocket> {
  const socket = await connectUdp(target);
  return {
    send: (bytes) =>
      new Promise((resolve, reject) =>
        // A refusal tells of an earlier datagram: a connected socket hears of it with the next one.
        socket.send(bytes, (error) => (error === null ? resolve() : reject(explain(target, error, false)))),
      ),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** A name is looked up as IPv4, as listeners do. */
async function connectUdp(target: Internet<"udp">): Promise<Socket> {
  const socket = createSocket(isIPv6(target.host) ? "udp6" : "udp4");
  try {
    socket.connect(target.port, target.host);
    await once(socket, "connect");
  } catch (error) {
    socket.close();
    throw explain(target, error, true);
  }
  // What the socket has to say is said to the next send.
  socket.on("error", () => {});
  return socket;
}

async function openStreamTarget(target: StreamTarget): Promise<TargetSocket> {
  const stream = await openStream(target);
  return { send: (bytes) => stream.write(frame(target, bytes)), close: () => stream.close() };
}
