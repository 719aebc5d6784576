import type { ServiceCheck } from "../model/event.ts";
import type { Sent } from "../model/origin.ts";
import { lastText, parseDate, parseFields } from "./fields.ts";
import { decodeFields, decodeText } from "./text.ts";

const PIPE = 0x7c;
const PREFIX_BYTES = "_sc|".length;

const STATUSES: ReadonlyMap<string, ServiceCheck["status"]> = new Map([
  ["0", 0],
  ["1", 1],
  ["2", 2],
  ["3", 3],
]);

/**
 * A service check line (DogStatsD 1.0):
 *
 *     _sc|redis.up|2|d:1700000000|h:web-1|#env:prod|m:timed out
 *         ^^^^^^^^ ^ fields, any order although the documentation wants `m:` last
 *
 * The status is one byte, compared as text (`00` is refused). The message ends at the first pipe and is not unescaped.
 */
export function parseServiceCheck(line: Uint8Array): Sent<ServiceCheck> | "bad_service_check" {
  const nameEnd = line.indexOf(PIPE, PREFIX_BYTES);
  if (nameEnd <= PREFIX_BYTES) return "bad_service_check";
  const pipe = line.indexOf(PIPE, nameEnd + 1);
  const statusEnd = pipe < 0 ? line.length : pipe;
  const status = STATUSES.get(decodeText(line.subarray(nameEnd + 1, statusEnd)));
  if (status === undefined) return "bad_service_check";
  const { letters, tags, origin } = parseFields(decodeFields(line.subarray(statusEnd + 1)), "dhm");
  return {
    name: decodeText(line.subarray(PREFIX_BYTES, nameEnd)),
    status,
    timestamp: parseDate(letters.get("d")),
    hostname: lastText(letters.get("h")) || null,
    message: lastText(letters.get("m")),
    tags,
    origin,
  };
}
