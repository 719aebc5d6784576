import fc from "fast-check";
import { expect, test } from "vitest";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import { cutEventBody } from "../../src/protocol/event-body.ts";
import { readNameTags } from "../../src/protocol/dialect.ts";
import { lineProblems, parserRound } from "./parsers.ts";

test("broken cases of every kind are read soundly by every parser", () => {
  expect(parserRound(1, 2_000)).toEqual([]);
}, 60_000);

const BYTES = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(..."_esc{}|:,;#[]=@T019-+.adhkpstm\\n \r\xc3\xa9") },
    fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  ),
  { maxLength: 60 },
);
const STARTS = fc.constantFrom(
  "",
  "_e{1,1}:",
  "_e{2,3}:\xc3\xa9",
  "_sc|a|",
  "a:1|c|T",
  "a:1|c:",
  "a:1|ms|@0.5:",
  "a,k=v:1|g|",
  "a[k=v]:1|c",
);

test("any bytes are read soundly by every parser", () => {
  fc.assert(
    fc.property(STARTS, BYTES, (start, bytes) => {
      expect(lineProblems((start + bytes.join("")).replaceAll("\n", ""))).toEqual([]);
    }),
    { numRuns: 1_000, seed: 1 },
  );
}, 60_000);

/** `auto`, as one regular expression per dialect. */
const KEY = String.raw`[^\s,;#=[\]]+`;
const NAME = String.raw`[^=,;#[\]]`;
const WHOLE = [
  new RegExp(`^(${NAME}+)#(${KEY}=[^,[\\]]+(?:,${KEY}=[^,[\\]]+)*)()$`, "s"),
  new RegExp(`^(${NAME}+),(${KEY}=[^,[\\]]+(?:,${KEY}=[^,[\\]]+)*)()$`, "s"),
  new RegExp(`^(${NAME}+);(${KEY}=[^;[\\]]+(?:;${KEY}=[^;[\\]]+)*)()$`, "s"),
  new RegExp(`^(${NAME}*)\\[(${KEY}=[^,\\]]+(?:,${KEY}=[^,\\]]+)*)\\](${NAME}*)$`, "s"),
];
const NAMES = fc
  .array(fc.constantFrom("a", "b", "=", ",", ";", "#", "[", "]", " ", "k=v", ",k=v", "é"), { maxLength: 12 })
  .map((parts) => parts.join(""));

test("auto reads the names that one regular expression per dialect reads, and no others", () => {
  fc.assert(
    fc.property(NAMES, (sent) => {
      const match = WHOLE.map((pattern) => pattern.exec(sent)).find((found) => found !== null);
      const [, before = "", inside = "", after = ""] = match ?? [];
      const name = before + after;
      const pairs = inside.split(sent.includes(";") && sent[before.length] === ";" ? ";" : ",");
      const want =
        match === undefined || name === "" ? undefined : { name, tags: pairs.map((pair) => pair.replace("=", ":")) };
      const got = readNameTags(sent, DIALECTS_DEFAULT);
      expect(got === undefined ? undefined : { name: got.name, tags: got.tags }).toEqual(want);
    }),
    { numRuns: 5_000, seed: 1 },
  );
});

const TEXT = fc.string({
  unit: fc.constantFrom("a", " ", "é", "€", "😀", "\\n", ":", "{"),
  minLength: 1,
  maxLength: 12,
});

test("an event is cut in the same places, whether its lengths are bytes, UTF-16 units or code points", () => {
  fc.assert(
    fc.property(TEXT, TEXT, fc.constantFrom("", "|p:low", "|#a:b|t:error"), (title, text, rest) => {
      const bytes = Buffer.from(`${title}|${text}${rest}`);
      const want = { title, text, fields: rest.split("|") };
      for (const lengthOf of [Buffer.byteLength, (part: string) => part.length, (part: string) => [...part].length]) {
        const body = cutEventBody(bytes, lengthOf(title), lengthOf(text));
        expect(body).toMatchObject(want);
      }
    }),
    { numRuns: 2_000, seed: 1 },
  );
});
