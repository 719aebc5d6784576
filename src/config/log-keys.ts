import { LOG_LEVELS } from "../std/log.ts";
import { choice, key } from "./values.ts";

/** What is logged, and how; a part of the schema. */
export const LOG_KEYS = {
  log_level: key(
    choice(LOG_LEVELS, { warning: "warn", critical: "fatal", off: "silent" }),
    "info",
    "The least important lines to log.",
  ),
  log_format: key(
    choice(["auto", "json", "logfmt", "pretty"]),
    "auto",
    "auto: pretty, which is for people, on a terminal, else json. logfmt: time=… level=info msg=… and further key=value.",
  ),
};
