import { expect, test } from "vitest";
import { parseKey } from "../../src/protocol/key.ts";

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))));

test.each([
  ["a", "", []],
  ["a", "x", ["x"]],
  ["a", "x:1,y", ["x:1", "y"]],
  ["a", ",", ["", ""]],
  ["a", " x , y ", [" x ", " y "]],
  ["a", "k:,:v,:", ["k:", ":v", ":"]],
  ["a b/c$", "ключ:значение", ["ключ:значение"]],
  ["__proto__", "constructor", ["constructor"]],
])("a key %j with the tag section %j has the tags %j", (name, section, tags) => {
  expect(parseKey(bytes(name), bytes(section))).toEqual({ name, tags });
});

test("bytes that are not UTF-8 become U+FFFD, and a comma behind them still separates", () => {
  expect(parseKey(bytes("a", 0xff, "b"), bytes("x", 0xe2, ",y", 0xc3))).toEqual({
    name: "a\ufffdb",
    tags: ["x\ufffd", "y\ufffd"],
  });
});

test("a byte order mark is a character of the name: with and without it are two names", () => {
  expect(parseKey(bytes("\ufeffa"), bytes("")).name).toBe("\ufeffa");
});
