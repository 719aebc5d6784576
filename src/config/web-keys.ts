import { flag, group, key, optionalKey, text } from "./values.ts";

/** Who may do what over HTTP; a part of the schema. */
export const WEB_KEYS = {
  web: group(
    {
      config_file: optionalKey(
        text("write a path"),
        "A file in the format of Prometheus' --web.config.file: TLS, client certificates, passwords, headers.",
      ),
      lifecycle: key(
        flag,
        "false",
        "Whether POST /-/reload reads the configuration again, and POST /-/quit ends the process.",
      ),
    },
    "The HTTP server's protection.",
  ),
};
