import { expect, it } from "vitest";
import { deepFreeze } from "../../src/std/freeze.ts";

it("freezes every part", () => {
  const tree = deepFreeze({ list: [{ deep: 1 }], part: { name: "x" } });
  expect(() => Object.assign(tree.list[0] ?? {}, { deep: 2 })).toThrow(TypeError);
  expect(() => Object.assign(tree.part, { name: "y" })).toThrow(TypeError);
  expect(() => Object.assign(tree, { other: 1 })).toThrow(TypeError);
});
