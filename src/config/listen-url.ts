import { nearest } from "../std/nearest.ts";
import { splitHostPort } from "./address.ts";
import { bad, good } from "./values.ts";
import type { Read } from "./values.ts";

/** What may follow `scheme://`, and what to say where something else does. */
interface Scheme {
  readonly isRight: (rest: string) => boolean;
  readonly problem: string;
  readonly remedy: string;
}

/** Linux: `sun_path` has 108 bytes, of which the last is NUL (man 7 unix). */
export const SOCKET_PATH_BYTES_MAX = 107;

const hostAndPort = (scheme: string): Scheme => ({
  isRight: (rest) => splitHostPort(rest) !== undefined,
  problem: "has no valid host and port",
  remedy: `write ${scheme}://HOST:PORT; all addresses are ${scheme}://0.0.0.0:8125 or ${scheme}://[::]:8125`,
});

const socketPath = (scheme: string): Scheme => ({
  isRight: (rest) => /^[^\0]*[^\0/]$/.test(rest) && Buffer.byteLength(rest) <= SOCKET_PATH_BYTES_MAX,
  problem: "has no valid path of a socket file",
  remedy: `write ${scheme}:///absolute/path or ${scheme}://relative/path, of at most ${SOCKET_PATH_BYTES_MAX} bytes`,
});

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["udp", hostAndPort("udp")],
  ["tcp", hostAndPort("tcp")],
  ["unix", socketPath("unix")],
  ["unixgram", socketPath("unixgram")],
  [
    "fd",
    {
      isRight: (rest) => /^(?:[3-9]|[1-9]\d{1,4})$/.test(rest),
      problem: "has no number of an inherited socket",
      remedy: "write fd://3 or higher; for sockets of systemd, systemd:// finds the numbers",
    },
  ],
  [
    "systemd",
    {
      isRight: (rest) => /^[\x21-\x2e\x30-\x39\x3b-\x7e]*$/.test(rest),
      problem: "has no valid name of a socket",
      remedy: "write systemd:// for all sockets of the unit, or systemd://NAME with its FileDescriptorName",
    },
  ],
]);

/** Other systems' words for a scheme: Datadog's clients call a stream so, to tell it from datagrams. */
const ALIASES: ReadonlyMap<string, string> = new Map([["unixstream", "unix"]]);

/** `udp://127.0.0.1:8125`, `tcp://[::1]:8125`, `unix:///run/tallyd.sock`, `systemd://`, `fd://3`. */
export const listenUrl: Read<string> = (given) => {
  const text = String(given).trim();
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text);
  if (match === null) {
    const meant = splitHostPort(text) === undefined ? "udp://127.0.0.1:8125" : `udp://${text}`;
    return bad("is not a listener", `write ${text.startsWith("/") ? `unix://${text}` : meant}`);
  }
  const typed = (match[1] ?? "").toLowerCase();
  const name = ALIASES.get(typed) ?? typed;
  const scheme = SCHEMES.get(name);
  if (scheme === undefined) {
    const guess = nearest(name, SCHEMES.keys());
    const known = [...SCHEMES.keys()].map((each) => `${each}://`).join(", ");
    return bad(
      `has the unknown scheme ${name}`,
      `listeners are ${known}${guess === undefined ? "" : `; did you mean ${guess}?`}`,
    );
  }
  // A host may be followed by the slash that URLs have; a path is taken as it is.
  const rest = name === "udp" || name === "tcp" ? (match[2] ?? "").replace(/\/$/, "") : (match[2] ?? "");
  return scheme.isRight(rest) ? good(`${name}://${rest}`) : bad(scheme.problem, scheme.remedy);
};
