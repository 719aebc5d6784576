import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { BenchReport } from "../../src/cli/bench/report.ts";
import { complaintsOf, hasBrowser, rowsOf, startBrowser, tilesOf, VIEWS } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

const THERE = process.env["TALLYD_REAL_PARTS"] === "1" && hasBrowser();
if (!THERE) console.warn("Skipped: needs TALLYD_REAL_PARTS=1 and Chromium (Debian: apt-get install chromium).");

/** As pages write numbers. */
const shown = (value: number): string => value.toLocaleString("en-US");

describe.skipIf(!THERE)("pages in a browser", () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  let browser!: Browser;
  let tallyd!: Tallyd;
  beforeAll(async () => {
    browser = await startBrowser();
    tallyd = await startTallyd(["--shards", "1"]);
  });
  afterAll(async () => {
    await browser?.close();
    await tallyd?.end();
  });

  const HOSTILE = '<b id="injected">bold</b>';

  /** Until the server has counted so many lines, all told. */
  const received = (lines: number): Promise<void> =>
    until(async () => (await tallyd.status()).ledger.received === lines);

  describe("the server's own", () => {
    beforeAll(async () => {
      const good = Array.from({ length: 2_000 }, (_, line) => `shop.hits:1|c|#route:/${line % 7}`);
      const bad = [HOSTILE, "shop.hits:many|c", `no-value-${"x".repeat(400)}`];
      for (let at = 0; at < good.length; at += 20) await send(tallyd.udpPort, [good.slice(at, at + 20).join("\n")]);
      await send(tallyd.udpPort, [...bad, "shop.depth:3|g", "shop.hits:5|g", "shop.wait:20|ms", "shop.users:ann|s"]);
      await received(2_007);
    });

    it("shows the numbers of the ledger and of each output, and what came from the network as text", async () => {
      const { page, problems } = await browser.open(`${tallyd.http}/`);
      const { ledger, outputs, shards } = await tallyd.status();
      const rows = await rowsOf(page, "What became of every line");
      const reasons = Object.entries(ledger.rejected).filter(([, lines]) => lines > 0);
      expect(rows.map(([what, count]) => [what, count])).toEqual([
        ["Received", "2,007"],
        ["Accepted", shown(ledger.accepted)],
        ...reasons.map(([reason, lines]) => [`Rejected: ${reason.replaceAll("_", " ")}`, shown(lines)]),
        ["Lost with a shard", "0"],
        ["Unaccounted for", "0"],
      ]);
      const rejected = reasons.reduce((sum, [, lines]) => sum + lines, 0);
      expect(ledger.accepted + rejected).toBe(2_007);
      expect(await tilesOf(page)).toMatchObject({
        series: "11",
        "lines rejected": shown(rejected),
        "datagrams dropped by the kernel": "0",
        "lines unaccounted for": "0",
      });
      const cards = await page.locator(".card").allInnerTexts();
      expect(cards).toEqual(
        outputs.map(({ name, detail }) => expect.stringMatching(new RegExp(`^${name}[^]*${detail}`))),
      );
      const [shard] = await rowsOf(page, "Threads that listen");
      expect(shard?.slice(0, 4)).toEqual([
        "0",
        "running",
        `${tallyd.listening[0]} (batch)`,
        shown(shards[0]?.traffic.lines ?? 0),
      ]);
      const lines = (await rowsOf(page, "The latest few of each reason")).map(([, line]) => line);
      expect(lines.toSorted()).toEqual(ledger.rejects.map(({ line }) => line).toSorted());
      expect(lines.join()).toContain(HOSTILE);
      expect(await page.locator("#injected").count()).toBe(0);
      expect(problems).toEqual([]);
      await page.close();
    });

    it.each(VIEWS)("can be read at a width of $width, $scheme", async (view) => {
      const { page, problems } = await browser.open(`${tallyd.http}/`, view);
      expect(await complaintsOf(page)).toEqual([]);
      expect(problems).toEqual([]);
      await page.close();
    });

    it("renews itself unless it is paused, keeps where a table was scrolled to, and says when the server is gone", async () => {
      const other = await startTallyd(["--shards", "1"]);
      const { page, problems } = await browser.open(`${other.http}/`, { width: 400, scheme: "light" });
      const count = async (): Promise<string | undefined> => (await rowsOf(page, "What became of every line"))[0]?.[1];
      const shards = page.getByRole("region", { name: "Threads that listen" });
      expect(await count()).toBe("0");
      await shards.evaluate((table) => (table.scrollLeft = 40));
      await send(other.udpPort, ["a:1|c"]);
      await until(async () => (await other.status()).ledger.received === 1);
      const pause = page.getByRole("button", { name: "Pause refresh" });
      await pause.click();
      expect(await pause.getAttribute("aria-pressed")).toBe("true");
      await page.clock.runFor(20_000);
      expect(await count()).toBe("0");
      await pause.click();
      await page.clock.runFor(5_000);
      await expect.poll(count).toBe("1");
      expect(await shards.evaluate((table) => table.scrollLeft)).toBe(40);
      expect(problems).toEqual([]);
      await other.end();
      await page.clock.runFor(5_000);
      await expect.poll(() => page.getByRole("status").innerText()).toContain("the numbers below are old");
      await page.close();
    });
  });

  describe("the bench's", () => {
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "tallyd-pages-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** Runs the bench against the server; answers the page's address and the same report as JSON. */
    const bench = async (name: string, ...args: readonly string[]): Promise<{ url: string; report: BenchReport }> => {
      const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
      const file = join(folder, `${name}.html`);
      const target = `udp://127.0.0.1:${tallyd.udpPort}`;
      const all = [
        "bench",
        "--target",
        target,
        "--verify",
        tallyd.http,
        "--series",
        "100",
        "--json",
        "--html",
        file,
        ...args,
      ];
      const child = spawn(process.execPath, [main, ...all], { stdio: ["ignore", "pipe", "inherit"] });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
      await once(child, "close");
      return { url: `file://${file}`, report: JSON.parse(out) as BenchReport };
    };

    it("shows a run, and loads nothing", async () => {
      const { url, report } = await bench("run", "--rate", "2000", "--duration", "500ms");
      for (const view of VIEWS) {
        const { page, problems } = await browser.open(url, view);
        expect(await tilesOf(page)).toMatchObject({ "lines a second": shown(Math.round(report.run.reached)) });
        expect(await page.locator(".state").first().innerText()).toMatch(report.ok ? /^Passed/ : /^Failed/);
        expect(await page.locator("svg").count()).toBe(0);
        expect([await complaintsOf(page), problems]).toEqual([[], []]);
        await page.close();
      }
    });

    it("shows a search: a dot for each step where its rate, loss and CPU are, and the same numbers below", async () => {
      const args = ["--find-max", "--rate", "400k", "--step-duration", "100ms", "--duration", "200ms", "--no-latency"];
      const { url, report } = await bench("search", ...args);
      const points = report.search?.points ?? [];
      for (const view of VIEWS) {
        const { page, problems } = await browser.open(url, view);
        const dots = await page.locator("circle").evaluateAll((circles) =>
          circles.map((circle) => {
            const { x, y, width, height } = circle.getBoundingClientRect();
            const [, rate = "", loss = "", cpu = ""] =
              /^([\d,]+) lines\/s: ([\d.]+) % lost, (\d+) %/.exec(circle.textContent ?? "") ?? [];
            return {
              x: x + width / 2,
              y: y + height / 2,
              rate: Number(rate.replaceAll(",", "")),
              loss: Number(loss),
              cpu: Number(cpu),
            };
          }),
        );
        const panels = [dots.slice(0, points.length), dots.slice(points.length)] as const;
        for (const panel of panels) {
          const told = panel.map(({ rate, loss }) => [rate, loss]);
          expect(told).toEqual(
            points.map(({ rate, reached, lossRatio }) => [
              Math.round(Math.min(rate, reached)),
              Number((lossRatio * 100).toFixed(3)),
            ]),
          );
          expect(
            isOrderedAs(
              panel.map(({ x }) => x),
              panel.map(({ rate }) => rate),
            ),
          ).toBe(true);
        }
        expect(
          isOrderedAs(
            panels[0].map(({ y }) => -y),
            panels[0].map(({ loss }) => loss),
          ),
        ).toBe(true);
        expect(
          isOrderedAs(
            panels[1].map(({ y }) => -y),
            panels[1].map(({ cpu }) => cpu),
          ),
        ).toBe(true);
        const rates = (await rowsOf(page, "Every step")).map(([asked]) => asked);
        expect(rates).toEqual(
          points
            .map(({ rate }) => rate)
            .toSorted((a, b) => a - b)
            .map(shown),
        );
        expect([await complaintsOf(page), problems]).toEqual([[], []]);
        await page.close();
      }
      expect(readFileSync(new URL(url), "utf8").length).toBeLessThan(40_000);
    });
  });
});

/** Whether larger values lie further: places differ by a pixel at most where values are equal or their order is another. */
function isOrderedAs(places: readonly number[], values: readonly number[]): boolean {
  return places.every((place, one) =>
    places.every((other, two) => (values[one] ?? 0) >= (values[two] ?? 0) || place <= other + 1),
  );
}
