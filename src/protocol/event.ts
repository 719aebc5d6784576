import type { Event } from "../model/event.ts";
import type { Sent } from "../model/origin.ts";
import { cutEventBody } from "./event-body.ts";
import { choose, lastText, parseDate, parseFields, parseInteger } from "./fields.ts";
import { decodeText } from "./text.ts";

const PRIORITIES = ["normal", "low"] as const;
const ALERT_TYPES = ["info", "error", "warning", "success"] as const;

const COLON = 0x3a;
const COMMA = 0x2c;

/** `_e{1,1}`: the shortest header that holds two lengths. */
const HEADER_BYTES_MIN = 7;
const HEADER_OPEN_BYTES = "_e{".length;

/** An event as its line says it; `isMended` where the lengths were characters instead of bytes. */
export type SentEvent = Sent<Event> & { readonly isMended: boolean };

/**
 * An event line (DogStatsD 1.0):
 *
 *     _e{5,12}:title|line 1\nline 2|d:1700000000|h:web-1|k:key|p:low|s:source|t:error|#a:b
 *        ^ ^^  ^^^^^ ^^^^^^^^^^^^^^ ^^^^^^^ fields, any order
 *        lengths in UTF-8 bytes, of title and text as they are on the wire (two bytes for `\n`)
 *
 * Like the DogStatsD Agent it does not look at the brace, or at the byte between title and text, and it allows an empty
 * text but no empty title. What stands between the end of the text and the next pipe is a field, mostly an empty one;
 * `…textp:low` has a low priority. An empty `h:` is none.
 */
export function parseEvent(line: Uint8Array): SentEvent | "bad_event" {
  const colon = line.indexOf(COLON);
  if (colon < HEADER_BYTES_MIN) return "bad_event";
  const comma = line.indexOf(COMMA);
  if (comma < 0 || comma > colon) return "bad_event";
  const titleLength = parseInteger(decodeText(line.subarray(HEADER_OPEN_BYTES, comma)));
  const textLength = parseInteger(decodeText(line.subarray(comma + 1, colon - 1)));
  if (titleLength === undefined || textLength === undefined) return "bad_event";
  if (titleLength <= 0 || textLength < 0) return "bad_event";
  const body = cutEventBody(line.subarray(colon + 1), titleLength, textLength);
  if (body === undefined) return "bad_event";
  const { letters, tags, origin } = parseFields(body.fields, "dhkpst");
  return {
    title: unescape(body.title),
    text: unescape(body.text),
    timestamp: parseDate(letters.get("d")),
    hostname: lastText(letters.get("h")) || null,
    aggregationKey: lastText(letters.get("k")),
    priority: choose(letters.get("p"), PRIORITIES, "normal"),
    alertType: choose(letters.get("t"), ALERT_TYPES, "info"),
    sourceType: lastText(letters.get("s")),
    tags,
    origin,
    isMended: body.isMended,
  };
}

/** The two characters `\n` stand for a line feed; nothing else is an escape, so `\\n` is a backslash and a line feed. */
function unescape(text: string): string {
  return text.replaceAll("\\n", "\n");
}
