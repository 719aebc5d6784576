import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { Refusal } from "./refusal.ts";

const root = protobuf.loadSync(fileURLToPath(new URL("agent-payload.proto", import.meta.url)));

/**
 * Decodes `MetricPayload` or `SketchPayload` to plain values: int64 as numbers, absent fields as their defaults.
 * Refuses a payload that is not the message: encoded again it must have the same length, which unknown fields and
 * unpacked arrays do not survive.
 */
export function decodeProto(body: Buffer, message: "MetricPayload" | "SketchPayload"): Record<string, unknown> {
  const type = root.lookupType(`datadog.agentpayload.${message}`);
  try {
    const decoded = type.decode(body);
    const again = type.encode(decoded).finish();
    if (again.length !== body.length) {
      throw new Error(`${body.length} bytes became ${again.length}: unknown fields or unpacked arrays`);
    }
    return type.toObject(decoded, { longs: Number, defaults: true, arrays: true });
  } catch (error) {
    throw new Refusal(400, `not a ${message}: ${(error as Error).message}`);
  }
}
