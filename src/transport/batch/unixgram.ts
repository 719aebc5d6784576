import { chmodSync, rmSync } from "node:fs";
import { zeroCounters } from "../../model/transport.ts";
import { LibcMissingError, loadLibc } from "../libc.ts";
import type { Libc } from "../libc.ts";
import { clearPath, explainPathError, inspectPath, parseUnixUrl } from "../stream/unix-path.ts";
import { TransportError } from "../transport.ts";
import type { Sink, Transport, TransportOptions } from "../transport.ts";
import { bindUnixDatagram } from "./socket.ts";
import type { RawSocket } from "./socket.ts";

const SCHEME = "unixgram";

/**
 * Unix datagrams, DogStatsD's own transport between containers, by the batch loop: Node.js has no socket of this kind. A
 * sender waits where a UDP datagram would be dropped, so the kernel loses nothing; senders are told by their process.
 */
export async function openUnixgram(
  { url, receiveBufferBytes, stream, loop }: TransportOptions,
  _sink: Sink,
  onError: (error: TransportError) => void,
): Promise<Transport> {
  const path = parseUnixUrl(url, SCHEME);
  const libc = libcFor(url);
  if (loop === undefined) throw new TransportError(url, "is read by the batch loop, and this thread has none");
  await clearPath(url, path);
  const raw = bind(libc, url, path, receiveBufferBytes, stream.socketMode);
  const counters = zeroCounters();
  const socket = {
    ...raw,
    canGather: false,
    hasCredentials: true,
    onTruncated: (messages: number) => void (counters.truncated += messages),
    onError: (error: Error) => onError(new TransportError(url, `the socket failed: ${error.message}`, error)),
  };
  loop.add(socket);
  return {
    listener: { url, reader: "batch", receiveBufferBytes: 0 },
    counters: () => ({ ...counters }),
    close() {
      loop.remove(socket);
      libc.close(raw.fd);
      rmSync(path, { force: true });
      return Promise.resolve();
    },
  };
}

function bind(libc: Libc, url: string, path: string, receiveBufferBytes: number, mode: number): RawSocket {
  let raw: RawSocket | undefined;
  try {
    raw = bindUnixDatagram(libc, path, receiveBufferBytes);
    chmodSync(path, mode);
    return raw;
  } catch (error) {
    if (raw !== undefined) libc.close(raw.fd);
    throw explainPathError(url, error);
  }
}

/** Checks that nobody else listens at the path of `url`, and that datagrams can be read from there. */
export async function probeUnixgram(url: string): Promise<void> {
  libcFor(url);
  await inspectPath(url, parseUnixUrl(url, SCHEME));
}

function libcFor(url: string): Libc {
  try {
    return loadLibc();
  } catch (error) {
    if (!(error instanceof LibcMissingError)) throw error;
    throw new TransportError(
      url,
      `Unix datagrams cannot be read here: ${error.message}. Let clients use unix:// (a stream) or udp://`,
      error,
    );
  }
}
