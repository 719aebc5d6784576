import { create, toBinary } from "@bufbuild/protobuf";
import type { SeriesPoint } from "./columns.ts";
import { TYPE_RATE } from "./columns.ts";
import { SketchPayloadSchema } from "./proto/agent-payload.ts";
import type { SketchPoint } from "./snapshot.ts";

/**
 * One series of `/api/v2/series`. The host is a resource there: a `host` field would be ignored without a word.
 * The value is finite, so that its JavaScript text is a JSON number.
 */
export function encodeSeriesV2(point: SeriesPoint): string {
  const { slot, suffix, type, interval, timestamp, value } = point;
  const rate = type === TYPE_RATE ? `"interval":${interval},` : "";
  const device = slot.device === "" ? "" : resourceJson("device", slot.device);
  const others = slot.resources.length === 0 ? "" : slot.resources.map(splitResource).join("");
  return (
    `{"metric":"${slot.name}${suffix}","type":${type},${rate}"points":[{"timestamp":${timestamp},"value":${value}}],` +
    `"resources":[{"type":"host","name":${JSON.stringify(slot.host)}}${device}${others}],"tags":${slot.tagsJson}}`
  );
}

function resourceJson(type: string, name: string): string {
  return `,{"type":${JSON.stringify(type)},"name":${JSON.stringify(name)}}`;
}

/** `type:name`; there may be colons in the name. */
function splitResource(resource: string): string {
  const colon = resource.indexOf(":");
  return resourceJson(resource.slice(0, colon), resource.slice(colon + 1));
}

/** One series of `/api/v1/series`: points are pairs, the type is a word, host and device are fields. */
export function encodeSeriesV1(point: SeriesPoint): string {
  const { slot, suffix, type, interval, timestamp, value } = point;
  const kind = type === TYPE_RATE ? `"rate","interval":${interval}` : `"gauge"`;
  const device = slot.device === "" ? "" : `"device":${JSON.stringify(slot.device)},`;
  return (
    `{"metric":"${slot.name}${suffix}","points":[[${timestamp},${value}]],"type":${kind},` +
    `"host":${JSON.stringify(slot.host)},${device}"tags":${slot.tagsJson}}`
  );
}

/**
 * One sketch of `/api/beta/sketches`, as a whole payload of one: its field is repeated, so that the concatenation of
 * such payloads is the payload of all of them.
 */
export function encodeSketch(point: SketchPoint): Uint8Array {
  const { slot, timestamp, sketch } = point;
  const dogsketch = {
    ts: BigInt(timestamp),
    cnt: BigInt(sketch.count),
    min: sketch.min,
    max: sketch.max,
    avg: sketch.average,
    sum: sketch.sum,
    k: [...sketch.keys],
    n: [...sketch.counts],
  };
  const tags = JSON.parse(slot.tagsJson) as string[];
  const one = { metric: slot.name, host: slot.host, tags, dogsketches: [dogsketch] };
  return toBinary(SketchPayloadSchema, create(SketchPayloadSchema, { sketches: [one] }));
}
