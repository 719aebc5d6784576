import type { Secret } from "../../std/secret.ts";
import type { Payload } from "./payload.ts";

/** The headers of one request, made when it is sent: the only place where the key is written. `key` undefined = none. */
export function headersOf(payload: Payload, userAgent: string, key: Secret | undefined): Record<string, string> {
  const { route, encoding } = payload;
  const headers: Record<string, string> = { "content-type": route.contentType, "user-agent": userAgent };
  if (encoding !== undefined) headers["content-encoding"] = encoding;
  // The version of the protobuf schema that the payload follows, as other senders of sketches give it.
  if (route.contentType === "application/x-protobuf") headers["dd-agent-payload"] = "4.87.0";
  if (key !== undefined) headers["dd-api-key"] = key.reveal();
  return headers;
}
