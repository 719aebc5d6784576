import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { formatBytes, parseBytes } from "../std/bytes.ts";
import { parseDecimal } from "../std/decimal.ts";
import {
  CAPTURE_BYTES,
  CAPTURE_BYTES_MAX,
  CAPTURE_BYTES_MIN,
  CAPTURE_SECONDS,
  CAPTURE_SECONDS_MAX,
  IDLE_TIMEOUT_MS,
} from "./limits.ts";

/** What a client asks of a capture. */
export interface CaptureRequest {
  readonly durationMs: number;
  /** Before compression. */
  readonly bytesMax: number;
  readonly compression: "zstd" | "none";
}

export interface CaptureRoutesOptions {
  /** Starts to record what the shards receive, as a file; undefined while another capture runs. */
  readonly capture: (request: CaptureRequest) => Promise<Readable | undefined>;
}

const TEXT = "text/plain; charset=utf-8";
const PARAMETERS = ["seconds", "max_bytes", "compress"];

/** `/api/capture`: a capture file of the traffic from now on. */
export function addCaptureRoutes(app: FastifyInstance, options: CaptureRoutesOptions): void {
  app.route<{ Querystring: Record<string, unknown> }>({
    method: ["GET", "POST"],
    url: "/api/capture",
    // A HEAD would record for nobody.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const asked = readCaptureRequest(request.query);
      if (typeof asked === "string") return reply.code(400).type(TEXT).send(`400: ${asked}.\n`);
      const file = await options.capture(asked);
      if (file === undefined)
        return reply.code(409).type(TEXT).send("409: a capture runs already; there is one at a time.\n");
      return sendFile(request, reply, file, asked);
    },
  });
}

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: Readable,
  { durationMs, compression }: CaptureRequest,
): FastifyReply {
  const { socket } = request.raw;
  // Silence is no stalled reader here: nothing is sent while nothing is received. One that has stalled is cut after that.
  socket.setTimeout(durationMs + IDLE_TIMEOUT_MS);
  reply.raw.once("close", () => socket.setTimeout(IDLE_TIMEOUT_MS));
  const suffix = compression === "zstd" ? ".zstd" : "";
  reply
    .header("cache-control", "no-store")
    .header("content-disposition", `attachment; filename="tallyd-capture.dog${suffix}"`)
    .type(compression === "zstd" ? "application/zstd" : "application/octet-stream")
    .send(file);
  // The compressor keeps what it has for long; a client should know at once that the recording runs.
  reply.raw.flushHeaders();
  return reply;
}

/** Reads `seconds`, `max_bytes` and `compress`, which may all be left out. Answers what is wrong as a text. */
export function readCaptureRequest(query: Readonly<Record<string, unknown>>): CaptureRequest | string {
  const given = new Map(Object.entries(query));
  for (const name of given.keys())
    if (!PARAMETERS.includes(name)) return `there is no such parameter; there are ${PARAMETERS.join(", ")}`;
  const seconds = parseDecimal(textOf(given.get("seconds") ?? `${CAPTURE_SECONDS}`));
  const bytesMax = parseBytes(textOf(given.get("max_bytes") ?? `${CAPTURE_BYTES}`));
  const compression = given.get("compress") ?? "none";
  if (seconds === undefined || seconds <= 0 || seconds > CAPTURE_SECONDS_MAX)
    return `seconds is a number above 0, up to ${CAPTURE_SECONDS_MAX}`;
  if (bytesMax === undefined || bytesMax < CAPTURE_BYTES_MIN || bytesMax > CAPTURE_BYTES_MAX)
    return `max_bytes is a size such as 10MiB, from ${CAPTURE_BYTES_MIN} bytes to ${formatBytes(CAPTURE_BYTES_MAX)}`;
  if (compression !== "zstd" && compression !== "none") return "compress is zstd or none";
  return { durationMs: seconds * 1_000, bytesMax, compression };
}

/** A parameter that was given twice is a list, and no text. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
