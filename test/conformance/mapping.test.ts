import { describe, expect, test } from "vitest";
import { parseMapping } from "../../src/policy/mapping/exporter/parse.ts";
import { MAPPING_VECTORS } from "./mapping-vector.ts";

describe("read: the configurations of statsd_exporter", () => {
  const configs = MAPPING_VECTORS.filter(({ config }) => config !== null);

  test.each(configs)("$id", (vector) => {
    const { problems } = parseMapping(vector.config ?? "");
    const errors = problems.filter(({ level }) => level === "error");
    expect(errors.length > 0, JSON.stringify(errors)).toBe(vector.expect_config_error);
  });
});
