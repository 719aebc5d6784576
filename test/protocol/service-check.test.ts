import { describe, expect, test } from "vitest";
import type { ServiceCheck } from "../../src/model/event.ts";
import type { Sent } from "../../src/model/origin.ts";
import { NO_ORIGIN } from "../../src/policy/origin.ts";
import { parseServiceCheck } from "../../src/protocol/service-check.ts";

const PLAIN: ServiceCheck = { name: "a.up", status: 0, timestamp: null, hostname: null, message: "", tags: [] };

describe("a service check is read", () => {
  test.each<[string, Partial<Sent<ServiceCheck>>]>([
    ["_sc|a.up|0", {}],
    ["_sc|a.up|3", { status: 3 }],
    ["_sc|a.up|0|", {}],
    [
      "_sc|Redis connection|2|#env:dev|m:timed out after 10s",
      { name: "Redis connection", status: 2, tags: ["env:dev"], message: "timed out after 10s" },
    ],
    ["_sc|a.up|0|d:21|h:web|#a:b,c|m:fine", { timestamp: 21, hostname: "web", tags: ["a:b", "c"], message: "fine" }],
    ["_sc|a.up|0|m:first|#a|m:last", { message: "last", tags: ["a"] }],
    ["_sc|a.up|0|m:a:b:c", { message: "a:b:c" }],
    ["_sc|a.up|0|d:21|d:never|h:a|h:b|m:first|m:", { timestamp: 21, hostname: "b" }],
    ["_sc|a.up|0|m:line\\nbreak", { message: "line\\nbreak" }],
    ["_sc|a.up|0|m:disk | h:evil", { message: "disk " }],
    ["_sc|a.up|0|d:never|u:unknown|c:ci-x|p:low", { origin: { ...NO_ORIGIN, containerId: "x" } }],
  ])("%s", (line, want) => {
    expect(parseServiceCheck(Buffer.from(line))).toEqual({ ...PLAIN, ...want });
  });
});

describe("no service check", () => {
  test.each([
    "_sc|",
    "_sc||",
    "_sc||0",
    "_sc|a.up",
    "_sc|a.up|",
    "_sc|a.up|OK",
    "_sc|a.up|4",
    "_sc|a.up|00",
    "_sc|a.up|-1",
    "_sc|a.up|0 |",
  ])("%s", (line) => {
    expect(parseServiceCheck(Buffer.from(line))).toBe("bad_service_check");
  });
});
