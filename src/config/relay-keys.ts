import { splitHostPort } from "./address.ts";
import type { HostPort } from "./address.ts";
import * as limits from "./limits.ts";
import { bad, bytes, good, group, key, optionalKey, text } from "./values.ts";
import type { Read } from "./values.ts";

const REMEDY = "write udp://HOST:PORT, for example udp://statsd.example.com:8125";

/** `udp://10.0.0.1:8125`, `10.0.0.1:8125`, `[::1]:8125`; `:8125` is this machine. */
const target: Read<HostPort> = (given) => {
  const read = text(REMEDY)(given);
  if (!read.ok) return read;
  const [, scheme = "udp", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*?)\/?$/i.exec(read.value) ?? [];
  if (scheme.toLowerCase() !== "udp") return bad(`has the scheme ${scheme}`, `only UDP is relayed to: ${REMEDY}`);
  const address = splitHostPort(rest.startsWith(":") ? `127.0.0.1${rest}` : rest);
  return address === undefined || address.port === 0 ? bad("has no valid host and port", REMEDY) : good(address);
};

/** A part of the schema. */
export const RELAY = group(
  {
    address: optionalKey(
      target,
      "Another StatsD server that gets every line as it came, good or bad, by UDP: udp://HOST:PORT. Looked up once, at the start.",
    ),
    packet_length: key(
      bytes(limits.RELAY_PACKET_BYTES),
      "1400",
      "Longest packet, in bytes; a longer line, with its line feed, is not relayed.",
    ),
  },
  "Passing on what comes in.",
);
