import { describe, expect, test } from "vitest";
import { NO_ORIGIN } from "../../src/policy/origin.ts";
import type { SentEvent } from "../../src/protocol/event.ts";
import { parseEvent } from "../../src/protocol/event.ts";

const PLAIN: SentEvent = {
  title: "title",
  text: "text",
  timestamp: null,
  hostname: null,
  aggregationKey: "",
  priority: "normal",
  alertType: "info",
  sourceType: "",
  tags: [],
  origin: undefined,
  isMended: false,
};

function accepts(line: string, want: Partial<SentEvent>): void {
  expect(parseEvent(Buffer.from(line))).toEqual({ ...PLAIN, ...want });
}

describe("an event is read", () => {
  test.each<[string, Partial<SentEvent>]>([
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
    ["_e{5,4}:title|text|h:a|h:", { hostname: null }],
    ["_e{5,4}:title|text|p:low|p:urgent", { priority: "low" }],
    ["_e{5,4}:title|text|p:low|p:normal", { priority: "normal" }],
    ["_e{5,4}:title|text|t:error|t:", { alertType: "error" }],
    ["_e{5,4}:title|text|d:21|d:soon|d:", { timestamp: 21 }],
    ["_e{5,4}:title|text|d:21|d:0", { timestamp: null }],
    ["_e{5,4}:title|text|d:00000000000000000000021", { timestamp: 21 }],
    ["_e{5,4}:title|text|#a,b:c", { tags: ["a", "b:c"] }],
    ["_e{5,4}:title|text|#a|#b", { tags: ["b"] }],
    ["_e{5,4}:title|text|#a|#", { tags: [] }],
    [
      "_e{5,4}:title|text|c:ci-x|e:it-false|card:low|new:field",
      { origin: { ...NO_ORIGIN, containerId: "x", isInitContainer: false, cardinality: "low" } },
    ],
    ["_e{5,4}:titleXtext", {}],
    ["_e{5,4]:title|text", {}],
    ["_e{5,4}:title|textjunk|p:low", { priority: "low" }],
    ["_e{5,4}:title|textp:low|t:error", { priority: "low", alertType: "error" }],
    ["_e{5,4}:title|text#a:b", { tags: ["a:b"] }],
    ["_e{1,1}:|||h:web", { title: "|", text: "|", hostname: "web" }],
    ["_e{00000000000000000000005,4}:title|text", {}],
    ["_e{10,10}:event title|test\\ntext", { title: "event titl", text: "|test\ntex" }],
  ])("%s", accepts);
});

test("lengths are UTF-8 bytes of the text as sent, escapes not yet undone", () => {
  accepts("_e{6,7}:при|a\\n€b|p:low", { title: "при", text: "a\n€b", priority: "low" });
});

test("only the two characters backslash and n are an escape, in title and text", () => {
  accepts("_e{6,5}:ti\\ntl|a\\\\nb", { title: "ti\ntl", text: "a\\\nb" });
});

describe("lengths in characters are mended where bytes do not end at pipes", () => {
  test.each<[string, Partial<SentEvent>]>([
    ["_e{3,2}:\u00e9t\u00e9|ok", { title: "\u00e9t\u00e9", text: "ok" }],
    ["_e{3,2}:\u00e9t\u00e9|ok|p:low", { title: "\u00e9t\u00e9", text: "ok", priority: "low" }],
    ["_e{1,4}:a|\u20ac\\nb|#x", { title: "a", text: "\u20ac\nb", tags: ["x"] }],
    // UTF-16 units, as JavaScript, Java and C# count.
    ["_e{2,2}:\u{1f600}|ok", { title: "\u{1f600}", text: "ok" }],
    // Code points, as Python counts.
    ["_e{1,2}:\u{1f600}|ok|h:web", { title: "\u{1f600}", text: "ok", hostname: "web" }],
    ["_e{3,0}:\u00e9t\u00e9|", { title: "\u00e9t\u00e9", text: "" }],
  ])("%s", (line, want) => accepts(line, { ...want, isMended: true }));

  test.each<[string, Partial<SentEvent>]>([
    ["_e{5,2}:\u00e9t\u00e9|ok", { title: "\u00e9t\u00e9", text: "ok" }],
    // Neither ends at pipes: bytes, as in the Agent.
    ["_e{4,2}:\u00e9t\u00e9|ok", { title: "\u00e9t\ufffd", text: "|o" }],
    ["_e{1,1}:ab|cd", { title: "a", text: "|" }],
  ])("not: %s", accepts);
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
