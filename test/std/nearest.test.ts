import { expect, it } from "vitest";
import { editDistance, nearest } from "../../src/std/nearest.ts";

it.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
  ["lisetn", "listen", 1],
  ["ca", "abc", 3],
])("from %j to %j is %i edits", (left, right, want) => {
  expect(editDistance(left, right)).toBe(want);
  expect(editDistance(right, left)).toBe(want);
});

it("suggests what is close, and nothing when nothing is", () => {
  const known = ["listen", "http", "flush_interval"];
  expect(nearest("lisen", known)).toBe("listen");
  expect(nearest("flushinterval", known)).toBe("flush_interval");
  expect(nearest("FLUSH_INTERVAL", known)).toBe("flush_interval");
  expect(nearest("colour", known)).toBeUndefined();
});
