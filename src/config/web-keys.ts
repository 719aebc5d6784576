import { bad, flag, good, group, key, optionalKey, text } from "./values.ts";
import type { Read } from "./values.ts";

/** Other routes stand under /api/ and /-/. */
const path: Read<string> = (given) => {
  const result = text("write a path: /metrics")(given);
  if (!result.ok) return result;
  const isFree = !/^\/(?:api|-)(?:\/|$)/.test(result.value);
  return /^(?:\/[A-Za-z0-9._~-]+)*\/?$/.test(result.value) && isFree
    ? good(result.value)
    : bad("is no path that is free", "write a path such as /metrics, and nothing under /api and /-");
};

/** Who may do what over HTTP; a part of the schema. */
export const WEB_KEYS = {
  web: group(
    {
      config_file: optionalKey(
        text("write a path"),
        "A file in the format of Prometheus' --web.config.file: TLS, client certificates, passwords, headers.",
      ),
      metrics_path: key(
        path,
        "/metrics",
        "Where the page for scrapers is, beside /metrics; / takes the place of the status page.",
      ),
      lifecycle: key(
        flag,
        "false",
        "Whether POST /-/reload reads the configuration again, and POST /-/quit ends the process.",
      ),
    },
    "The HTTP server: its paths and its protection.",
  ),
};
