import { expect, test } from "vitest";
import type { Series } from "../../../src/model/series.ts";
import { Unmapped } from "../../../src/output/prometheus/unmapped.ts";
import { seriesOf } from "../../support/prometheus.ts";

const NOTHING = {
  isDropped: false,
  name: undefined,
  tags: undefined,
  labels: [],
  tagsWin: false,
  treatment: undefined,
};

/** A series for which there is a rule, or none; "" = there are no rules at all. */
function bound(name: string, rule: number | "", epoch = 0): Series {
  return seriesOf(name, "counter", [], { ...(rule !== "" && { prometheus: { ...NOTHING, rule } }), epoch });
}

test("names without a rule are told, those with most series first", () => {
  const unmapped = new Unmapped();
  for (const name of ["a", "b", "b", "c"]) unmapped.note(bound(name, name === "c" ? 3 : -1));
  unmapped.note(bound("d", ""));
  expect(unmapped.report()).toEqual({
    names: [
      { name: "b", kind: "counter", series: 2 },
      { name: "a", kind: "counter", series: 1 },
    ],
    beyond: 0,
  });
});

test("a name of which some tags have a rule is told while others have none; rules that are read again may have one for it", () => {
  const unmapped = new Unmapped();
  unmapped.note(bound("a", -1));
  unmapped.note(bound("a", 0));
  expect(unmapped.report().names).toMatchObject([{ name: "a" }]);
  unmapped.note(bound("a", 0, 1));
  expect(unmapped.report().names).toEqual([]);
  unmapped.note(bound("a", -1, 1));
  unmapped.note(bound("a", "", 2));
  expect(unmapped.report().names).toEqual([]);
});

test("names are bounded in number and length", () => {
  const unmapped = new Unmapped();
  for (let index = 0; index < 1_500; index += 1) unmapped.note(bound(`${index}${"x".repeat(500)}`, -1));
  const { names, beyond } = unmapped.report();
  expect([names.length, beyond, names[0]?.name.length]).toEqual([1_000, 500, 200]);
});
