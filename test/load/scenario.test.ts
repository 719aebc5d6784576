import { describe, expect, it } from "vitest";
import type { MixPart } from "../../src/load/mix.ts";
import { formatMix, interleave, parseMix } from "../../src/load/mix.ts";
import type { ScenarioOptions } from "../../src/load/scenario.ts";
import { makeScenario, TAGS_MAX } from "../../src/load/scenario.ts";

function mixOf(text: string): readonly MixPart[] {
  const mix = parseMix(text);
  if (!mix.ok) throw new Error(mix.error);
  return mix.value;
}

const OPTIONS: ScenarioOptions = {
  seed: 5,
  series: 40,
  mix: mixOf("c:5,g:2,ms:2,s:1"),
  tags: 2,
  linesPerDatagram: Infinity,
  datagramBytes: 1_432,
  lines: 400,
  prefix: "x",
};

describe("a mix", () => {
  it("is read with its shares", () => {
    expect(mixOf("c:60, g:15,s")).toEqual([
      { wire: "c", weight: 60 },
      { wire: "g", weight: 15 },
      { wire: "s", weight: 1 },
    ]);
    expect(formatMix(mixOf("c:60,h:0,d:1"))).toBe("c:60,d:1");
  });

  it.each([
    ["", "is not TYPE:SHARE"],
    ["c:60;g:40", "is not TYPE:SHARE"],
    ["c:-1", "is not TYPE:SHARE"],
    ["c:0x10", "is not TYPE:SHARE"],
    ["x:1", "choose from c, g, s, h, ms, d"],
    ["c:1,c:2", "c is given twice"],
    ["c:0,g:0", "every share is 0"],
    ["c:9999,g:2", "at most 10000"],
  ])("%j is refused: %s", (text, problem) => {
    const mix = parseMix(text);
    expect(mix.ok ? "read" : mix.error).toContain(problem);
  });

  it("is spread evenly, with the exact shares, in the shortest cycle", () => {
    expect(interleave(mixOf("c:50,g:50"))).toEqual(["c", "g"]);
    const cycle = interleave(mixOf("c:60,g:15,ms:15,h:5,d:5"));
    expect(cycle).toHaveLength(20);
    expect(cycle.filter((wire) => wire === "c")).toHaveLength(12);
    expect(cycle.join(" ")).not.toContain("c c c c");
  });
});

describe("the load scenario", () => {
  it("is the same bytes for the same seed, and others for another", () => {
    expect(makeScenario(OPTIONS).datagrams).toEqual(makeScenario(OPTIONS).datagrams);
    expect(makeScenario({ ...OPTIONS, seed: 6 }).datagrams).not.toEqual(makeScenario(OPTIONS).datagrams);
  });

  it("knows exactly what it sends, however often each datagram went", () => {
    const scenario = makeScenario(OPTIONS);
    const times = Uint32Array.from(scenario.datagrams, (_, i) => (i * 7) % 4);
    const counted = new Map<string, { samples: number; sum: number }>();
    let lines = 0;
    for (const [i, datagram] of scenario.datagrams.entries()) {
      for (const line of datagram.toString().split("\n")) {
        const [, name = "", value = ""] = /^([^:]+):(\d+)\|/.exec(line) ?? [];
        const total = counted.get(name) ?? { samples: 0, sum: 0 };
        const count = times[i] as number;
        lines += count;
        counted.set(name, { samples: total.samples + count, sum: total.sum + Number(value) * count });
      }
    }
    const totals = scenario.totals(times);
    expect(scenario.lines(times)).toBe(lines);
    expect(totals.size).toBe([...counted.values()].filter(({ samples }) => samples > 0).length);
    for (const { name, wire, samples, value } of totals.values()) {
      expect(samples).toBe(counted.get(name)?.samples);
      if (wire === "c" || wire === "ms") expect(value).toBe(counted.get(name)?.sum);
    }
  });

  it("counts the members of sets, and the last value of gauges", () => {
    const scenario = makeScenario({ ...OPTIONS, series: 2, mix: mixOf("s,g"), lines: 2_000 });
    const totals = scenario.totals(Uint32Array.from(scenario.datagrams, () => 3));
    expect([...totals.values()].map(({ wire, value }) => [wire, value]).toSorted()).toEqual([
      ["g", 1],
      ["s", 16],
    ]);
  });

  it.each([
    { linesPerDatagram: Infinity, datagramBytes: 1_432 },
    { linesPerDatagram: 1, datagramBytes: 1_432 },
    { linesPerDatagram: 20, datagramBytes: 8_192 },
    { linesPerDatagram: 20, datagramBytes: 300 },
    { linesPerDatagram: Infinity, datagramBytes: 10 },
  ])("fills datagrams up to whichever limit comes first: %j", (limits) => {
    const { datagrams, linesIn } = makeScenario({ ...OPTIONS, ...limits });
    expect(linesIn.reduce((a, b) => a + b)).toBe(400);
    for (const [i, datagram] of datagrams.entries()) {
      const lines = datagram.toString().split("\n");
      expect(lines).toHaveLength(linesIn[i] as number);
      expect(lines.length).toBeLessThanOrEqual(limits.linesPerDatagram);
      if (lines.length > 1) expect(datagram.length).toBeLessThanOrEqual(limits.datagramBytes);
    }
  });

  it("has every series in its first round", () => {
    const { datagrams, roundDatagrams } = makeScenario({ ...OPTIONS, linesPerDatagram: 7 });
    const names = datagrams.slice(0, roundDatagrams).flatMap((datagram) => datagram.toString().match(/\d+(?=:)/g));
    expect(new Set(names).size).toBe(40);
    expect(roundDatagrams).toBe(6);
  });

  it("gives each line as many tags as asked, the same ones to a series each time", () => {
    for (const tags of [0, 1, TAGS_MAX]) {
      const { datagrams } = makeScenario({ ...OPTIONS, tags });
      const sections = new Map<string, string>();
      for (const line of datagrams.flatMap((datagram) => datagram.toString().split("\n"))) {
        const [name, section] = [line.slice(0, line.indexOf(":")), line.split("|#")[1] ?? ""];
        expect(section === "" ? 0 : section.split(",").length).toBe(tags);
        expect(sections.get(name) ?? section).toBe(section);
        sections.set(name, section);
      }
    }
  });

  it("can share names among series, which a tag tells apart", () => {
    const { datagrams, roundDatagrams } = makeScenario({ ...OPTIONS, series: 40, names: 8, mix: mixOf("c") });
    const keys = datagrams.slice(0, roundDatagrams).flatMap((datagram) => datagram.toString().split("\n"));
    const series = new Set(keys.map((line) => line.replace(/:\d+\|c/, "")));
    expect([series.size, new Set(keys.map((line) => line.split(":")[0])).size]).toEqual([40, 8]);
  });
});
