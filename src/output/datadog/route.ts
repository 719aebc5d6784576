/** Where payloads go, and the limits of that place. A new endpoint is a new row here and an encoder of its items. */
export interface Route {
  readonly name: "series" | "sketches" | "events" | "service_checks";
  readonly path: string;
  readonly contentType: "application/json" | "application/x-protobuf";
  /** A payload is head, items with the separator between them, tail. */
  readonly head: Uint8Array;
  readonly separator: Uint8Array;
  readonly tail: Uint8Array;
  /** Bytes on the wire and bytes when decompressed. */
  readonly wireBytesMax: number;
  readonly rawBytesMax: number;
  readonly pointsMax: number;
  /** Sent as it is, whatever the compression: some receivers of this route decompress nothing. */
  readonly isPlain?: boolean;
  /** Older payloads are taken and forgotten there. Absent = no less than the configured age. */
  readonly ageMaxMs?: number;
}

const NONE = new Uint8Array(0);
const JSON_SERIES = {
  name: "series",
  contentType: "application/json",
  head: Buffer.from('{"series":['),
  separator: Buffer.from(","),
  tail: Buffer.from("]}"),
  pointsMax: 10_000,
} as const;

const SPECIALS = {
  contentType: "application/json",
  separator: Buffer.from(","),
  wireBytesMax: 2_621_440,
  rawBytesMax: 4_194_304,
  pointsMax: 10_000,
} as const;

export const ROUTES = {
  v2: { ...JSON_SERIES, path: "/api/v2/series", wireBytesMax: 512_000, rawBytesMax: 5_242_880 },
  v1: { ...JSON_SERIES, path: "/api/v1/series", wireBytesMax: 3_200_000, rawBytesMax: 62_914_560 },
  /** The Agent's limits, the stricter of those known. Items are repeated protobuf fields: they need no separator. */
  sketches: {
    name: "sketches",
    path: "/api/beta/sketches",
    contentType: "application/x-protobuf",
    head: NONE,
    separator: NONE,
    tail: NONE,
    wireBytesMax: 2_621_440,
    rawBytesMax: 4_194_304,
    pointsMax: 10_000,
  },
  checks: {
    ...SPECIALS,
    name: "service_checks",
    path: "/api/v1/check_run",
    head: Buffer.from("["),
    tail: Buffer.from("]"),
    isPlain: true,
    ageMaxMs: 600_000,
  },
} as const satisfies Record<string, Route>;

/** Events are grouped by the name of their source, `api` where they have none; here each payload is one group. */
export function eventsRoute(source: string, hostname: string): Route {
  return {
    ...SPECIALS,
    name: "events",
    path: "/intake/",
    head: Buffer.from(`{"apiKey":"","events":{${JSON.stringify(source === "" ? "api" : source)}:[`),
    tail: Buffer.from(`]},"internalHostname":${JSON.stringify(hostname)}}`),
  };
}
