import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import { parseEvent } from "../../src/protocol/event.ts";
import { EXCERPT_UNITS_MAX, excerpt } from "../../src/protocol/excerpt.ts";
import { parseKey } from "../../src/protocol/key.ts";
import { parseServiceCheck } from "../../src/protocol/service-check.ts";
import { parseTimestamped } from "../../src/protocol/timestamped.ts";

const alphabet = fc.constantFrom(..."_esc{}|:,#@T019-+.adhkpst\\n \u0000\n\u20ac".split(""));
/** Bytes of every kind, and texts that look like lines. */
const line = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .tuple(fc.constantFrom("_e{", "_e{1,1}:", "_sc|", "a:1|c|T", ""), fc.string({ unit: alphabet, maxLength: 40 }))
    .map(([start, rest]) => Buffer.from(start + rest)),
);

test("no bytes make a parser throw, and what it answers is valid Unicode", () => {
  fc.assert(
    fc.property(line, line, (first, second) => {
      const answers = [
        parseEvent(first),
        parseServiceCheck(first),
        parseTimestamped(first, DIALECTS_DEFAULT),
        parseKey(first, second, DIALECTS_DEFAULT),
      ];
      return textsOf(answers).every((text) => text.isWellFormed());
    }),
    { numRuns: 5_000 },
  );
});

test("a datagram of pipes is decoded a few times, and not once for each of its fields", () => {
  const decode = vi.spyOn(TextDecoder.prototype, "decode");
  for (const [start, parse] of [
    ["_e{1,1}:a|b", parseEvent],
    ["_sc|a|0", parseServiceCheck],
    ["a:1|c|T5", (bytes: Uint8Array) => parseTimestamped(bytes, DIALECTS_DEFAULT)],
  ] as const) {
    decode.mockClear();
    expect(parse(Buffer.from(start + "|".repeat(65_000)))).toBeTypeOf("object");
    expect(decode.mock.calls.length).toBeLessThan(10);
  }
  decode.mockRestore();
});

test("an excerpt is short, one line, and free of control characters", () => {
  fc.assert(
    fc.property(line, (bytes) => {
      const text = excerpt(bytes);
      // oxlint-disable-next-line no-control-regex
      const isSafe = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) && text.isWellFormed();
      return isSafe && text.length <= EXCERPT_UNITS_MAX * 4 + 1;
    }),
    { numRuns: 2_000 },
  );
});

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
