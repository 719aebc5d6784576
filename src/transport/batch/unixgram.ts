import { zeroCounters } from "../../model/transport.ts";
import { LibcMissingError, loadLibc } from "../libc.ts";
import type { Libc } from "../libc.ts";
import {
  clearSocketFile,
  explainSocketError,
  parseSocketUrl,
  removeSocketFile,
  setSocketMode,
} from "../socket-file.ts";
import { TransportError } from "../transport.ts";
import type { Sink, Transport, TransportOptions } from "../transport.ts";
import { bindUnixDatagram, isUnixDatagramAlive } from "./socket.ts";

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
  const path = parseSocketUrl(url, SCHEME);
  const libc = libcFor(url);
  if (loop === undefined) throw new TransportError(url, "is read by the batch loop, and this thread has none");
  await probeUnixgram(url);
  try {
    const raw = bindUnixDatagram(libc, path, receiveBufferBytes);
    const counters = zeroCounters();
    const socket = {
      ...raw,
      hasCredentials: true,
      onTruncated: (messages: number) => void (counters.truncated += messages),
      onError: (error: Error) => onError(new TransportError(url, `the socket failed: ${error.message}`, error)),
    };
    setSocketMode(url, path, stream.socketMode);
    loop.add(socket);
    return {
      listener: { url, reader: "batch", receiveBufferBytes: raw.receiveBufferBytes },
      counters: () => ({ ...counters }),
      close() {
        loop.remove(socket);
        libc.close(raw.fd);
        removeSocketFile(path);
        return Promise.resolve();
      },
    };
  } catch (error) {
    throw explainSocketError(url, path, error);
  }
}

/** Checks that nobody listens at the path; a socket file that was left behind is removed. */
export async function probeUnixgram(url: string): Promise<void> {
  const path = parseSocketUrl(url, SCHEME);
  const libc = libcFor(url);
  await clearSocketFile(url, path, (file) => isUnixDatagramAlive(libc, file));
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
