import fc from "fast-check";
import { expect, test } from "vitest";
import { Naive } from "../support/naive.ts";
import { Random } from "../support/random.ts";
import { SmallShard } from "../support/small-shard.ts";
import { fullDatagram, hostile } from "../support/traffic.ts";
import { hostileRound } from "./hostile.ts";

test("two million noisy datagrams never trap, and every line is accepted, rejected or limited", () => {
  expect(hostileRound(1, 1_500_000, 100)).toEqual([]);
  expect(hostileRound(2, 500_000, 400)).toEqual([]);
}, 120_000);

test("datagrams of 65,507 bytes are read to the end, whatever is in them", () => {
  const random = new Random(4);
  for (let round = 0; round < 12; round++) {
    const shard = new SmallShard();
    const naive = new Naive();
    const bytes =
      round % 3 === 0 ? hostile(random, 65_507) : fullDatagram(random, { names: 100, broken: 0.2, dyadic: false });
    shard.ingest(bytes);
    naive.ingest(bytes);
    const counted = shard.counted();
    expect([counted.lines, counted.accepted]).toEqual([naive.lines, naive.accepted]);
  }
});

test.each([
  ["one line that fills it", `${"n".repeat(65_500)}:1|c`],
  ["one tag section that fills it", `n:1|c|#${"t".repeat(65_499)}`],
  ["one packed line", `n:${"1:".repeat(32_700)}1|c`],
  ["only line feeds", "\n".repeat(65_507)],
  ["only pipes", "|".repeat(65_507)],
  ["only colons", ":".repeat(65_507)],
  ["only commas in the tags", `n:1|c|#${",".repeat(65_499)}`],
  ["a number without end", `n:${"9".repeat(65_000)}|c`],
  ["a fraction without end", `n:0.${"0".repeat(65_000)}1|c`],
  ["an exponent without end", `n:1e${"9".repeat(65_000)}|c`],
  ["an event header without end", `_e{${"9".repeat(65_000)}`],
])("a datagram with %s agrees with the naive model", (_name, bytes) => {
  const shard = new SmallShard({ keyBytesMax: 100_000 });
  const naive = new Naive();
  shard.ingest(bytes);
  naive.ingest(bytes);
  const counted = shard.counted();
  expect({ lines: counted.lines, accepted: counted.accepted, rejected: [...shard.rejected] }).toEqual({
    lines: naive.lines,
    accepted: naive.accepted,
    rejected: [...naive.rejected],
  });
});

test.each([
  ["digits and a letter", `${"9".repeat(65_000)}x`],
  ["digits, a point, digits and a letter", `${"9".repeat(32_000)}.${"9".repeat(32_000)}x`],
  ["an exponent and a letter", `1e${"9".repeat(64_000)}x`],
  ["many signs", "+-".repeat(32_000)],
  ["many points", ".".repeat(65_000)],
  ["many words", "inf".repeat(21_000)],
])("a hostile number of 65,000 bytes costs microseconds, not seconds: %s", (_name, text) => {
  const shard = new SmallShard();
  const start = performance.now();
  for (let i = 0; i < 5; i++) shard.ingest(`n:${text}|c`);
  // A quadratic reader needs ten seconds for each; a linear one less than a millisecond.
  expect(performance.now() - start).toBeLessThan(10_000);
  expect([...shard.rejected]).toEqual([["bad_value", 5]]);
});

test("bytes left in memory by an earlier, longer datagram are not read again", () => {
  const shard = new SmallShard();
  shard.ingest("aaaa:1234567|c|#tag:one,tag:two\nbbbb:1|c");
  shard.ingest("aaaa:1");
  shard.ingest("aaaa:1|");
  shard.ingest("aaaa:12|c");
  shard.ingest("");
  expect([...shard.cells.keys()].sort()).toEqual(["c|aaaa|", "c|aaaa|tag:one,tag:two", "c|bbbb|"]);
  expect(shard.tally.counterSum(shard.cell("c", "aaaa"))).toBe(12);
  expect([...shard.rejected]).toEqual([
    ["no_type", 1],
    ["bad_type", 1],
  ]);
});

test("a line reads the same at every offset of the input and whatever bytes lie around it", () => {
  const line = "app.requests:12.5|c|@0.5|#env:prod,region:eu-west-1";
  for (let offset = 0; offset < 40; offset++) {
    const shard = new SmallShard();
    const at = shard.tally.inputOffset + offset;
    shard.tally.heap.fill(0x3a, shard.tally.inputOffset, shard.tally.inputOffset + 256);
    shard.tally.heap.set(Buffer.from(line), at);
    shard.tally.ingest(at, line.length);
    expect(shard.tally.counterSum(shard.cell("c", "app.requests", ["env:prod", "region:eu-west-1"]))).toBe(25);
  }
});

const PROTOCOL_BYTES = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...":|@#,cgmshdTe_{}\n\r019.+-eE") },
    fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  ),
  {
    maxLength: 80,
  },
);
const LINE = fc
  .record({
    name: fc.constantFrom("a", "b.c", "_e", "_sc", "é", ""),
    values: fc.array(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
        fc.constantFrom("", "+1", "-1", ".5", "5.", "1e3", "x", "nan"),
      ),
      { maxLength: 4 },
    ),
    type: fc.constantFrom("c", "g", "ms", "h", "d", "s", "x", "", "c:1", "c:", "ms|@0.5:2", "g|@x:1", "s:a:b"),
    second: fc.constantFrom("", "", "|c", "|ms|@0.1", "|g:3|h", "|x"),
    fields: fc.array(
      fc.constantFrom("#a:b,c", "#", "#c,a:b", "@0.5", "@2", "@", "T5", "T0", "c:ci-1", "card:low", "e:x", "", "zzz"),
      { maxLength: 4 },
    ),
  })
  .map(({ name, values, type, second, fields }) =>
    Buffer.from([`${name}:${values.join(":")}`, type + second, ...fields].join("|")).toString("latin1"),
  );

test.each([
  ["protocol bytes", PROTOCOL_BYTES.map((chars) => chars.join(""))],
  ["lines", fc.array(LINE, { maxLength: 6 }).map((lines) => lines.join("\n"))],
] as const)("any %s are read as the naive model reads them", (_name, datagrams) => {
  fc.assert(
    fc.property(datagrams, (datagram) => {
      const shard = new SmallShard();
      const naive = new Naive();
      shard.ingest(datagram);
      naive.ingest(datagram);
      expect(Object.fromEntries(shard.rejected)).toEqual(Object.fromEntries(naive.rejected));
      expect(shard.specials).toEqual(naive.specials);
      expect([...shard.cells.keys()].sort()).toEqual([...naive.series.keys()].sort());
      const counted = shard.counted();
      expect([counted.lines, counted.accepted]).toEqual([naive.lines, naive.accepted]);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});
