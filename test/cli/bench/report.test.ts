import { describe, expect, it } from "vitest";
import { textOf } from "../../../src/cli/bench/format.ts";
import { pageOf } from "../../../src/cli/bench/page.ts";
import { bar, plot } from "../../../src/cli/bench/plot.ts";
import { GOOD, pointAt, reportOf } from "./support.ts";

const POINTS = [
  pointAt(100_000, 0, 12),
  pointAt(200_000, 0, 24),
  pointAt(400_000, 0.25, 130),
  pointAt(200_000, 0, 25, true),
];
const SEARCH = { points: POINTS, best: POINTS[3], limit: "server" } as const;

describe("the report", () => {
  it("says what was sent, what arrived, and that it passed", () => {
    expect(textOf(reportOf(GOOD)).split("\n")).toEqual([
      "load      udp://127.0.0.1:8125 by sendmmsg: 10,000 series (c:60,g:15,ms:15,h:5,d:5), 3 tags, 20.0 lines a datagram, 4 sockets",
      "rate      1,000 lines/s of 1,000 asked for, for 1.0 s",
      "sent      1,000 lines in 50 datagrams (68.4KiB)",
      "received  1,000 lines, 1,000 of them accepted",
      "lost      0 lines (0.000 %)",
      "server    0.01 s of CPU: 10,000 ns a line, 1.00 % of a core",
      "latency   p50 3.00 ms, p99 9.00 ms, at most 9.00 ms from send to the outputs (3 probes)",
      "sums      5 of 5 counters show exactly what was sent",
      "PASS: less than 0.1 % lost",
    ]);
  });

  it("names each place where lines were lost, and no other", () => {
    const text = textOf(
      reportOf({
        ...GOOD,
        lost: 60,
        lossRatio: 0.06,
        kernelDrops: 2,
        lostWhere: { kernel: 40, elsewhere: 0, rejected: { bad_value: 15 }, limited: { names: 5 }, withShard: 0 },
      }),
    );
    expect(text).toContain("40 dropped by the kernel, the receive buffer being full (2 datagrams)");
    expect(text).toContain("15 rejected: bad_value");
    expect(text).toContain("5 limited: names");
    expect(text).not.toContain("never read");
    expect(text).not.toContain("shard");
    expect(text).toContain("FAIL: 6.000 % of the lines were lost");
  });

  it("does not say that anything passed which was not verified", () => {
    const text = textOf(reportOf(undefined));
    expect(text).not.toContain("PASS");
    expect(text).toContain("nothing was verified");
  });

  it("fails where a search has confirmed nothing", () => {
    const report = reportOf(GOOD, { points: POINTS, best: undefined, limit: "server" });
    expect(report.ok).toBe(false);
    expect(textOf(report)).toContain("maximum   none was confirmed");
  });

  it("has a shape for programs that does not change unseen", () => {
    const report = reportOf(GOOD, SEARCH);
    expect(Object.keys(report)).toEqual([
      "tool",
      "shape",
      "version",
      "time",
      "load",
      "run",
      "search",
      "ok",
      "failures",
    ]);
    expect(report).toMatchObject({ tool: "tallyd bench", shape: 1, time: "2023-11-14T22:13:20.000Z", ok: true });
    expect(Object.keys(report.run)).toEqual(["rate", "reached", "seconds", "sent", "refused", "server"]);
    expect(Object.keys(report.run.server ?? {}).toSorted()).toEqual([
      "accepted",
      "cpu",
      "foreign",
      "kernelDrops",
      "latency",
      "lossRatio",
      "lost",
      "lostWhere",
      "received",
      "sums",
    ]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe("the plot", () => {
  it("has a row for each step by rate, in ASCII where nobody looks", () => {
    const text = plot(POINTS, false);
    // eslint-disable-next-line no-control-regex -- what is asked here is exactly that
    expect(text).toMatch(/^[\n -~]*$/);
    const rows = text.split("\n").slice(1);
    expect(rows.map((row) => /^ *([\d,]+)/.exec(row)?.[1])).toEqual(["100,000", "200,000", "200,000", "400,000"]);
    expect(rows.map((row) => row.split(" ").at(-1))).toEqual(["good", "good", "confirmed", "lossy"]);
    expect(rows[3]).toContain(`|${"#".repeat(20)}|`);
    expect(
      new Set(
        text
          .split("\n")
          .slice(1)
          .map((row) => row.lastIndexOf("|")),
      ).size,
    ).toBe(1);
  });

  it("draws eighths of a cell on a terminal", () => {
    expect(bar(0.5, true)).toBe("██████████          ");
    expect(bar(1 / 160, true).trimEnd()).toBe("▏");
    expect(bar(0.000_01, true).trimEnd()).toBe("▏");
    expect(bar(0, true).trim()).toBe("");
    expect(bar(7, true)).toBe("█".repeat(20));
    expect([bar(0.5, false), bar(0.001, false).trim(), bar(0, false).trim()]).toEqual([
      "##########          ",
      "#",
      "",
    ]);
  });
});

/** Fails unless all elements are closed in order: what a strict reader of XML would see. */
function checkNesting(page: string): string[] {
  const VOID = new Set(["meta"]);
  const open: string[] = [];
  const names: string[] = [];
  const body = page.replace(/<!doctype html>/, "").replace(/<style>[^]*?<\/style>/, "");
  for (const [, close, name = "", attributes = "", self] of body.matchAll(
    /<(\/?)([a-z0-9]+)((?:\s+[\w-]+(?:="[^"<]*")?)*)\s*(\/?)>/gi,
  )) {
    names.push(name);
    expect(attributes).not.toMatch(/\b(?:src|href|on\w+)=/i);
    if (close === "/") expect(open.pop()).toBe(name);
    else if (self !== "/" && !VOID.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
  // Every "<" is the beginning of an element that was read.
  expect(body.split("<").length - 1).toBe(names.length);
  return names;
}

describe("the page", () => {
  it("is whole, and loads nothing", () => {
    const page = pageOf(reportOf(GOOD, SEARCH));
    const names = checkNesting(page);
    expect(names).toContain("svg");
    expect(names).not.toContain("script");
    expect(page).toContain("default-src 'none'");
    expect(page).toContain("light-dark(");
    expect(page).not.toMatch(/https?:|url\(|@import/);
  });

  it("draws a dot for each step, loss and CPU, within the picture; lossy ones are told apart", () => {
    const page = pageOf(reportOf(GOOD, SEARCH));
    const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(page)?.map(Number) ?? [];
    const dots = [...page.matchAll(/<circle\s+class="(\w+)"\s+cx="([^"]+)"\s+cy="([^"]+)"[^]*?<title>([^<]*)/g)];
    const [loss, cpu] = [dots.slice(0, POINTS.length), dots.slice(POINTS.length)];
    expect(cpu).toHaveLength(POINTS.length);
    for (const [, kind, x, y, told] of dots) {
      expect(kind).toBe(told?.includes("25.000 % lost") ? "lossy" : "good");
      expect(Number(x)).toBeLessThan(width);
      expect(Number(y)).toBeLessThan(height);
    }
    const across = loss.map(([, , x]) => Number(x));
    expect(
      across.map((x) => x - (across[0] ?? 0)).map((x) => Math.round((x / ((across[2] ?? 0) - (across[0] ?? 0))) * 100)),
    ).toEqual([0, 50, 100, 50]);
    const [flat, high] = [loss[0]?.[3], loss[2]?.[3]];
    expect(loss.map(([, , , y]) => y)).toEqual([flat, flat, high, flat]);
    expect(Number(high)).toBeLessThan(Number(flat));
    expect(page).not.toContain("NaN");
  });

  it("draws the line through the best try of each rate, and marks the confirmed one where the sender got to", () => {
    const slow = { ...pointAt(400_000, 0, 60), reached: 200_000 };
    const points = [pointAt(100_000, 0, 12), pointAt(200_000, 0.5, 90), pointAt(200_000, 0, 24), slow];
    const page = pageOf(reportOf(GOOD, { points, best: slow, limit: "sender" }));
    const lines = [...page.matchAll(/<polyline points="([^"]*)"/g)].map(([, text = ""]) => text.split(" "));
    expect(lines.map((line) => line.length)).toEqual([3, 3]);
    const [, end = ""] = /(\S+),/.exec(lines[0]?.at(-1) ?? "") ?? [];
    expect(page).toMatch(new RegExp(`<line\\s+class="best"\\s+x1="${end}"`));
  });

  it("says what was verified, and does not say that anything passed which was not", () => {
    expect(pageOf(reportOf(GOOD))).toContain("Passed: less than 0.1 % lost");
    const page = pageOf(reportOf(undefined));
    expect(page).toContain("Sent; nothing was verified");
    expect(page).not.toContain("Passed");
    expect(pageOf(reportOf({ ...GOOD, lost: 500, lossRatio: 0.5 }))).toContain(
      "Failed: 50.000 % of the lines were lost",
    );
  });

  it("can have a single step, or none", () => {
    for (const points of [[], POINTS.slice(0, 1)]) {
      const page = pageOf(reportOf(GOOD, { points, best: undefined, limit: "server" }));
      checkNesting(page);
      expect(page).not.toMatch(/NaN|Infinity/);
    }
    expect(pageOf(reportOf(GOOD))).not.toContain("<svg");
  });

  it("escapes what comes from outside", () => {
    const evil = '<img src=x onerror="alert(1)">&';
    const report = reportOf({
      ...GOOD,
      lost: 1,
      lossRatio: 0.5,
      lostWhere: { ...GOOD.lostWhere, rejected: { [evil]: 1 } },
    });
    const page = pageOf({ ...report, version: evil, load: { ...report.load, target: evil }, failures: [evil] });
    checkNesting(page);
    expect(page).not.toContain("<img");
    expect(page.split("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;").length - 1).toBe(4);
  });
});
