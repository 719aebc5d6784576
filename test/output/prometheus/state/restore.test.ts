import { appendFileSync, copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { OnPrometheus, Treatment } from "../../../../src/model/treatment.ts";
import { PLAIN } from "../../../../src/model/treatment.ts";
import { nativeBuckets, parseProtobuf } from "../../../support/client-model.ts";
import { parseExposition } from "../../../support/exposition.ts";
import { HOUR_MS, Life, START_MS, place } from "./life.ts";
import type { LifeOptions } from "./life.ts";

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const FORMATS = [undefined, OPEN_METRICS, PROTOBUF, "text/plain;version=1.0.0;escaping=dots"];
const MINUTE_MS = 60_000;

/** What a rule of a mapping says. */
function rule(treatment: Partial<Treatment>, more: Partial<OnPrometheus> = {}): OnPrometheus {
  const plain = { rule: 0, isDropped: false, name: undefined, tags: undefined, labels: [], tagsWin: false };
  return { ...plain, treatment: { ...PLAIN, ...treatment }, ...more };
}

/** A life that sent something and ended in order; the next one. */
async function restarted(
  send: (life: Life) => void,
  { awayMs = MINUTE_MS, first = {}, second = {} }: { awayMs?: number; first?: LifeOptions; second?: LifeOptions } = {},
): Promise<Life> {
  const life = new Life(START_MS, first);
  send(life);
  await life.output.close(START_MS);
  return new Life(life.nowMs + awayMs, second);
}

describe("after a restart a series is on the page at once", () => {
  it("in every format, to the byte, with the time that it began", async () => {
    const options = { names: "utf8", createdSamples: true } as const;
    const first = new Life(START_MS, { options });
    first.send("http.hits", "counter", 50, ["http.route:/a", "b:2"]);
    first.send("http.hits", "counter", 7, ["b:3"]);
    first.send("depth", "gauge", -4.5);
    first.send("x_total", "counter", 1);
    first.send("x_total", "gauge", 2);
    first.time("wait", 700);
    first.send("size", "histogram", 3, [], { layout: 1 });
    first.send("rate", "counter", 4, [], { prometheus: rule({ help: "By a rule.", scale: 0.5 }, { name: "by_rule" }) });
    first.send("lag", "timer", 40, [], { layout: 2, prometheus: rule({}, { name: "lag" }) });
    const before = await Promise.all(FORMATS.map((accept) => first.page(accept)));
    await first.output.close(START_MS);
    const second = new Life(START_MS + MINUTE_MS, { options });
    const after = await Promise.all(FORMATS.map((accept) => second.page(accept)));
    expect(after.map(String)).toEqual(before.map(String));
    expect(before[0]?.toString()).toContain("x_total_gauge 2");
    expect(before[1]?.toString()).toContain(`"http.hits_created",b="2","http.route"="/a"} ${START_MS / 1000}`);
  });

  it("also when there are more of them than are remembered after their time to live", async () => {
    const second = await restarted(
      (life) => {
        for (let index = 0; index < 50; index += 1) life.send("hits", "counter", 1, [`n:${index}`]);
      },
      { first: { remainsMax: 10 }, second: { remainsMax: 10 } },
    );
    expect(await second.samples()).toHaveLength(50);
    expect(second.output.status().series.counter).toBe(50);
    expect(second.lines.join("\n")).toContain('"shown":50');
  });

  it("and the first sample goes on, without a word about names that became equal", async () => {
    const second = await restarted((life) => {
      life.send("hits", "counter", 5);
      life.send("depth", "gauge", 5);
      life.time("wait", 700);
    });
    second.send("hits", "counter", 2);
    second.send("depth", "gauge", "+2");
    second.time("wait", 100);
    expect(await second.samples()).toEqual(
      expect.arrayContaining(["hits_total 7", "depth 7", "wait_seconds_sum 0.8", "wait_seconds_count 2"]),
    );
    expect(second.output.status().notes).toMatchObject({ series_merged: 0 });
    second.send("hits", "counter", 1, [], { host: "" });
    expect(second.output.status().notes).toMatchObject({ series_merged: 1 });
  });

  it("but for sets, which count an interval, and quantiles, which are of what came since", async () => {
    const second = await restarted((life) => {
      life.send("users", "set", "alice");
      life.send("wait", "timer", 250);
    });
    const families = parseExposition(await second.page());
    expect([...families.keys()]).toEqual(["wait_seconds"]);
    const values = families.get("wait_seconds")?.samples.map(({ value }) => value);
    expect(values).toEqual([NaN, NaN, NaN, 0.25, 1]);
  });

  it("and stays the same series for other deliveries when it is sent again by the same rule", async () => {
    const sent = { prometheus: rule({ help: "By a rule.", quantiles: [0.5], ttlMs: HOUR_MS }), layout: 0 };
    const second = await restarted((life) => life.send("size", "histogram", 3, ["a:1"], sent));
    const births = (): number[] => {
      const { view } = second.output;
      return view.families().flatMap((family) => [...view.rowsOf(family)].map((row) => view.birthOf(row, family)));
    };
    const before = births();
    second.send("size", "histogram", 4, ["a:1"], sent);
    expect(births()).toEqual(before);
    expect(await second.samples()).toEqual([
      'size{a="1",quantile="0.5"} 4',
      'size_sum{a="1"} 7',
      'size_count{a="1"} 2',
    ]);
  });

  it("as far as the limit of series goes; the others go on when they are sent", async () => {
    const second = await restarted(
      (life) => {
        for (const name of ["a", "b", "c"]) {
          life.send(name, "counter", 5);
          life.tick(1_000);
        }
      },
      { second: { options: { seriesMax: 2 } } },
    );
    expect(await second.samples()).toEqual(["a_total 5", "b_total 5"]);
  });
});

describe("the time to live of a restored series", () => {
  it("goes on where it was", async () => {
    const second = await restarted(
      (life) => {
        life.send("old", "gauge", 1);
        life.send("hits", "counter", 1);
        life.tick(10 * MINUTE_MS);
        life.send("young", "gauge", 2);
      },
      { awayMs: 4 * MINUTE_MS },
    );
    expect((await second.samples()).toSorted()).toEqual(["hits_total 1", "old 1", "young 2"]);
    second.tick(2 * MINUTE_MS);
    expect((await second.samples()).toSorted()).toEqual(["hits_total 1", "young 2"]);
    second.tick(24 * HOUR_MS);
    expect(await second.samples()).toEqual([]);
    second.send("hits", "counter", 1);
    expect(await second.samples()).toEqual(["hits_total 2"]);
  });

  it("may be over: then it is not shown, and goes on when it comes back", async () => {
    const second = await restarted(
      (life) => {
        life.send("depth", "gauge", 1);
        life.send("hits", "counter", 5);
        life.send("brief", "counter", 5, [], { prometheus: rule({ ttlMs: 1_000 }) });
      },
      { awayMs: HOUR_MS },
    );
    expect(await second.samples()).toEqual(["hits_total 5"]);
    second.send("brief", "counter", 1, [], { prometheus: rule({ ttlMs: 1_000 }) });
    second.send("depth", "gauge", "+1");
    expect(await second.samples()).toEqual(["hits_total 5", "brief_total 6", "depth 1"]);
  });

  it("is told by its last-seen gauge", async () => {
    const options = { lastSeen: "all" } as const;
    const second = await restarted(
      (life) => {
        life.send("hits", "counter", 5);
        life.tick(60_000);
        life.send("hits", "counter", 5);
      },
      { first: { options }, second: { options } },
    );
    expect(await second.samples()).toContain(`hits_total_last_seen_timestamp_seconds ${START_MS / 1000 + 60}`);
  });

  it("is not of a time that is yet to come, where the clock was set back", async () => {
    const second = await restarted(
      (life) => {
        life.tick(HOUR_MS);
        life.send("depth", "gauge", 5);
        life.send("hits", "counter", 5);
      },
      // A series that began in the future would be shown as 0 until then.
      { awayMs: -HOUR_MS, second: { options: { zeroFirstMs: 15_000 } } },
    );
    second.send("depth", "gauge", 1);
    second.tick(15_000);
    expect(await second.samples()).toEqual(["hits_total 5", "depth 1"]);
  });
});

describe("what is sent by the rules of now", () => {
  it("takes its name from a restored series of another type that nobody sends", async () => {
    const second = await restarted((life) => {
      life.send("x_total", "counter", 5);
      life.send("wait", "timer", 5);
      life.send("y", "gauge", 5);
    });
    second.send("x_total", "gauge", 1);
    second.time("wait", 700);
    // In OpenMetrics its family is called y.
    second.send("y", "counter", 1);
    expect(await second.samples()).toEqual([
      "x_total 1",
      ...['le="0.5"', 'le="1.0"', 'le="1e+06"', 'le="+Inf"'].map(
        (bound, index) => `wait_seconds_bucket{${bound}} ${index === 0 ? 0 : 1}`,
      ),
      "wait_seconds_sum 0.7",
      "wait_seconds_count 1",
      "y_total 1",
    ]);
    expect(second.output.status()).toMatchObject({ dropped: { type_conflict: 0 }, notes: { families_renamed: 0 } });
  });

  it("takes it also when some of the restored series are gone by then", async () => {
    const brief = { prometheus: rule({ ttlMs: HOUR_MS }) };
    const second = await restarted((life) => {
      life.send("x_total", "counter", 5, ["a:1"], brief);
      life.send("x_total", "counter", 5, ["a:2"]);
    });
    second.tick(2 * HOUR_MS);
    second.send("x_total", "gauge", 1);
    expect(await second.samples()).toEqual(["x_total 1"]);
  });

  it("takes no name from a family of which a series has been sent since", async () => {
    const second = await restarted((life) => {
      life.send("x_total", "counter", 5, ["a:1"]);
      life.send("x_total", "counter", 5, ["a:2"]);
    });
    second.send("x_total", "counter", 1, ["a:2"]);
    second.send("x_total", "gauge", 1);
    expect((await second.samples()).toSorted()).toEqual(["x_total_gauge 1", 'x_total{a="1"} 5', 'x_total{a="2"} 6']);
    expect(second.output.status().notes).toMatchObject({ families_renamed: 1 });
  });

  it("is shown as they say, with the numbers that it had", async () => {
    const second = await restarted((life) => {
      life.send("hits", "counter", 5, [], { prometheus: rule({ help: "Before.", ttlMs: HOUR_MS }) });
      life.send("size", "histogram", 3, [], { layout: 1, prometheus: rule({ quantiles: [0.1] }) });
    });
    second.send("hits", "counter", 2, [], { prometheus: rule({ help: "Now.", ttlMs: 1_000 }) });
    second.send("size", "histogram", 3, [], { layout: 1 });
    const page = (await second.page()).toString();
    expect(page).toContain("# HELP hits_total Now.\n# TYPE hits_total counter\nhits_total 7\n");
    expect(page).toContain("size_count 2\n");
    second.forget();
    second.tick(2_000);
    expect((await second.page()).toString()).not.toContain("hits_total");
  });

  it("goes on in the unit that it has, whichever comes first", async () => {
    const options = { naming: "exact", quantiles: [] } as const;
    const second = await restarted(
      (life) => {
        life.send("wait", "timer", 500);
        life.send("wait", "histogram", 2);
      },
      { first: { options }, second: { options } },
    );
    expect(await second.samples()).toEqual(["wait_sum 2.5", "wait_count 2"]);
    second.send("wait", "histogram", 3);
    expect(await second.samples()).toEqual(["wait_sum 5.5", "wait_count 3"]);
    second.send("wait", "timer", 250);
    expect(await second.samples()).toEqual(["wait_sum 5.75", "wait_count 4"]);
  });

  it("keeps its scale where another one comes, and begins anew with other bounds", async () => {
    const second = await restarted((life) => {
      life.send("hits", "counter", 5);
      life.send("size", "histogram", 3, [], { layout: 1 });
    });
    second.send("hits", "counter", 2, [], { prometheus: rule({ scale: 10 }) });
    second.send("size", "histogram", 3, [], { layout: 0 });
    expect(await second.samples()).toEqual([
      "hits_total 25",
      'size{quantile="0.5"} 3',
      'size{quantile="0.9"} 3',
      'size{quantile="0.99"} 3',
      "size_sum 3",
      "size_count 1",
    ]);
    expect(second.output.status().dropped).toMatchObject({ layout_conflict: 0, type_conflict: 0 });
  });

  it.each([
    ["naming", { naming: "exact" }],
    ["names", { names: "utf8" }],
    ["last_seen", { lastSeen: "gauges" }],
    ["target_info", { targetInfo: true, globalTags: ["env:prod"] }],
  ] as const)(
    "decides alone where %s is another one: what is called as before goes on when it is sent",
    async (_key, options) => {
      const second = await restarted(
        (life) => {
          life.send("depth_total", "counter", 5);
          life.send("gone", "counter", 5);
        },
        { second: { options } },
      );
      expect(await second.samples()).toEqual(
        options === undefined || !("targetInfo" in options) ? [] : ['target_info{env="prod"} 1'],
      );
      second.send("depth_total", "counter", 1);
      expect(await second.samples()).toContain("depth_total 6");
    },
  );
});

describe("native histograms", () => {
  const options = { native: { mode: "beside", bucketsMax: 160 } } as const;
  const send = (life: Life, ...values: number[]): void => {
    for (const value of values) life.send("size", "histogram", value, [], { layout: 1 });
  };
  const shown = async (life: Life): Promise<unknown> => {
    const [family] = parseProtobuf(await life.page(PROTOBUF));
    const histogram = family?.metric[0]?.histogram;
    return {
      sampleCount: histogram?.sampleCount,
      sampleSum: histogram?.sampleSum,
      zeroCount: histogram?.zeroCount,
      positive: nativeBuckets(histogram?.positiveSpan, histogram?.positiveDelta),
      negative: nativeBuckets(histogram?.negativeSpan, histogram?.negativeDelta),
    };
  };

  it.each([
    ["few", [3, 0, -7, 0.25, 3]],
    ["many", Array.from({ length: 300 }, (_, index) => (index - 100) * 1.37)],
  ])("go on over a restart and after their time to live, bucket by bucket: of %s values", async (_many, values) => {
    const first = new Life(START_MS, { options });
    send(first, ...values);
    const before = await shown(first);
    first.forget();
    first.tick(25 * HOUR_MS);
    send(first, 3);
    const after = await shown(first);
    expect(after).toMatchObject({ sampleCount: values.length + 1 });
    await first.output.close(START_MS);
    const second = new Life(first.nowMs + MINUTE_MS, { options });
    expect(await shown(second)).toEqual(after);
    send(first, -3, 100);
    send(second, -3, 100);
    expect(await shown(second)).toEqual(await shown(first));
    expect(before).toMatchObject({ sampleCount: values.length });
  });

  it("begin anew where they are turned on: values that were not kept would be missing in them", async () => {
    const second = await restarted((life) => send(life, 3), { second: { options } });
    send(second, 3);
    expect(await second.samples()).toContain("size_count 1");
    expect(await shown(second)).toMatchObject({ sampleCount: 1 });
  });
});

it("what a counter was asked to fall is counted once, however often it comes back", async () => {
  const second = await restarted((life) => {
    life.send("hits", "counter", 5);
    life.send("hits", "counter", -2);
    life.forget();
    life.tick(25 * HOUR_MS);
    expect(life.output.status().dropped).toMatchObject({ negative_increment: 2 });
    life.send("hits", "counter", 1);
    life.tick(1_000);
    expect(life.output.status().dropped).toMatchObject({ negative_increment: 2 });
  });
  second.tick(1_000);
  expect(await second.samples()).toEqual(["hits_total 6"]);
  expect(second.output.status().dropped).toMatchObject({ negative_increment: 0 });
});

describe("a state file", () => {
  it("of an earlier version is kept beside, and one is begun anew", async () => {
    writeFileSync(place.path, "TALLYDS1 and what it held");
    const life = new Life(START_MS);
    expect(life.lines.join("\n")).toContain("it is kept as");
    life.send("hits", "counter", 1);
    await life.samples();
    expect(readFileSync(`${place.path}.broken`, "utf8")).toContain("TALLYDS1");
    expect(readFileSync(place.path, "latin1")).toContain("TALLYDS2");
  });

  it("is gone on with by the next process: what has not changed is not written again", async () => {
    const second = await restarted((life) => {
      for (let index = 0; index < 500; index += 1) life.send("hits", "counter", 1, [`n:${index}`]);
    });
    const { ino, size } = statSync(place.path);
    await second.samples();
    expect(statSync(place.path)).toMatchObject({ ino, size });
    second.send("hits", "counter", 1, ["n:7"]);
    await second.samples();
    expect(statSync(place.path).ino).toBe(ino);
    expect(statSync(place.path).size - size).toBeLessThan(1_000);
    await second.output.close(START_MS);
    const samples = await new Life(second.nowMs + 1).samples();
    expect(samples).toHaveLength(500);
    expect(samples).toContain('hits_total{n="7"} 2');
  });

  it("is written anew where its end was cut off", async () => {
    await restarted((life) => life.send("hits", "counter", 1));
    truncateSync(place.path, statSync(place.path).size - 1);
    const second = new Life(START_MS + HOUR_MS);
    second.send("hits", "counter", 5);
    expect(await second.samples()).toEqual(["hits_total 5"]);
    expect(await new Life(second.nowMs + 1).samples()).toEqual(["hits_total 5"]);
  });

  it("is written anew where somebody else has written to it since it was read", async () => {
    const second = await restarted((life) => life.send("hits", "counter", 1));
    appendFileSync(place.path, "x");
    second.send("hits", "counter", 5);
    expect(await second.samples()).toEqual(["hits_total 6"]);
    expect(await new Life(second.nowMs + 1).samples()).toEqual(["hits_total 6"]);
  });

  it("may be an empty one, as a container's volume brings it", async () => {
    writeFileSync(place.path, "");
    const life = new Life(START_MS);
    life.send("hits", "counter", 1);
    await life.output.close(START_MS);
    expect(await new Life(START_MS + 1).samples()).toEqual(["hits_total 1"]);
  });
});

/** A crash at this moment: what a next life shows of the file as it is. */
async function afterCrash(now: Life): Promise<Map<string, number>> {
  const copy = `${place.path}.crash`;
  copyFileSync(place.path, copy);
  return numbersOf((await new Life(now.nowMs + 1, { stateFile: copy }).page()).toString());
}

function numbersOf(page: string): Map<string, number> {
  const lines = page
    .split("\n")
    .slice(0, -1)
    .filter((line) => !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

it("a crash takes nothing back that a page has shown, also of a long page during which samples came", async () => {
  const life = new Life(START_MS);
  const tags = (index: number): string[] => [`n:${index}`, `pad:${"x".repeat(1_500)}`];
  const sendAll = (): void => {
    for (let index = 0; index < 1_000; index += 1) life.send("hits", "counter", 1, tags(index));
  };
  sendAll();
  life.tick(1_000);
  life.stepMs = 1;
  let page = "";
  let rounds = 0;
  for await (const piece of life.output.render(undefined, []).pieces) {
    page += Buffer.from(piece).toString();
    const kept = await afterCrash(life);
    for (const [series, shown] of numbersOf(page)) expect(kept.get(series)).toBeGreaterThanOrEqual(shown);
    sendAll();
    life.tick(1_000);
    rounds += 1;
    await nextTurn();
  }
  expect(rounds).toBeGreaterThan(4);
  // The last ones were shown with what came while the page was being written.
  expect([...numbersOf(page).values()].at(-1)).toBeGreaterThan(4);
});
