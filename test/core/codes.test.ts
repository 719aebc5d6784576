import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SLOT } from "../../src/core/counters.ts";
import { CELL_KINDS } from "../../src/model/kind.ts";
import { CORE_REJECT_REASONS, LIMIT_REASONS } from "../../src/model/reject.ts";

/** The core is compiled from another language, so its constants can only be compared as text. */
function constants(file: string, type: "i32" | "u32"): { readonly name: string; readonly value: number }[] {
  const text = readFileSync(new URL(`../../src/core/assembly/${file}`, import.meta.url), "utf8");
  const found = [...text.matchAll(new RegExp(`export const (\\w+): ${type} = (\\d+);`, "g"))];
  return found.map(([, name = "", value = ""]) => ({ name, value: Number(value) }));
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

test("the core's reason codes are the positions in the model's lists", () => {
  const codes = constants("reason.ts", "i32");
  expect(codes.length).toBeGreaterThanOrEqual(10);
  for (const { name, value } of codes) {
    if (name.startsWith("LIMIT_")) expect(LIMIT_REASONS[value]).toBe(name.slice("LIMIT_".length).toLowerCase());
    else expect(CORE_REJECT_REASONS[value]).toBe(name.toLowerCase());
  }
});

test("the slots of the core's counters are those that the wrapper reads", () => {
  expect(Object.fromEntries(constants("stats.ts", "u32").map(({ name, value }) => [camelCase(name), value]))).toEqual(
    SLOT,
  );
});

test("the core's cell kinds are the positions in the model's list", () => {
  const codes = constants("cell.ts", "u32").filter(({ name }) =>
    CELL_KINDS.some((kind) => kind.toUpperCase() === name),
  );
  expect(codes.map(({ name }) => name.toLowerCase())).toEqual(CELL_KINDS);
  expect(codes.map(({ value }) => value)).toEqual(CELL_KINDS.map((_kind, code) => code));
});
