import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";

/** Debian's Chromium, without a window, that loads nothing by itself. */
const PROGRAM = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function hasBrowser(): boolean {
  return spawnSync(PROGRAM, ["--version"]).status === 0;
}

export interface View {
  readonly width: 400 | 1400;
  readonly scheme: "light" | "dark";
}

export const VIEWS: readonly View[] = [400, 1400].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width: width as View["width"], scheme })),
);

export interface Opened {
  readonly page: Page;
  /** What a person who looks at the console sees there, and every request that goes elsewhere than the page came from. */
  readonly problems: string[];
}

export interface Browser {
  open(url: string, view?: View): Promise<Opened>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-browser-"));
  const context = await chromium.launchPersistentContext(folder, { executablePath: PROGRAM, args: FLAGS });
  return {
    async open(url, { width, scheme } = { width: 1400, scheme: "light" }) {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("console", (message) => void problems.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => void problems.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith(url)) problems.push(`asks for ${request.url()}`);
      });
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await page.clock.install();
      await page.goto(url);
      return { page, problems };
    },
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const COMPLAINTS = readFileSync(new URL("complaints.js", import.meta.url), "utf8");

/** What a reader of a page would complain about: it is wider than the window, or holds text that can hardly be read. */
export function complaintsOf(page: Page): Promise<string[]> {
  return page.evaluate(COMPLAINTS);
}

/** A table by its caption: the texts of each row. */
export async function rowsOf(page: Page, caption: string): Promise<string[][]> {
  const rows = await page
    .locator("table", { has: page.locator("caption", { hasText: caption }) })
    .locator("tbody tr")
    .all();
  return Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
}

/** The tiles at the head of a page: what each counts, and its value. */
export async function tilesOf(page: Page): Promise<Record<string, string>> {
  const tiles = await page.locator(".tiles > div").all();
  return Object.fromEntries(
    await Promise.all(
      tiles.map(async (tile) => [await tile.locator("dt").innerText(), await tile.locator("dd").innerText()] as const),
    ),
  );
}
