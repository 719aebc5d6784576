import { createSocket } from "node:dgram";
import type { Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import { explain, pathOf, TargetError } from "./target.ts";
import type { Target } from "./target.ts";
import { parseUdpUrl } from "../udp-address.ts";
import { openUnixDatagramTarget } from "./unix-datagram.ts";

const OPENERS: ReadonlyMap<string, (url: string) => Promise<Target>> = new Map([
  ["udp", openUdpTarget],
  ["tcp", openTcpTarget],
  ["unix", openUnixStreamTarget],
  ["unixgram", openUnixDatagramTarget],
]);

/** What a stream's peer gets to read the rest, in milliseconds, before the connection is cut. */
const CLOSE_MS_MAX = 10_000;
const CONNECT_MS_MAX = 10_000;
const FRAME_BYTES = 4;

/** Connects to `udp://HOST:PORT`, `tcp://HOST:PORT`, `unix://PATH` or `unixgram://PATH`; rejects with a `TargetError`. */
export async function openTarget(url: string): Promise<Target> {
  const opener = OPENERS.get(url.slice(0, Math.max(0, url.indexOf("://"))));
  if (opener !== undefined) return opener(url);
  const schemes = [...OPENERS.keys()].map((scheme) => `${scheme}://`).join(", ");
  throw new TargetError(url, `a target starts with one of ${schemes}`, true);
}

/** UDP keeps no promise: what arrives when nobody listens, or too fast for the receiver's buffer, is lost unseen. */
async function openUdpTarget(url: string): Promise<Target> {
  const socket = await connectUdp(url);
  return {
    send: (bytes) =>
      new Promise((resolve, reject) =>
        // A refusal tells of an earlier datagram: a connected socket hears of it with the next one.
        socket.send(bytes, (error) => (error === null ? resolve() : reject(explain(url, error, false)))),
      ),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

async function connectUdp(url: string): Promise<DatagramSocket> {
  let address;
  try {
    address = parseUdpUrl(url);
  } catch (error) {
    throw new TargetError(url, "a target is udp://HOST:PORT, for example udp://127.0.0.1:8125", true, error);
  }
  const socket = createSocket(address.family);
  try {
    socket.connect(address.port, address.host);
    await once(socket, "connect");
  } catch (error) {
    socket.close();
    throw explain(url, error, true);
  }
  // What the socket has to say is said to the next send.
  socket.on("error", () => {});
  return socket;
}

/** Lines that end with a newline each. */
async function openTcpTarget(url: string): Promise<Target> {
  const bad = new TargetError(url, "a target is tcp://HOST:PORT, for example tcp://127.0.0.1:8125", true);
  if (!URL.canParse(url)) throw bad;
  const { hostname, port } = new URL(url);
  if (hostname === "" || port === "") throw bad;
  return openStream(url, { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) }, withNewline);
}

/** Frames: the length as four bytes, little-endian, then the datagram. */
async function openUnixStreamTarget(url: string): Promise<Target> {
  return openStream(url, { path: pathOf(url) }, inFrame);
}

function withNewline(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) === 0x0a) return bytes;
  const line = new Uint8Array(bytes.length + 1);
  line.set(bytes);
  line[bytes.length] = 0x0a;
  return line;
}

function inFrame(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length, true);
  frame.set(bytes, FRAME_BYTES);
  return frame;
}

async function openStream(
  url: string,
  options: NetConnectOpts,
  wrap: (bytes: Uint8Array) => Uint8Array,
): Promise<Target> {
  const socket = connect(options);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_MS_MAX) });
  } catch (error) {
    socket.destroy();
    throw explain(url, error, true);
  }
  let failure: Error | undefined;
  socket.on("error", (error) => (failure = error));
  // Nobody answers in these protocols; unread, an answer would hold up the end.
  socket.resume();
  return {
    send: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(wrap(bytes), (error) =>
          error === undefined || error === null ? resolve() : reject(explain(url, failure ?? error, true)),
        ),
      ),
    close: () => endStream(socket),
  };
}

async function endStream(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS_MAX);
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
  clearTimeout(timer);
}
