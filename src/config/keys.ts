import { createSecret } from "../std/secret.ts";
import type { Secret } from "../std/secret.ts";
import * as limits from "./limits.ts";
import type { Range } from "./limits.ts";
import { bad, choice, decimal, duration, good, list, text, whole } from "./values.ts";
import type { Read } from "./values.ts";

/** Readers of values that only one key has. */

export const shards: Read<number | "auto"> = (given) => {
  if (String(given).trim().toLowerCase() === "auto") return good("auto");
  const result = whole(limits.SHARDS)(given);
  return result.ok
    ? result
    : bad("is no number of shards", `write ${limits.SHARDS.min} to ${limits.SHARDS.max}, or auto`);
};

/** A duration of whole seconds, in milliseconds. */
export function wholeSeconds(range: Range): Read<number> {
  const read = duration(range);
  return (given) => {
    const result = read(given);
    return result.ok && result.value % 1_000 !== 0
      ? bad("is not a whole number of seconds", "write 1s, 10s, 60s or the like")
      : result;
  };
}

export const secret: Read<Secret> = (given) => {
  const result = text("write the key of your Datadog organisation: 32 hexadecimal digits")(given);
  if (!result.ok) return result;
  // A header cannot carry anything else, and the error would only come with the first delivery.
  return /^[\x21-\x7e]+$/.test(result.value)
    ? good(createSecret(result.value))
    : bad("has blanks or other characters that no key has", "copy the key again: 32 hexadecimal digits");
};

export const hostname: Read<string> = (given) => {
  const result = text("write a host name, or take the key out for the machine's name")(given);
  if (!result.ok) return result;
  return result.value.length <= 255 && !/[\s,|]/.test(result.value)
    ? result
    : bad("is not a host name", "write at most 255 characters without blanks, commas and pipes");
};

/** Permission bits in octal, such as 0722 or 660. In YAML it needs quotes, because 0722 is the number 722 there. */
export const fileMode: Read<number> = (given) => {
  const result = text('write the permissions in octal and in quotes: "0722" or "0660"')(given);
  if (!result.ok) return result;
  return /^0?[0-7]{3}$/.test(result.value)
    ? good(Number.parseInt(result.value, 8))
    : bad("is no file mode", 'write the permissions in octal and in quotes: "0722" or "0660"');
};

/** `key:value` or a bare `key`, as a client would send it after `#`. */
export const tag: Read<string> = (given) => {
  const result = text("write key:value")(given);
  if (!result.ok) return result;
  if (result.value.length > limits.TAG_CHARACTERS_MAX)
    return bad("is too long", `write at most ${limits.TAG_CHARACTERS_MAX} characters`);
  return /[,|\n]/.test(result.value)
    ? bad("has a comma, a pipe or a line end in it", "write key:value, one entry per tag")
    : result;
};

/** A prefix with its final dot; "" = none. */
export const namespace: Read<string> = (given) => {
  if (given === "") return good("");
  const result = text("write a prefix such as shop.")(given);
  if (!result.ok) return result;
  if (/[:|\s]/.test(result.value)) return bad("has a colon, a pipe or a blank in it", "write a prefix such as shop.");
  if (result.value.length > limits.NAMESPACE_CHARACTERS_MAX) {
    return bad("is too long", `write at most ${limits.NAMESPACE_CHARACTERS_MAX} characters`);
  }
  return good(result.value.endsWith(".") ? result.value : `${result.value}.`);
};

/** `exact.name`, or a prefix with one `*` at its end. */
export const filterEntry: Read<string> = (given) => {
  const result = text("write a metric name, or a prefix with * at its end")(given);
  if (!result.ok) return result;
  return /\*./.test(result.value)
    ? bad("has a * before its end", "write an exact name, or a prefix with one * at its end")
    : result;
};

const anyBuckets = list(decimal({ min: -Number.MAX_VALUE, max: Number.MAX_VALUE }), limits.BUCKETS_MAX);

/** Ascending upper bounds, at least one. +Inf is implied. */
export const buckets: Read<number[]> = (given) => {
  const result = anyBuckets(given);
  if (!result.ok) return result;
  const { value } = result;
  if (value.length === 0) return bad("has no entries", "write at least one bound, or prometheus.histograms: summary");
  const wrong = value.findIndex((bound, index) => index > 0 && bound <= (value[index - 1] ?? bound));
  if (wrong < 0) return result;
  return {
    ok: false,
    error: [{ problem: "is not above the one before it", remedy: "write the bounds in ascending order", index: wrong }],
  };
};

const ORIGIN_TAGS = [
  "container_id",
  "container_inode",
  "container_name",
  "pod_uid",
  "init_container",
  "entity_id",
  "cardinality",
] as const;
const EXTERNAL_DATA = ["container_name", "pod_uid", "init_container"] as const;

const anyOriginTags = list(choice([...ORIGIN_TAGS, "external_data"]), ORIGIN_TAGS.length + 1);

/** Parts of a line's origin; `external_data` is short for the three of `e:`. */
export const originTags: Read<(typeof ORIGIN_TAGS)[number][]> = (given) => {
  const result = anyOriginTags(given);
  if (!result.ok) return result;
  return good([...new Set(result.value.flatMap((word) => (word === "external_data" ? EXTERNAL_DATA : [word])))]);
};
