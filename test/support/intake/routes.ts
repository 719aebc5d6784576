import { decodeJson } from "./decode-json.ts";
import { decodeProto } from "./decode-proto.ts";
import { require400 } from "./refusal.ts";
import type { TakenPoint } from "./rules.ts";
import { POINTS_MAX, checkPoint } from "./rules.ts";
import type { TakenSketch } from "./sketch-rules.ts";
import { checkSketch } from "./sketch-rules.ts";

/** What a request turned out to carry. */
export interface Taken {
  readonly points?: readonly TakenPoint[];
  readonly sketches?: readonly TakenSketch[];
  /** Events, service checks and the like, decoded. */
  readonly other?: unknown;
}

export interface IntakeRoute {
  readonly method: "GET" | "POST";
  readonly contentTypes: readonly string[];
  readonly wireBytesMax: number;
  readonly rawBytesMax: number;
  readonly status: number;
  readonly answer: string;
  decode(body: Buffer, contentType: string): Taken;
}

const MIB = 1024 * 1024;
const OTHER = {
  method: "POST",
  wireBytesMax: 2.5 * MIB,
  rawBytesMax: 4 * MIB,
  status: 202,
  answer: '{"status":"ok"}',
} as const;
const JSON_TYPES = ["application/json"];

/** Every path that the intake knows. */
export const INTAKE_ROUTES = new Map<string, IntakeRoute>([
  [
    "/api/v2/series",
    {
      method: "POST",
      contentTypes: ["application/json", "application/x-protobuf"],
      wireBytesMax: 512_000,
      rawBytesMax: 5_242_880,
      status: 202,
      answer: '{"errors":[]}',
      decode: (body, contentType) => ({ points: decodeV2(body, contentType) }),
    },
  ],
  [
    "/api/v1/series",
    {
      method: "POST",
      contentTypes: [...JSON_TYPES, "text/json"],
      wireBytesMax: 3_200_000,
      rawBytesMax: 62_914_560,
      status: 202,
      answer: '{"status":"ok"}',
      decode: (body) => ({ points: decodeV1(body) }),
    },
  ],
  ["/api/beta/sketches", { ...OTHER, contentTypes: ["application/x-protobuf"], answer: "", decode: decodeSketches }],
  ["/api/v1/check_run", { ...OTHER, contentTypes: JSON_TYPES, decode: jsonOf("v1", "Array<ServiceCheck>") }],
  ["/api/v1/events", { ...OTHER, contentTypes: JSON_TYPES, decode: jsonOf("v1", "EventCreateRequest") }],
  [
    "/api/v1/distribution_points",
    { ...OTHER, contentTypes: [...JSON_TYPES, "text/json"], decode: jsonOf("v1", "DistributionPointsPayload") },
  ],
  ["/intake/", { ...OTHER, contentTypes: JSON_TYPES, decode: (body) => ({ other: decodeIntake(body) }) }],
  [
    "/api/v1/validate",
    { ...OTHER, method: "GET", contentTypes: [], status: 200, answer: '{"valid":true}', decode: () => ({}) },
  ],
]);

function jsonOf(api: "v1" | "v2", model: string): (body: Buffer) => Taken {
  return (body) => ({ other: decodeJson(body, api, model) });
}

interface V2Series {
  readonly metric: string;
  readonly tags?: string[];
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
  readonly type?: number | string;
  readonly interval?: number;
  readonly resources?: readonly { readonly type: string; readonly name: string }[];
}

const TYPE_BY_CODE = new Map<unknown, TakenPoint["type"]>([
  [1, "count"],
  [2, "rate"],
  [3, "gauge"],
]);

function decodeV2(body: Buffer, contentType: string): TakenPoint[] {
  const decoded =
    contentType === "application/json" ? decodeJson(body, "v2", "MetricPayload") : decodeProto(body, "MetricPayload");
  const { series } = decoded as { series: V2Series[] };
  require400(series.length > 0, "there is no series in the payload");
  const taken = series.flatMap(({ metric, tags, points, type, interval, resources }) => {
    const word = TYPE_BY_CODE.get(type ?? 0);
    require400(word !== undefined, `${metric}: the type ${type} is not 1, 2 or 3`);
    require400(points.length > 0, `${metric}: no points`);
    const resource = (wanted: string): string => resources?.find((each) => each.type === wanted)?.name ?? "";
    const context = { metric, host: resource("host"), device: resource("device"), tags: tags ?? [], type: word };
    return points.map(({ timestamp, value }) => ({ ...context, interval: interval ?? 0, timestamp, value }));
  });
  return checkPoints(taken);
}

interface V1Series {
  readonly metric: string;
  readonly points: readonly (readonly [number, number])[];
  readonly type?: string;
  readonly interval?: number | null;
  readonly host?: string;
  readonly tags?: string[];
  readonly device?: string;
}

/** `device` is the Agent's word and unknown to the public client: taken out before that looks. */
function decodeV1(body: Buffer): TakenPoint[] {
  const plain = parseObject(body);
  const list = plain["series"];
  require400(Array.isArray(list) && list.length > 0, "there is no list of series");
  const devices = list.map((each: { device?: unknown }) => {
    const { device } = each;
    delete each.device;
    require400(device === undefined || typeof device === "string", "the device is no string");
    return device ?? "";
  });
  const { series } = decodeJson(Buffer.from(JSON.stringify(plain)), "v1", "MetricsPayload") as { series: V1Series[] };
  const taken = series.flatMap(({ metric, points, type, interval, host, tags }, index) => {
    const word = type ?? "gauge";
    require400(word === "gauge" || word === "rate" || word === "count", `${metric}: unknown type ${word}`);
    require400(points.length > 0, `${metric}: no points`);
    const context = { metric, host: host ?? "", device: devices[index] ?? "", tags: tags ?? [], type: word } as const;
    return points.map((point) => {
      require400(Array.isArray(point) && point.length === 2, `${metric}: a point is a pair`);
      return { ...context, interval: interval ?? 0, timestamp: point[0], value: point[1] };
    });
  });
  return checkPoints(taken);
}

function checkPoints(points: TakenPoint[]): TakenPoint[] {
  require400(points.length <= POINTS_MAX, `${points.length} points in one payload`);
  for (const point of points) checkPoint(point);
  return points;
}

function decodeSketches(body: Buffer): Taken {
  const { sketches } = decodeProto(body, "SketchPayload") as {
    sketches: {
      metric: string;
      host: string;
      tags: string[];
      dogsketches: Omit<TakenSketch, "metric" | "host" | "tags">[];
    }[];
  };
  require400(sketches.length > 0 && sketches.length <= POINTS_MAX, `${sketches.length} sketches in one payload`);
  const taken = sketches.flatMap(({ metric, host, tags, dogsketches }) => {
    require400(dogsketches.length > 0, `${metric}: no sketch in it`);
    return dogsketches.map((each) => ({ ...each, metric, host, tags }));
  });
  for (const sketch of taken) checkSketch(sketch);
  return { sketches: taken };
}

const isText = (value: unknown): boolean => typeof value === "string";
const oneOf =
  (...words: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === "string" && words.includes(value);

/** What may be said of an event, and how. */
const EVENT_FIELDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ["msg_title", isText],
  ["msg_text", isText],
  ["timestamp", Number.isSafeInteger],
  ["priority", oneOf("normal", "low")],
  ["host", isText],
  ["tags", (value: unknown) => Array.isArray(value) && value.every(isText)],
  ["alert_type", oneOf("error", "warning", "info", "success")],
  ["aggregation_key", isText],
  ["source_type_name", isText],
  ["event_type", isText],
]);

/** Events as the Agent posts them, grouped by source. */
function decodeIntake(body: Buffer): unknown {
  const { events, internalHostname, apiKey } = parseObject(body);
  require400((apiKey ?? "") === "", "a key belongs in the header");
  require400(typeof internalHostname === "string", "internalHostname is missing");
  require400(typeof events === "object" && events !== null, "events are missing");
  for (const [source, list] of Object.entries(events)) {
    require400(Array.isArray(list) && list.length > 0, "the events of a source are a list");
    for (const event of list as Record<string, unknown>[]) {
      for (const [field, value] of Object.entries(event)) {
        require400(EVENT_FIELDS.get(field)?.(value) === true, `the event's ${field} is not known or not right`);
      }
      require400((event["source_type_name"] ?? "api") === source, `an event of another source is among ${source}`);
      require400(
        typeof event["msg_title"] === "string" && typeof event["msg_text"] === "string",
        "an event has msg_title and msg_text",
      );
      require400(Number.isSafeInteger(event["timestamp"]), "an event has a timestamp in seconds");
    }
  }
  return events;
}

function parseObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    value = undefined;
  }
  require400(typeof value === "object" && value !== null && !Array.isArray(value), "the body is no JSON object");
  return value as Record<string, unknown>;
}
