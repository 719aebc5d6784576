import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PageQueryError, parsePageQuery } from "../../../src/output/prometheus/query.ts";
import { parseExposition } from "../../support/exposition.ts";
import { hostileSeries, sendHostile } from "../../support/hostile-series.ts";
import { Bench, seriesOf } from "../../support/prometheus.ts";

function shop(): Bench {
  const bench = new Bench();
  bench.send(seriesOf("hits", "counter", ["route:/a", "code:200"]), 1);
  bench.send(seriesOf("hits", "counter", ["route:/b", "code:500"]), 2);
  bench.send(seriesOf("hits", "counter"), 3);
  bench.send(seriesOf("depth", "gauge", ["route:/a"]), 4);
  bench.send(seriesOf("wait", "timer", ['path:say "hi"\n\\'], { layout: 2 }), 250);
  return bench;
}

const own = [
  {
    name: "tallyd_x_total",
    type: "counter" as const,
    help: "X.",
    samples: [
      { labels: [["a", "1"]] as const, value: 1 },
      { labels: [], value: 2 },
    ],
  },
];

async function shown(search: string): Promise<string[]> {
  const page = await shop().bytes(own, undefined, parsePageQuery(search));
  return [...parseExposition(page).values()].flatMap(({ name, samples }) =>
    samples
      .filter((sample) => sample.name === name || sample.name === `${name}_count`)
      .map(({ labels }) => [name, ...labels.values()].join(" ")),
  );
}

const match = (...selectors: string[]): string =>
  selectors.map((one) => `match[]=${encodeURIComponent(one)}`).join("&");

describe("what a scraper asks for", () => {
  test.each([
    ["name[]=depth", ["depth /a"]],
    ["name[]=hits_total&name[]=depth", ["hits_total 200 /a", "hits_total 500 /b", "hits_total", "depth /a"]],
    ["name%5B%5D=wait_seconds_bucket", ['wait_seconds say "hi"\n\\']],
    ["name[]=tallyd_x_total", ["tallyd_x_total 1", "tallyd_x_total"]],
    ["name[]=absent", []],
    [match('hits_total{code="500"}'), ["hits_total 500 /b"]],
    [match("hits_total"), ["hits_total 200 /a", "hits_total 500 /b", "hits_total"]],
    [match('{route="/a"}'), ["hits_total 200 /a", "depth /a"]],
    [match('{__name__=~"hits.*",code!="200"}'), ["hits_total 500 /b", "hits_total"]],
    [match("{code=~'5..', route!~`/a|/c`}"), ["hits_total 500 /b"]],
    [match('{"depth", route!=""}'), ["depth /a"]],
    [match('{path="say \\"hi\\"\\n\\\\"}'), ['wait_seconds say "hi"\n\\']],
    [match('{code=~"\\\\d{3}",route="\\u002fa"}'), ["hits_total 200 /a"]],
    [match("depth", 'hits_total{code="200"}'), ["hits_total 200 /a", "depth /a"]],
    [match("wait_seconds_count"), ['wait_seconds say "hi"\n\\']],
    [match('{a="1"}'), ["tallyd_x_total 1"]],
    [`name[]=depth&${match('{route="/a"}')}`, ["depth /a"]],
    [
      "something=else&debug",
      [
        "tallyd_x_total 1",
        "tallyd_x_total",
        "hits_total 200 /a",
        "hits_total 500 /b",
        "hits_total",
        "depth /a",
        'wait_seconds say "hi"\n\\',
      ],
    ],
  ])("%s", async (search, want) => {
    expect(await shown(search)).toEqual(want);
  });

  test.each([
    ["match[]=", "it selects nothing"],
    [match("{}"), "it selects nothing"],
    [match("hits{"), "a label's name is expected at column 6"],
    [match("hits{a}"), "a needs an operator"],
    [match("hits{a=1}"), "a needs an operator and a quoted value"],
    [match('hits{a="1" b="2"}'), ", or } is expected at column 12"],
    [match("hits[5m]"), "there is something else at column 5"],
    [match('hits{a=~"("}'), "is not a regular expression"],
    [match('hits{a=~"\\d+"}'), "a backslash is written twice"],
    [match('hits{a="\\U00110000"}'), "a backslash is written twice"],
    ["shard=4&shards=4", "shard is a whole number from 0"],
    ["shard=1", "shard is a whole number from 0"],
    ["shards=0", "shards is a whole number from 1"],
    ["shards=1e9", "shards is a whole number from 1"],
    ["native=yes", "native is 1"],
    [Array.from({ length: 65 }, () => "match[]=a").join("&"), "at most 64 match[]"],
  ])("%s is refused with a reason", (search, reason) => {
    expect(() => parsePageQuery(search)).toThrow(PageQueryError);
    expect(() => parsePageQuery(search)).toThrow(reason);
  });
});

test("a selector may call a label as it was sent, or as older servers see it", async () => {
  const bench = new Bench({ names: "utf8" });
  for (const route of ["/a", "/b"]) bench.send(seriesOf("hits", "counter", [`http.route:${route}`]), 1);
  const routes = async (selector: string): Promise<string[]> =>
    [...(await bench.page([], undefined, parsePageQuery(match(selector)))).matchAll(/http_route="([^"]*)"/g)].map(
      ([, route = ""]) => route,
    );
  expect(await routes('{"http.route"="/a"}')).toEqual(["/a"]);
  expect(await routes('{http_route="/b"}')).toEqual(["/b"]);
  expect(await routes('{"http.route"!=""}')).toEqual(["/a", "/b"]);
});

test("shards are a partition: each family on one page, whole, whatever was received", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostileSeries, { maxLength: 20 }),
      fc.integer({ min: 1, max: 6 }),
      async (inputs, shards) => {
        const bench = new Bench();
        for (const input of inputs) sendHostile(bench, input);
        const whole = parseExposition(await bench.bytes());
        const parts = new Map<string, unknown>();
        for (let shard = 0; shard < shards; shard += 1) {
          const query = parsePageQuery(`shard=${shard}&shards=${shards}`);
          for (const [name, family] of parseExposition(await bench.bytes([], undefined, query))) {
            expect(parts.has(name)).toBe(false);
            parts.set(name, family);
          }
        }
        expect(parts).toEqual(whole);
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);

test("a selector and its opposite are a partition of the series of a family", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostileSeries, { maxLength: 20 }), async (inputs) => {
      const bench = new Bench();
      for (const input of inputs) sendHostile(bench, input);
      const count = async (search: string): Promise<number> =>
        (await bench.bytes([], undefined, parsePageQuery(search)))
          .toString()
          .split("\n")
          .filter((line) => /^[^#]/.test(line)).length;
      const [some, others, all] = [
        await count(match('{a=~"[ab:]+"}')),
        await count(match('{a!~"[ab:]+"}')),
        await count(""),
      ];
      expect(some + others).toBe(all);
    }),
    { numRuns: 200 },
  );
}, 60_000);

test("shards are of about one size", async () => {
  const bench = new Bench();
  for (let index = 0; index < 4000; index += 1) bench.send(seriesOf(`m${index}`, "gauge"), 1);
  for (let shard = 0; shard < 4; shard += 1) {
    const page = await bench.bytes([], undefined, parsePageQuery(`shard=${shard}&shards=4`));
    const { size } = parseExposition(page);
    expect(size).toBeGreaterThan(800);
    expect(size).toBeLessThan(1200);
  }
});
