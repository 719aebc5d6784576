import * as limits from "./limits.ts";
import { bad, good, key, list, optionalKey, text } from "./values.ts";
import type { Read } from "./values.ts";

/** YAML that another reader takes as it stands: a part of the file, or a whole environment variable. */
export interface YamlText {
  readonly yaml: string;
  /** Where it stands; line numbers count from 1. */
  readonly file: string;
  readonly firstLine: number;
}

/** Keys whose value is not read here: rules know more than YAML 1.2 tells, such as `1.50` as a label's value. */
export const RAW_KEYS: ReadonlySet<string> = new Set(["prometheus.mappings", "prometheus.mapping_defaults"]);

/** As a text, which is what an environment variable has, it is called by its key. */
const yamlText = (file: string, remedy: string): Read<YamlText> => {
  return (given) => {
    if (typeof given === "string" && given.trim() !== "") return good({ yaml: given, file, firstLine: 1 });
    const isRaw = typeof given === "object" && given !== null && "yaml" in given && "firstLine" in given;
    return isRaw ? good(given as YamlText) : bad("is no YAML text", remedy);
  };
};

/** The keys of statsd_exporter's mapping; a part of the group `prometheus`. */
export const MAPPING_KEYS = {
  mapping_config: key(
    list(text("write the path of a file or a directory"), limits.MAPPING_FILES_MAX),
    [],
    "Mapping files of statsd_exporter, unchanged; of a directory its *.yml and *.yaml in order of name.",
  ),
  mappings: optionalKey(
    yamlText("prometheus.mappings", "write a list of rules: [{match: app.*.count, name: app_count}]"),
    "Rules of such a file, right here; they come behind those of the files.",
  ),
  mapping_defaults: optionalKey(
    yamlText("prometheus.mapping_defaults", "write {ttl: 1h, observer_type: histogram}"),
    "What such a file has under defaults, for the rules right here.",
  ),
};
