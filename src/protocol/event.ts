import type { Event } from "../model/event.ts";
import { choose, parseDate, parseFields, parseInteger } from "./fields.ts";
import { decodeText } from "./text.ts";

const PRIORITIES = ["normal", "low"] as const;
const ALERT_TYPES = ["info", "error", "warning", "success"] as const;

const COLON = 0x3a;
const COMMA = 0x2c;
const PIPE = 0x7c;

/** `_e{1,1}`: the shortest header that holds two lengths. */
const HEADER_BYTES_MIN = 7;
const HEADER_OPEN_BYTES = "_e{".length;

/**
 * An event line (DogStatsD 1.0):
 *
 *     _e{5,12}:title|line 1\nline 2|d:1700000000|h:web-1|k:key|p:low|s:source|t:error|#a:b
 *        ^ ^^  ^^^^^ ^^^^^^^^^^^^^^ ^^^^^^^ fields, any order
 *        lengths in UTF-8 bytes, of title and text as they are on the wire (two bytes for `\n`)
 *
 * Like the DogStatsD Agent it does not look at the brace, at the byte between title and text, or at bytes between the
 * end of the text and the next pipe, and it allows an empty text but no empty title.
 */
export function parseEvent(line: Uint8Array): Event | "bad_event" {
  const colon = line.indexOf(COLON);
  if (colon < HEADER_BYTES_MIN) return "bad_event";
  const comma = line.indexOf(COMMA);
  if (comma < 0 || comma > colon) return "bad_event";
  const titleBytes = parseInteger(decodeText(line.subarray(HEADER_OPEN_BYTES, comma)));
  const textBytes = parseInteger(decodeText(line.subarray(comma + 1, colon - 1)));
  if (titleBytes === undefined || textBytes === undefined) return "bad_event";
  const textStart = colon + 1 + titleBytes + 1;
  if (titleBytes <= 0 || textBytes < 0 || textStart + textBytes > line.length) return "bad_event";

  const title = unescape(decodeText(line.subarray(colon + 1, textStart - 1)));
  const text = unescape(decodeText(line.subarray(textStart, textStart + textBytes)));
  const pipe = line.indexOf(PIPE, textStart + textBytes);
  const { letters, tags } = parseFields(pipe < 0 ? line.subarray(0, 0) : line.subarray(pipe + 1), "dhkpst");
  return {
    title,
    text,
    timestamp: parseDate(letters.get("d")),
    hostname: letters.get("h") ?? null,
    aggregationKey: letters.get("k") ?? "",
    priority: choose(letters.get("p"), PRIORITIES, "normal"),
    alertType: choose(letters.get("t"), ALERT_TYPES, "info"),
    sourceType: letters.get("s") ?? "",
    tags,
  };
}

/** The two characters `\n` stand for a line feed; nothing else is an escape, so `\\n` is a backslash and a line feed. */
function unescape(text: string): string {
  return text.replaceAll("\\n", "\n");
}
