/**
 * A receiver that does nothing with what it gets, as a process of its own: what `node:dgram` costs on this machine today,
 * before a single line is read. `node bench/load/bare.ts` prints its port; after SIGTERM, what it got and what it cost.
 */
import { createSocket } from "node:dgram";

const RECEIVE_BUFFER_BYTES = 16 << 20;

let datagrams = 0;
const before = { ...process.cpuUsage() };
const socket = createSocket("udp4");
socket.on("message", () => {
  datagrams++;
  // Start-up is not what is asked: the clock begins with the first datagram.
  if (datagrams === 1) Object.assign(before, process.cpuUsage());
});
socket.bind(0, "127.0.0.1", () => {
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  console.log(JSON.stringify({ port: socket.address().port }));
});
process.once("SIGTERM", () => {
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ datagrams, cpuSeconds: (user + system) / 1e6 }));
  socket.close();
});
