import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { explain, TargetError } from "./target.ts";
import type { StreamTarget, Target } from "./url.ts";

/** A connection to a server. Rejections are `TargetError`s, after which nothing more can be sent. */
export interface Stream {
  /** Resolves when the system has taken the bytes, which `frame` has made. */
  write(framed: Uint8Array): Promise<void>;
  /** Lets what was taken go out, then closes. */
  close(): Promise<void>;
}

/** Of a connection that is made, and of the peer's reading of the rest at the end; then it is cut. */
const PATIENCE_MS = 10_000;
/** A peer that has read nothing for so long while bytes wait for it is taken for gone. */
export const STUCK_MS_MAX = 5_000;
const LENGTH_BYTES = 4;
const NEWLINE = 0x0a;

/**
 * A datagram as it goes over a stream. TCP: lines, each with its end. Unix: behind its length, as DogStatsD's clients send it, four
 * bytes, little-endian.
 */
export function frame({ scheme }: StreamTarget, datagram: Uint8Array): Uint8Array {
  if (scheme === "tcp" && datagram.at(-1) === NEWLINE) return datagram;
  if (scheme === "tcp") return Buffer.concat([datagram, Uint8Array.of(NEWLINE)]);
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + datagram.length);
  framed.writeUInt32LE(datagram.length, 0);
  framed.set(datagram, LENGTH_BYTES);
  return framed;
}

/** Connects. Nobody may answer in these protocols: what comes all the same is read and thrown away. */
export async function openStream(target: StreamTarget, stuckMsMax = STUCK_MS_MAX): Promise<Stream> {
  const socket = connect("path" in target ? { path: target.path } : { ...target, noDelay: true });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    socket.on("error", () => {}).destroy();
    throw explain(target, error, true);
  }
  let failure: Error | undefined;
  socket.on("error", (error) => (failure = error));
  // Unread, an answer would hold up the end.
  socket.resume();
  socket.setTimeout(stuckMsMax, () => {
    if (socket.writableLength > 0) socket.destroy(stuck(target, stuckMsMax));
  });
  return {
    write: (framed) =>
      new Promise((resolve, reject) =>
        socket.write(framed, (error) =>
          error === undefined || error === null ? resolve() : reject(explain(target, failure ?? error, true)),
        ),
      ),
    close: () => endStream(socket),
  };
}

/** What ends the sending to a receiver that does not read. */
export function stuck(target: Target, stuckMsMax: number): TargetError {
  return new TargetError(target, `the receiver has read nothing for ${stuckMsMax / 1_000} s`, true);
}

async function endStream(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
  clearTimeout(timer);
}
