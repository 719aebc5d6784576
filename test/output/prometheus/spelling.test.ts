import { describe, expect, test } from "vitest";
import { escapeName } from "../../../src/output/prometheus/label.ts";
import { labelAs, nameAs, spelledName } from "../../../src/output/prometheus/spelling.ts";

describe("a name that older servers cannot read", () => {
  test.each([
    [
      "mysystem.prod.west.cpu.load_total",
      "mysystem_prod_west_cpu_load_total",
      "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
      "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
    ],
    ["花火", "__", "____", "U___82b1__706b_"],
    ["label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_"],
    ["plain_name", "plain_name", "plain_name", "plain_name"],
    ["http.server-hits", "http_server_hits", "http_dot_server__hits", "U__http_2e_server_2d_hits"],
  ])("%s is escaped as Prometheus' libraries do", (sent, underscores, dots, values) => {
    const legacy = escapeName(sent);
    expect(nameAs("underscores", legacy, sent)).toBe(underscores);
    expect(nameAs("dots", legacy, sent)).toBe(dots);
    expect(nameAs("values", legacy, sent)).toBe(values);
    expect(nameAs("allow-utf-8", legacy, sent)).toBe(sent);
  });

  test.each([
    ["dots", "a.b", "a_dot_b"],
    ["dots", "a.b", "a__b"],
    ["dots", "a-dot-b", "a.b"],
    ["dots", "a--b.c", "a__b.c"],
    ["values", "a.b", "U__a_2e_b"],
  ] as const)("escaped with %s, %s and %s stay different", (escaping, one, other) => {
    const escaped = [one, other].map((sent) => nameAs(escaping, escapeName(sent), sent));
    expect(new Set(escaped).size).toBe(2);
    for (const name of escaped) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
  });

  test("a label's key never becomes one of Prometheus' own", () => {
    expect(labelAs("dots", "_name_", "-name-")).toBe("_label__name__");
    expect(labelAs("dots", "_name_", ".name.")).toBe("_dot_name_dot_");
    expect(labelAs("dots", "a_b", "a.b")).toBe("a_dot_b");
  });

  test.each([
    ["a.b", "a_b", "a.b"],
    ["a:b", "a_b", "a_b"],
    ["a\ud800", "a_", "a\ufffd"],
    ["something else", "a_b", "a_b"],
  ])("%j, known as %s, is shown as %j", (sent, legacy, spelled) => {
    expect(spelledName(sent, legacy)).toBe(spelled);
  });
});
