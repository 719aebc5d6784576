import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { explainBindError } from "./bind-error.ts";
import { openUdpBatch } from "./batch/udp-batch.ts";
import { TransportError } from "./transport.ts";
import type { Sink, Transport, TransportOptions } from "./transport.ts";
import { formatUdpUrl, parseUdpUrl } from "./udp-address.ts";

/**
 * UDP: by the batch loop where the thread has one, else by `node:dgram`, which is portable and makes one JavaScript call per
 * datagram. Datagrams of up to 65,507 bytes arrive whole by both.
 */
export async function openUdp(
  options: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
): Promise<Transport> {
  if (options.loop !== undefined) return openUdpBatch(options, options.loop, onError);
  const { family, host, port } = parseUdpUrl(options.url);
  const socket = createSocket({ type: family, reusePort: options.reusePort });
  try {
    socket.bind({ address: host, port });
    await once(socket, "listening");
  } catch (error) {
    socket.close();
    throw explain(options.url, error);
  }
  const bound = socket.address();
  const url = formatUdpUrl(bound.address, bound.port);
  socket.on("message", (bytes, sender) => sink.take(bytes, sender.address, sender.port));
  socket.on("error", (error) => onError(new TransportError(url, `the socket failed: ${error.message}`, error)));
  return {
    listener: { url, reader: "dgram", receiveBufferBytes: askForBuffer(socket, options.receiveBufferBytes) },
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** Asks for a receive buffer and answers what the kernel gave. 0 keeps the system's default. */
function askForBuffer(socket: Socket, bytes: number): number {
  try {
    if (bytes > 0) socket.setRecvBufferSize(bytes);
  } catch {
    // Some systems refuse what is too much instead of giving less; then the default stays, and the caller sees it.
  }
  // Linux reports twice what was asked for: the other half is its own bookkeeping (man 7 socket, SO_RCVBUF).
  const reported = socket.getRecvBufferSize();
  return process.platform === "linux" ? reported / 2 : reported;
}

/** A sentence for the log when the kernel gave less than was asked for; undefined when it is enough. */
export function receiveBufferWarning(url: string, askedBytes: number, givenBytes: number): string | undefined {
  if (givenBytes === 0 || givenBytes >= askedBytes) return undefined;
  return (
    `${url}: asked for a receive buffer of ${askedBytes} bytes and got ${givenBytes}; bursts beyond it are dropped by the kernel. ` +
    `Raise the system's limit: sudo sysctl -w net.core.rmem_max=${askedBytes}`
  );
}

/**
 * Checks that no other process listens on the address of `url`: with `reusePort` the kernel would let two servers share a
 * port, and each would quietly get a part of the traffic. Rejects with a `TransportError`.
 */
export async function probeUdp(url: string): Promise<void> {
  const { family, host, port } = parseUdpUrl(url);
  if (port === 0) return;
  const socket = createSocket(family);
  try {
    socket.bind({ address: host, port });
    await once(socket, "listening");
  } catch (error) {
    throw explain(url, error);
  } finally {
    socket.close();
  }
}

function explain(url: string, error: unknown): TransportError {
  return explainBindError(url, `ss -lunp 'sport = :${parseUdpUrl(url).port}'`, error);
}
