import { describe, expect, test } from "vitest";
import type { Event } from "../../src/model/event.ts";
import { parseEvent } from "../../src/protocol/event.ts";

const PLAIN: Event = {
  title: "title",
  text: "text",
  timestamp: null,
  hostname: null,
  aggregationKey: "",
  priority: "normal",
  alertType: "info",
  sourceType: "",
  tags: [],
};

function accepts(line: string, want: Partial<Event>): void {
  expect(parseEvent(Buffer.from(line))).toEqual({ ...PLAIN, ...want });
}

describe("an event is read", () => {
  test.each<[string, Partial<Event>]>([
    ["_e{5,4}:title|text", {}],
    ["_e{1,1}:a|b", { title: "a", text: "b" }],
    ["_e{5,0}:title|", { text: "" }],
    ["_e{0005,+4}:title|text", {}],
    ["_e{5,4}:title|text|", {}],
    ["_e{5,4}:title|text|d:21", { timestamp: 21 }],
    ["_e{5,4}:title|text|d:-5", { timestamp: -5 }],
    ["_e{5,4}:title|text|d:0", {}],
    ["_e{5,4}:title|text|d:soon", {}],
    ["_e{5,4}:title|text|p:low", { priority: "low" }],
    ["_e{5,4}:title|text|p:LOW", {}],
    ["_e{5,4}:title|text|t:success", { alertType: "success" }],
    ["_e{5,4}:title|text|t:fatal", {}],
    ["_e{5,4}:title|text|h:web|k:key|s:source", { hostname: "web", aggregationKey: "key", sourceType: "source" }],
    ["_e{5,4}:title|text|h:a|h:b", { hostname: "b" }],
    ["_e{5,4}:title|text|#a,b:c", { tags: ["a", "b:c"] }],
    ["_e{5,4}:title|text|#a|#b", { tags: ["b"] }],
    ["_e{5,4}:title|text|#a|#", { tags: [] }],
    ["_e{5,4}:title|text|c:ci-x|e:it-false|card:low|new:field", {}],
    ["_e{5,4}:titleXtext", {}],
    ["_e{5,4]:title|text", {}],
    ["_e{5,4}:title|textjunk|p:low", { priority: "low" }],
    ["_e{10,10}:event title|test\\ntext", { title: "event titl", text: "|test\ntex" }],
  ])("%s", accepts);
});

test("lengths are UTF-8 bytes of the text as sent, escapes not yet undone", () => {
  accepts("_e{6,7}:при|a\\n€b|p:low", { title: "при", text: "a\n€b", priority: "low" });
});

test("only the two characters backslash and n are an escape, in title and text", () => {
  accepts("_e{6,5}:ti\\ntl|a\\\\nb", { title: "ti\ntl", text: "a\\\nb" });
});

describe("no event", () => {
  test.each([
    "_e{",
    "_e{0,0}:a|a",
    "_e{0,4}:|text",
    "_e{10,10}:title|text",
    "_e{5,5}:title|text",
    "_e{a,1}:title|text",
    "_e{1,a}:title|text",
    "_e{5,-987}:title",
    "_e{-5,2}:abc",
    "_e{0001,-9876",
    "_e{5, 4}:title|text",
    "_e{54}:title|text",
    "_e{}:title|text,",
    "_e{9007199254740993,1}:a|b",
    "_e{99999999999999999999,1}:a|b",
  ])("%s", (line) => {
    expect(parseEvent(Buffer.from(line))).toBe("bad_event");
  });
});
