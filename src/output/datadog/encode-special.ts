import type { DatedCheck, DatedEvent } from "./specials.ts";

/** One event of `/intake/`, as the Agent writes it; what the other route for events calls `title` and `text` has other names here. */
export function encodeEvent(event: DatedEvent): string {
  return JSON.stringify({
    msg_title: event.title,
    msg_text: event.text,
    timestamp: event.timestamp,
    priority: event.priority,
    host: event.hostname,
    tags: event.tags,
    alert_type: event.alertType,
    // Absent where there is none.
    aggregation_key: event.aggregationKey || undefined,
    source_type_name: event.sourceType || undefined,
  });
}

/** One service check of `/api/v1/check_run`. */
export function encodeCheck({ name, hostname, timestamp, status, message, tags }: DatedCheck): string {
  return JSON.stringify({ check: name, host_name: hostname, timestamp, status, message, tags });
}
