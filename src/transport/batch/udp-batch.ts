import { explainBindError } from "../bind-error.ts";
import { formatInternetUrl, parseInternetUrl } from "../internet-address.ts";
import { TransportError } from "../transport.ts";
import type { Transport, TransportOptions } from "../transport.ts";
import type { BatchLoop } from "./loop.ts";
import { bindUdp } from "./socket.ts";

/** UDP by `recvmmsg`, up to 128 datagrams a call, straight into the core's memory. Linux only. */
export async function openUdpBatch(
  options: TransportOptions,
  loop: BatchLoop,
  onError: (error: TransportError) => void,
): Promise<Transport> {
  const { host, port } = parseInternetUrl(options.url, "udp");
  const raw = await bindUdp(loop.libc, { ...options, host, port }).catch((error: unknown) => {
    throw explainBindError(options.url, `ss -lunp 'sport = :${port}'`, error);
  });
  const url = formatInternetUrl("udp", raw.bound.host, raw.bound.port);
  const socket = {
    ...raw,
    canGather: true,
    hasCredentials: false,
    onError: (error: Error) => onError(new TransportError(url, `the socket failed: ${error.message}`, error)),
  };
  loop.add(socket);
  return {
    listener: { url, reader: "batch", receiveBufferBytes: raw.receiveBufferBytes },
    close() {
      loop.remove(socket);
      loop.libc.close(raw.fd);
      return Promise.resolve();
    },
  };
}
