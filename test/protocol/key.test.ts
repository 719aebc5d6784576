import { expect, test } from "vitest";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
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
  expect(parseKey(bytes(name), bytes(section), DIALECTS_DEFAULT)).toEqual({ name, tags, isMixed: false, tagErrors: 0 });
});

test("bytes that are not UTF-8 become U+FFFD, and a comma behind them still separates", () => {
  expect(parseKey(bytes("a", 0xff, "b"), bytes("x", 0xe2, ",y", 0xc3), DIALECTS_DEFAULT)).toMatchObject({
    name: "a\ufffdb",
    tags: ["x\ufffd", "y\ufffd"],
  });
});

test("a byte order mark is a character of the name: with and without it are two names", () => {
  expect(parseKey(bytes("\ufeffa"), bytes(""), DIALECTS_DEFAULT).name).toBe("\ufeffa");
});

const ALL = { dogstatsd: true, signalfx: "true", librato: "true", influxdb: "true", graphite: "true" } as const;

test.each([
  ["auto: the name stays whole", DIALECTS_DEFAULT, { name: "a,k=v", tags: ["x"], isMixed: true }],
  ["true: both have their say", ALL, { name: "a", tags: ["k:v", "x"], isMixed: true }],
  [
    "no sections: the name alone",
    { ...DIALECTS_DEFAULT, dogstatsd: false },
    { name: "a", tags: ["k:v"], isMixed: false },
  ],
])("tags in the name and in a section: %s", (_what, dialects, want) => {
  expect(parseKey(bytes("a,k=v"), bytes("x"), dialects)).toMatchObject(want);
});

test("an empty section does not make a mixed line, and neither does a name without a whole tag", () => {
  expect(parseKey(bytes("a,k=v"), bytes(""), DIALECTS_DEFAULT)).toMatchObject({ name: "a", isMixed: false });
  expect(parseKey(bytes("a,k"), bytes("x"), ALL)).toMatchObject({
    name: "a",
    tags: ["x"],
    isMixed: false,
    tagErrors: 1,
  });
});
