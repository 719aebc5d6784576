import { describe, expect, test } from "vitest";
import type { DialectMode, Dialects, NameDialect } from "../../src/model/dialect.ts";
import { NAME_DIALECTS } from "../../src/model/dialect.ts";
import { readNameTags } from "../../src/protocol/dialect.ts";

function all(mode: DialectMode, more: Partial<Dialects> = {}): Dialects {
  const modes = Object.fromEntries(NAME_DIALECTS.map((dialect) => [dialect, mode])) as Record<NameDialect, DialectMode>;
  return { dogstatsd: true, ...modes, ...more };
}

describe("auto reads what is well-formed as a whole", () => {
  test.each([
    ["foo#tag1=bar,tag2=baz", "foo", ["tag1:bar", "tag2:baz"]],
    ["foo,tag1=bar,tag2=baz", "foo", ["tag1:bar", "tag2:baz"]],
    ["foo;tag1=bar;tag2=baz", "foo", ["tag1:bar", "tag2:baz"]],
    ["foo.[tag1=bar,tag2=baz]test", "foo.test", ["tag1:bar", "tag2:baz"]],
    ["[tag1=bar,tag2=baz]foo.test", "foo.test", ["tag1:bar", "tag2:baz"]],
    ["foo.test[tag1=bar]", "foo.test", ["tag1:bar"]],
    ["foo,a=b=c", "foo", ["a:b=c"]],
    ["foo;a=b,c", "foo", ["a:b,c"]],
    ["foo#k=#1", "foo", ["k:#1"]],
    ["a b,\u043a=\u0437", "a b", ["\u043a:\u0437"]],
    ["__proto__,constructor=x", "__proto__", ["constructor:x"]],
  ])("%s is %s with %j", (sent, name, tags) => {
    expect(readNameTags(sent, all("auto"))).toEqual({ name, tags, errors: 0, isForced: false });
    expect(readNameTags(sent, all("true"))).toEqual({ name, tags, errors: 0, isForced: true });
    expect(readNameTags(sent, all("false"))).toBeUndefined();
  });
});

describe("auto leaves a name whole that merely holds the characters", () => {
  test.each([
    "plain.name",
    "issue#42",
    "rows,total",
    "a;b;c",
    "queue#",
    "foo,",
    "foo#a=b,",
    "foo,a=b,,c=d",
    "foo,a=b,c",
    "foo,=b",
    "foo,a=",
    "select a, b=c",
    "x=1,y=2",
    ",a=b",
    "#a=b",
    "[a=b]",
    "foo.[]test",
    "foo.[tag1,tag2]test",
    "[tag1=bar,tag2=bazfoo.test",
    "tag1=bar]foo,a=b",
    "]foo[a=b",
    "array[0]",
    "array[0],a=b",
    "foo;a=b#c=d;e",
  ])("%s", (name) => expect(readNameTags(name, all("auto"))).toBeUndefined());
});

describe("true reads as statsd_exporter does, and leaves out what is no key=value", () => {
  test.each([
    ["foo#tag1=bar,,tag2=baz", "foo", ["tag1:bar", "tag2:baz"], 1],
    ["foo#novalue", "foo", [], 1],
    ["foo,a=,b=1,=c", "foo", ["b:1"], 2],
    // Nothing behind the last separator is not looked at.
    ["foo#", "foo", [], 0],
    ["foo,a=b,", "foo", ["a:b"], 0],
    ["foo;a=b;;", "foo", ["a:b"], 1],
    ["foo.[]test", "foo.test", [], 0],
    ["foo.[a=b,]test", "foo.test", ["a:b"], 0],
    ["foo.[tag1,tag2]test", "foo.test", [], 2],
    ["foo[a=b]bar[c=d]", "foobar[c=d]", ["a:b"], 0],
    // One bracket, or two in the wrong order, keep the name, and the other dialects are not tried.
    ["[tag1=bar,tag2=bazfoo.test", "[tag1=bar,tag2=bazfoo.test", [], 1],
    ["]foo[a=b", "]foo[a=b", [], 1],
    // The first marker of a name decides.
    ["foo#a=b,c=d;e=f", "foo", ["a:b", "c:d;e=f"], 0],
    ["foo;a=b,c=d", "foo", ["a:b,c=d"], 0],
  ])("%s is %s with %j and %i errors", (sent, name, tags, errors) => {
    expect(readNameTags(sent, all("true"))).toEqual({ name, tags, errors, isForced: true });
  });

  test.each([",a=b", "#", "[a=b]", ""])("%j would leave no name, so it stays", (name) => {
    expect(readNameTags(name, all("true"))).toBeUndefined();
  });
});

test("a dialect that is off leaves its characters to the name, and to the others", () => {
  expect(readNameTags("foo#a=b,c=d", all("true", { librato: "false" }))).toMatchObject({
    name: "foo#a=b",
    tags: ["c:d"],
  });
  expect(readNameTags("[a=b]foo", all("true", { signalfx: "false" }))).toBeUndefined();
  expect(readNameTags("foo[a=b,c=d]", all("true", { signalfx: "false" }))).toMatchObject({
    name: "foo[a=b",
    tags: ["c:d]"],
  });
  for (const [sent, dialect] of [
    ["f#a=b", "librato"],
    ["f,a=b", "influxdb"],
    ["f;a=b", "graphite"],
    ["f[a=b]", "signalfx"],
  ] as const) {
    expect(readNameTags(sent, all("true", { [dialect]: "false" }))).toBeUndefined();
    expect(readNameTags(sent, all("false", { [dialect]: "true" }))).toMatchObject({ name: "f", tags: ["a:b"] });
  }
});
