import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { filesIn, ROOT } from "../support/source-tree.ts";

const asked = process.env["TALLYD_REAL_PARTS"] === "1";
const isReady = asked && spawnSync("promtool", ["--version"]).status === 0;
if (!isReady) console.warn("Skipped: needs TALLYD_REAL_PARTS=1 and promtool (Debian: apt-get install prometheus).");

describe.skipIf(!isReady)("the real promtool", () => {
  const configs = filesIn("deploy/prometheus").filter(({ path }) => path.endsWith("prometheus.yml"));

  test.each(configs)("accepts $path", ({ path }) => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "config", path], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(`${status} ${stdout}${stderr}`).toMatch(/^0 [^]*SUCCESS/);
  });
});
