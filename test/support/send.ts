import { createSocket } from "node:dgram";

/** Sends each text as a datagram of its own from one socket; resolves when the kernel has them all. */
export async function send(port: number, texts: readonly string[], host = "127.0.0.1"): Promise<void> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  for (const text of texts) await new Promise((resolve) => socket.send(text, port, host, resolve));
  socket.close();
}
