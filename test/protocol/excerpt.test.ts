import { expect, test } from "vitest";
import { excerpt } from "../../src/protocol/excerpt.ts";

test("control characters and backslashes are escaped, other text stays", () => {
  expect(excerpt(Buffer.from("a\tb\u001b[31m\\n €\u2028"))).toBe("a\\x09b\\x1b[31m\\\\n €\\u2028");
});

test("a long line is cut, and says so", () => {
  expect(excerpt(Buffer.alloc(500, "x"))).toBe(`${"x".repeat(120)}…`);
});

test("a line of many bytes and few characters is not cut, and no character is cut in two", () => {
  expect(excerpt(Buffer.from("€".repeat(120)))).toBe("€".repeat(120));
  expect(excerpt(Buffer.from("€".repeat(121)))).toBe(`${"€".repeat(120)}…`);
  expect(excerpt(Buffer.from("€".repeat(1_000)))).toBe(`${"€".repeat(120)}…`);
  expect(excerpt(Buffer.from(`x${"\u{1f600}".repeat(60)}`))).toBe(`x${"\u{1f600}".repeat(59)}…`);
});

test("what looks like a key is not shown, not even the half of it that the cut would leave", () => {
  const key = "0123456789abcdef0123456789abcdef";
  expect(excerpt(Buffer.from(`token:${key}|c`))).not.toContain("0123456789");
  expect(excerpt(Buffer.from(`${"x".repeat(105)} ${key}`))).not.toContain("0123456789");
});
