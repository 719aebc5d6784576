import type { Dialects } from "../model/dialect.ts";
import type { TimestampedSample } from "../model/event.ts";
import type { Sent } from "../model/origin.ts";
import type { RejectReason } from "../model/reject.ts";
import { parseDecimal } from "../std/decimal.ts";
import { parseInteger } from "./fields.ts";
import { keyOf } from "./key.ts";
import type { Key } from "./key.ts";
import { parseOrigin } from "./origin.ts";
import { decodeFields, decodeText } from "./text.ts";

const COLON = 0x3a;

/** As in the core: the year 5138. More are milliseconds. */
const SECONDS_MAX = 99_999_999_999;

const KIND_BY_WIRE: ReadonlyMap<string, TimestampedSample["kind"]> = new Map([
  ["c", "counter"],
  ["g", "gauge"],
]);

/** A sample as its line says it; for what `Key` has see there. `keyBytes`: of the name and the tag section. */
export type SentSample = Sent<TimestampedSample> & Key & { readonly keyBytes: number };

/**
 * A counter or gauge that carries its own time (DogStatsD 1.3):
 *
 *     page.views:3:4|c|#env:prod|T1656581400
 *     ^^^^^^^^^^ ^^^ ^  ^^^^^^^^  ^^^^^^^^^^ Unix seconds, the last T wins
 *
 * A sample rate means nothing here and is skipped, as the Agent does: a timestamped count is the count. The name and the
 * tags are as sent: policy still has to be asked. The core has read the line before and refuses what is wrong; that is
 * refused here once more, so that this is safe on any bytes.
 */
export function parseTimestamped(line: Uint8Array, dialects: Dialects): SentSample | RejectReason {
  const colon = line.indexOf(COLON);
  if (colon < 0) return "no_colon";
  if (colon === 0) return "empty_name";
  const [packed = "", type, ...fields] = decodeFields(line.subarray(colon + 1));
  if (type === undefined) return "no_type";
  const kind = KIND_BY_WIRE.get(type);
  if (kind === undefined) return "timestamp_kind";
  const values = parseValues(packed);
  if (typeof values === "string") return values;

  let section = "";
  let timestamp: number | undefined;
  for (const field of fields) {
    if (field.startsWith("#")) section = field.slice(1);
    if (!field.startsWith("T")) continue;
    timestamp = parseInteger(field.slice(1));
    if (timestamp === undefined || timestamp <= 0 || timestamp > SECONDS_MAX) return "bad_timestamp";
  }
  if (timestamp === undefined) return "bad_timestamp";
  const key = keyOf(decodeText(line.subarray(0, colon)), section, parseOrigin(fields), dialects);
  return { ...key, host: undefined, kind, values, timestamp, keyBytes: colon + Buffer.byteLength(section) };
}

/** Packed values (DogStatsD 1.1): empty elements are skipped, one must remain. */
function parseValues(text: string): readonly number[] | RejectReason {
  const values: number[] = [];
  for (let from = 0; from < text.length;) {
    const colon = text.indexOf(":", from);
    const end = colon < 0 ? text.length : colon;
    if (end > from) {
      const value = parseShort(text, from, end) ?? parseDecimal(text.slice(from, end));
      if (value === undefined) return "bad_value";
      if (!Number.isFinite(value)) return "not_finite";
      values.push(value);
    }
    from = end + 1;
  }
  return values.length === 0 ? "empty_value" : values;
}

/** A few digits and nothing else, without a string of their own: a line may have 32,000 of them. */
function parseShort(text: string, from: number, end: number): number | undefined {
  if (end - from > 15) return undefined;
  let value = 0;
  for (let at = from; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
