import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LIMIT_REASONS, REJECT_REASONS } from "../../src/model/reject.ts";

const SOURCE = readFileSync(new URL("../../src/core/assembly/reason.ts", import.meta.url), "utf8");

/** The core is compiled from another language, so the two lists can only be compared as text. */
test("the core's reason codes are the positions in the model's lists", () => {
  const codes = [...SOURCE.matchAll(/export const (\w+): i32 = (\d+);/g)].map(([, name = "", code = ""]) => ({
    name,
    code: Number(code),
  }));
  expect(codes.length).toBeGreaterThanOrEqual(10);
  for (const { name, code } of codes) {
    if (name.startsWith("LIMIT_")) expect(LIMIT_REASONS[code]).toBe(name.slice("LIMIT_".length).toLowerCase());
    else expect(REJECT_REASONS[code]).toBe(name.toLowerCase());
  }
});
