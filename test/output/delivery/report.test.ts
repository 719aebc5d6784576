import { describe, expect, it } from "vitest";
import { errorText, quote } from "../../../src/output/delivery/report.ts";

const coded = (message: string, code: string, cause?: Error): Error =>
  Object.assign(new Error(message, { cause }), { code });

describe("the text of an error", () => {
  it("names each code once, with the message and its causes", () => {
    expect(errorText(coded("connect ECONNREFUSED 127.0.0.1:9", "ECONNREFUSED"), [])).toBe(
      "connect ECONNREFUSED 127.0.0.1:9",
    );
    expect(errorText(coded("no such name", "ERR_NAME", new Error("because")), [])).toBe(
      "ERR_NAME: no such name; because",
    );
  });

  it("holds no secret and no control character", () => {
    expect(errorText(new Error("wrong: token-1234\nin a line"), ["token-1234"])).toBe("wrong: [redacted] in a line");
  });
});

it("a quotation of a text that was cut in the middle of a key does not reach to its end", () => {
  const cut = `${"\n".repeat(4_076)}token-1234-token-123`;
  expect(quote(cut, ["token-1234-token-1234"])).toBe(" ");
});
