import { chmod } from "node:fs/promises";
import { systemClock } from "../../std/clock.ts";
import type { Clock } from "../../std/clock.ts";
import type { Sink, Transport, TransportError, TransportOptions } from "../transport.ts";
import { listenStream } from "./listener.ts";
import { UnixFramer } from "./unix-framer.ts";
import { clearPath, explainPathError, inspectPath, parseUnixUrl } from "./unix-path.ts";

const SCHEME = "unix";

/**
 * A Unix stream socket: DogStatsD's length-prefixed packets, or lines that end in a line feed, as each client begins.
 * The socket file is made with the configured mode, replaces one that nobody listens on, and is removed at close.
 */
export async function openUnix(
  { url, stream: limits }: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
  clock: Clock = systemClock,
): Promise<Transport> {
  const path = parseUnixUrl(url, SCHEME);
  await clearPath(url, path);
  try {
    const transport = await listenStream({
      listen: { path },
      limits,
      clock,
      sink,
      onError,
      describe: () => ({
        url,
        reader: "stream",
        frame: (lines) => new UnixFramer(lines, limits.lineBytesMax, limits.frameBytesMax),
      }),
    });
    // Until here the process' umask decides, which keeps others from writing unless somebody has loosened it.
    await chmod(path, limits.socketMode).catch(async (error: unknown) => {
      await transport.close();
      throw error;
    });
    return transport;
  } catch (error) {
    throw explainPathError(url, error);
  }
}

/** Checks that nobody else listens at the path of `url`, and that it is free for a socket. */
export async function probeUnix(url: string): Promise<void> {
  await inspectPath(url, parseUnixUrl(url, SCHEME));
}
