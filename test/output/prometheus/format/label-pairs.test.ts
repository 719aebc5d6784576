import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countPlain, LabelPairs } from "../../../../src/output/prometheus/format/label-pairs.ts";
import { ProtobufEncoder } from "../../../../src/output/prometheus/format/protobuf.ts";
import { Page } from "../../../../src/output/prometheus/format/page.ts";
import { escapeValue } from "../../../../src/output/prometheus/label.ts";
import { labelBytes } from "../../../../src/output/prometheus/row-labels.ts";
import { parseProtobuf } from "../../../support/client-model.ts";

type Labels = readonly (readonly [key: string, value: string])[];

const PLAIN_MAX = 254;

function textOf(labels: Labels): string {
  return labels.map(([key, value]) => `${key}="${escapeValue(value)}"`).join(",");
}

function plainOf(labels: Labels): number | undefined {
  const { bytes, from, to } = labelBytes(textOf(labels));
  return countPlain(bytes, from, to, PLAIN_MAX);
}

/** What the labels are as pairs, with what is known of them beforehand. */
function pairsOf(labels: Labels, plain: number | undefined): Buffer {
  const pairs = new LabelPairs();
  const given = { ...labelBytes(textOf(labels)), plain };
  const into = Buffer.alloc(pairs.length(given) + 1, 0xee);
  expect(pairs.write(into, 0, given)).toBe(into.length - 1);
  expect(into.at(-1)).toBe(0xee);
  return into.subarray(0, -1);
}

function many(count: number): Labels {
  return Array.from({ length: count }, (_, index) => [`a${index}`, "1"] as const);
}

const key = fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/);
const value = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }),
  fc.string({ minLength: 100, maxLength: 140 }),
  fc.constantFrom('"', "\\", "\n", 'say "x"', "a=b", "a,b", "{}", "é"),
);

describe("labels as pairs", () => {
  test("are the same whether they are looked at or known to be plain", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 8 }), (labels) => {
        const plain = plainOf(labels);
        const looked = pairsOf(labels, undefined);
        if (plain !== undefined) expect(pairsOf(labels, plain).equals(looked)).toBe(true);
        const page = new Page();
        const encoder = new ProtobufEncoder(page);
        encoder.family({ name: "g", type: "gauge", help: "", unit: "", ownsCounterNames: true, ownsCreated: true });
        for (let pass = 0; pass < 2; pass += 1) {
          encoder.value({ ...labelBytes(textOf(labels)), plain }, 1, { createdMs: NaN, exemplar: undefined });
          encoder.passEnd();
        }
        const [family] = parseProtobuf(Buffer.concat(page.take(true)));
        expect((family?.metric[0]?.label ?? []).map((pair) => [pair.name, pair.value])).toEqual(labels);
      }),
    );
  });

  test.each([
    [0, []],
    [1, [["a", "1"]]],
    [
      2,
      [
        ["a", "1"],
        ["b", "é"],
      ],
    ],
    // 0a 01 61 12 7a and the value: 127 bytes, the longest that one byte tells.
    [1, [["a", "x".repeat(122)]]],
    [undefined, [["a", "x".repeat(123)]]],
    [
      undefined,
      [
        ["a", "1"],
        ["b", 'x"'],
      ],
    ],
    [undefined, [["a", "x\\"]]],
    [undefined, [['"a.b"', "1"]]],
    [254, many(254)],
    [undefined, many(255)],
  ] satisfies [number | undefined, Labels][])(
    "are known to be %s plain ones only where every length is one byte",
    (want, labels) => {
      expect(plainOf(labels)).toBe(want);
    },
  );
});
