import { expect, test } from "vitest";
import { load, problems } from "./support.ts";

const file = (path: string): string => `web: {metrics_path: ${JSON.stringify(path)}}`;

test.each(["/metrics", "/", "/a/b-c_d.e~f", "/m/"])("the page for scrapers may be at %s", (path) => {
  expect(load({ file: file(path) }).config.web.metricsPath).toBe(path);
});

test.each(["metrics", "//", "/a//b", "/api", "/api/x", "/-/ready", "/-", "/a b", "/ä", "/a?b", `/${"a/".repeat(30)}!`])(
  "and not at %s",
  (path) => {
    expect(problems({ file: file(path) })).toEqual(["is no path that is free"]);
  },
);
