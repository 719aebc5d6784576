import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Origin } from "../../src/model/origin.ts";
import { NO_ORIGIN } from "../../src/policy/origin.ts";
import { parseOrigin } from "../../src/protocol/origin.ts";
import { decodeFields } from "../../src/protocol/text.ts";

describe("origin fields are read as the Agent reads them", () => {
  test.each<[string, Partial<Origin> | undefined]>([
    ["", undefined],
    ["x:y|#c:tag|@0.5", undefined],
    ["c:|e:|card:", undefined],
    ["c:7f", { containerId: "7f" }],
    ["c:ci-7f", { containerId: "7f" }],
    ["c:cid-7f", { containerId: "7f" }],
    ["c:in-42", { containerInode: "42" }],
    ["c:in-0042", { containerInode: "42" }],
    ["c:in-0", {}],
    ["c:in-abc", {}],
    ["c:in--1", {}],
    ["c:in-18446744073709551615", { containerInode: "18446744073709551615" }],
    ["c:in-18446744073709551616", {}],
    [`c:in-${"9".repeat(5_000)}`, {}],
    ["c:ci-7f,in-42", { containerId: "7f", containerInode: "42" }],
    ["c:7f,in-42", { containerInode: "42" }],
    ["c:cid-7f,ci-8e", { containerId: "8e" }],
    ["c:first|c:last", { containerId: "last" }],
    ["c:first|c:", undefined],
    ["e:it-true,cn-web,pu-u1", { isInitContainer: true, containerName: "web", podUid: "u1" }],
    ["e:pu-u1,xx-y,it-perhaps", { podUid: "u1" }],
    ["e:it-F", { isInitContainer: false }],
    ["e:cn-", {}],
    ["card:high", { cardinality: "high" }],
    ["card:every thing", { cardinality: "every thing" }],
    ["card:low|#t|c:7f", { cardinality: "low", containerId: "7f" }],
    ["C:7f|E:cn-x|Card:low", undefined],
  ])("%s", (text, want) => {
    expect(parseOrigin(text.split("|"))).toEqual(want === undefined ? undefined : { ...NO_ORIGIN, ...want });
  });
});

test("no bytes make it throw, and its text is valid Unicode", () => {
  const part = fc.oneof(fc.constantFrom("c:", "e:", "card:", "in-", "ci-", "it-", ",", "|", "9"), fc.string());
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(part).map((parts) => Buffer.from(parts.join(""))),
  );
  fc.assert(
    fc.property(bytes, (line) => {
      for (const text of Object.values(parseOrigin(decodeFields(line)) ?? {})) {
        if (typeof text === "string") expect(text.isWellFormed()).toBe(true);
      }
    }),
  );
});
