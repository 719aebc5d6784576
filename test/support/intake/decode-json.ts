import { ObjectSerializer as SerializerV1 } from "@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js";
import { ObjectSerializer as SerializerV2 } from "@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/ObjectSerializer.js";
import { Refusal } from "./refusal.ts";

/**
 * Parses JSON as one of the models of Datadog's own API client. The client throws on a missing field or a wrong type,
 * but hides unknown fields and words: those are looked for, and refused too.
 */
export function decodeJson(body: Buffer, api: "v1" | "v2", model: string): unknown {
  let decoded: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    decoded = (api === "v1" ? SerializerV1 : SerializerV2).deserialize(JSON.parse(text), model);
  } catch (error) {
    throw new Refusal(400, `not a ${model}: ${(error as Error).message}`);
  }
  walk(decoded, model);
  return decoded;
}

function walk(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === "_unparsed" || name === "unparsedObject") throw new Refusal(400, `${path}: unknown word or shape`);
    if (name === "additionalProperties") {
      const unknown = Object.keys(inner as object);
      if (unknown.length > 0) throw new Refusal(400, `${path}: unknown fields ${unknown.join(", ")}`);
      continue;
    }
    walk(inner, `${path}.${name}`);
  }
}
