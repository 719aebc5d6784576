import { expect, test } from "vitest";
import fc from "fast-check";
import { formatLogfmt } from "../../src/std/logfmt.ts";

/** Reads a line as readers of logfmt do: keys up to `=`, values bare or in quotes with the escapes of JSON. */
function parse(line: string): [key: string, value: string][] {
  const found: [string, string][] = [];
  const pair = /([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s="]*))(?: |$)/gy;
  for (let match = pair.exec(line); match !== null; match = pair.exec(line)) {
    const [, key = "", quoted, bare = ""] = match;
    found.push([key, quoted === undefined ? bare : (JSON.parse(`"${quoted}"`) as string)]);
    if (pair.lastIndex === line.length) return found;
  }
  throw new Error(`no logfmt: ${line}`);
}

test("time, level and message come first, as words", () => {
  expect(formatLogfmt({ level: 30, time: 1_700_000_000_123, pid: 7, msg: "listens on a" })).toBe(
    'time=2023-11-14T22:13:20.123Z level=info msg="listens on a" pid=7',
  );
});

test.each([
  ["plain", "v=plain"],
  ["udp://[::1]:8125", "v=udp://[::1]:8125"],
  ["", 'v=""'],
  ["two words", 'v="two words"'],
  ["a=b", 'v="a=b"'],
  ['say "x"', String.raw`v="say \"x\""`],
  ["C:\\x", String.raw`v="C:\\x"`],
  ["one\ntwo\tthree", String.raw`v="one\ntwo\tthree"`],
  ["\u001b[31m", String.raw`v="\u001b[31m"`],
  ["a\u0085b\u2028c\u202ed", String.raw`v="a\u0085b\u2028c\u202ed"`],
  ["tag\u{e0001}", String.raw`v="tag\udb40\udc01"`],
  ["größe", "v=größe"],
  ["no\u00a0break", 'v="no\u00a0break"'],
  [12.5, "v=12.5"],
  [true, "v=true"],
  [null, "v=null"],
])("%j is written as %s", (value, want) => {
  expect(formatLogfmt({ v: value })).toBe(want);
});

test("what is inside a field has its path as a key", () => {
  const line = formatLogfmt({
    msg: "x",
    err: { type: "Error", cause: { code: "E" } },
    listening: ["udp://a", "tcp://b"],
  });
  expect(line).toContain(" err.type=Error err.cause.code=E listening.0=udp://a listening.1=tcp://b");
});

test("a key holds nothing that would end it", () => {
  expect(formatLogfmt({ 'a b="c"\n': 1, "": 2 })).toBe("a_b__c__=1 _=2");
});

test("whatever is logged, a line is one line, and a reader finds what was logged", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom('"', "\\", '\\"', "a b", "x=y\n"));
  fc.assert(
    fc.property(text, fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), text), (msg, fields) => {
      const line = formatLogfmt({ time: 0, level: 40, msg, fields });
      // eslint-disable-next-line no-control-regex
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(parse(line)).toEqual([
        ["time", "1970-01-01T00:00:00.000Z"],
        ["level", "warn"],
        ["msg", msg],
        ...Object.entries(fields).map(([key, value]) => [`fields.${key}`, value]),
      ]);
    }),
  );
});
