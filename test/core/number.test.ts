import { describe, expect, test } from "vitest";
import type { RejectReason } from "../../src/model/reject.ts";
import { Random } from "../support/random.ts";
import { SmallShard } from "../support/small-shard.ts";

/** The value of a gauge line with a tag section, where a sign is never a step. */
function read(text: string): number | RejectReason {
  const shard = new SmallShard();
  shard.ingest(`n:${text}|g|#`);
  return [...shard.rejected.keys()][0] ?? shard.tally.gauge(shard.cell("g", "n"));
}

describe("a decimal number is read to the last bit", () => {
  test.each([
    "0",
    "00",
    "7",
    "+5",
    "-5",
    "5.",
    ".5",
    "+.5",
    "-.5",
    "-5.",
    "0.1",
    "4.35",
    "2.675",
    "1e3",
    "1E3",
    "1e+3",
    "25e-2",
    "-1e-7",
    "1e22",
    "1e23",
    "1e-22",
    "1e-23",
    "123456789012345",
    "999999999999999",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551616",
    "0.000000000000001",
    "0.1000000000000000055511151231257827",
    "1.7976931348623157e308",
    "5e-324",
    "2.2250738585072011e-308",
    "1e-400",
    "000000000000000000000000000001",
    "0.30000000000000004",
    "123456789.12345678",
    "100000000000000000000000",
    "3.14159265358979323846264338327950288",
    `1${"0".repeat(300)}`,
    `0.${"0".repeat(300)}1`,
    "8.5e15",
  ])("%s", (text) => {
    expect(read(text)).toBe(Number(text));
  });
});

describe("what is no decimal number is refused", () => {
  test.each<readonly [string, RejectReason]>([
    ["", "empty_value"],
    [" ", "bad_value"],
    [" 1", "bad_value"],
    ["1 ", "bad_value"],
    ["0x10", "bad_value"],
    ["0b1", "bad_value"],
    ["0o7", "bad_value"],
    ["1_000", "bad_value"],
    ["1,5", "bad_value"],
    ["1e", "bad_value"],
    ["1e+", "bad_value"],
    ["e5", "bad_value"],
    [".", "bad_value"],
    ["+", "bad_value"],
    ["-", "bad_value"],
    ["-.", "bad_value"],
    ["+-1", "bad_value"],
    ["1.2.3", "bad_value"],
    ["1e2e3", "bad_value"],
    ["1e2.5", "bad_value"],
    ["1-", "bad_value"],
    ["１", "bad_value"],
    ["1\0", "bad_value"],
    ["true", "bad_value"],
    ["1n", "bad_value"],
    ["NaN", "not_finite"],
    ["nan", "not_finite"],
    ["inf", "not_finite"],
    ["+Inf", "not_finite"],
    ["-infinity", "not_finite"],
    ["1e309", "not_finite"],
    ["-1e400", "not_finite"],
    ["9".repeat(400), "not_finite"],
  ])("%j is %s", (text, reason) => {
    expect(read(Buffer.from(text, "utf8").toString("latin1"))).toBe(reason);
  });
});

/** Every form that the grammar allows, with lengths on both sides of what the fast path takes. */
function randomDecimal(random: Random): string {
  const digits = (count: number): string => Array.from({ length: count }, () => String(random.int(0, 9))).join("");
  const sign = random.pick(["", "", "", "-", "+"]);
  const form = random.int(0, 6);
  if (form === 0) return sign + digits(random.int(1, 18));
  if (form === 1) return `${sign}${digits(random.int(1, 9))}.${digits(random.int(0, 9))}`;
  if (form === 2) return `${sign}.${digits(random.int(1, 24))}`;
  if (form === 3) return `${sign}0.${"0".repeat(random.int(0, 22))}${digits(random.int(1, 15))}`;
  if (form === 4) return `${sign}${digits(random.int(1, 20))}.${digits(random.int(0, 20))}`;
  if (form === 5)
    return `${sign}${digits(random.int(1, 8))}.${digits(random.int(0, 8))}${random.pick(["e", "E"])}${random.pick(["", "-", "+"])}${random.int(0, 40)}`;
  return String((random.next() - 0.5) * 10 ** random.int(-20, 20));
}

test("a million random decimals are equal to what Number() makes of them", () => {
  const random = new Random(20_261_125);
  const shard = new SmallShard();
  const names = 500;
  const wrong: string[] = [];
  for (let round = 0; round < 2_000; round++) {
    const texts = Array.from({ length: names }, () => randomDecimal(random));
    shard.ingest(texts.map((text, i) => `n${i}:${text}|g|#`).join("\n"));
    for (let i = 0; i < names; i++) {
      const got = shard.tally.gauge(shard.cell("g", `n${i}`));
      const want = Number(texts[i]);
      // A gauge shows 0 and -0 alike.
      if (got !== want) wrong.push(`${texts[i]} became ${got}`);
    }
  }
  expect(wrong.slice(0, 10)).toEqual([]);
  expect(shard.rejectedTotal).toBe(0);
}, 60_000);
