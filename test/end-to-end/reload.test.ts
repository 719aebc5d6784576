import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

// A process is started for each test, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let directory = "";
let file = "";
const running: Tallyd[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tallyd-reload-"));
  file = join(directory, "tallyd.yaml");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((tallyd) => tallyd.end("SIGKILL")));
  rmSync(directory, { recursive: true });
});

/** A real process with two shards that has `config` in its file, and whose lifecycle routes are on unless told otherwise. */
async function start(config: string, args: readonly string[] = ["--web.enable-lifecycle"]): Promise<Tallyd> {
  writeFileSync(file, config);
  const tallyd = await startTallyd(["--config", file, "--shards", "2", ...args]);
  running.push(tallyd);
  return tallyd;
}

async function post(tallyd: Tallyd, path: string, init: RequestInit = {}): Promise<{ code: number; body: string }> {
  const response = await fetch(`${tallyd.http}${path}`, { method: "POST", ...init });
  return { code: response.status, body: await response.text() };
}

const linesTaken = async (tallyd: Tallyd, lines: number): Promise<void> =>
  until(async () => (await tallyd.status()).totals.lines >= lines, 20_000);

describe("a reload", () => {
  test("applies new rules to live series, which keep their numbers; the answer names what changed", async () => {
    const tallyd = await start("namespace: shop\n");
    await send(tallyd.udpPort, ["orders:3|c\nnoise:1|c\nsize:5|h\nlevel:7|g"]);
    await linesTaken(tallyd, 4);
    writeFileSync(file, "namespace: shop\nfilter: {deny: [shop.noise]}\n");
    expect(await post(tallyd, "/-/reload")).toEqual({ code: 200, body: "Requesting reload\nchanged: filter.deny\n" });
    await send(tallyd.udpPort, ["orders:4|c\nnoise:1|c\nsize:7|h\nlevel:+1|g"]);
    await linesTaken(tallyd, 8);
    const page = await tallyd.scrape();
    expect(page.get("shop_orders_total")).toBe(7);
    expect(page.get("shop_noise_total")).toBe(1);
    expect(page.get("shop_size_count")).toBe(2);
    expect(page.get("shop_level")).toBe(8);
    const { ledger, totals } = await tallyd.status();
    expect([ledger.limited.filter, ledger.accepted, ledger.balance]).toEqual([1, 7, 0]);
    expect(totals.binds).toBe(8);
    expect(page.get('tallyd_config_reloads_total{outcome="success"}')).toBe(1);
  });

  test("gives a series that changes its name a new start, beside the old one, which ages out", async () => {
    const tallyd = await start("{}\n");
    await send(tallyd.udpPort, ["orders:3|c|#a:b"]);
    await linesTaken(tallyd, 1);
    writeFileSync(file, "namespace: shop\ntags: [env:prod]\n");
    expect((await post(tallyd, "/-/reload", { method: "PUT" })).code).toBe(200);
    await send(tallyd.udpPort, ["orders:4|c|#a:b"]);
    await linesTaken(tallyd, 2);
    const page = await tallyd.scrape();
    expect(page.get('orders_total{a="b"}')).toBe(3);
    expect(page.get('shop_orders_total{a="b",env="prod"}')).toBe(4);
  });

  test("loses no line and no count under traffic, again and again", async () => {
    const tallyd = await start("{}\n");
    const datagrams = 200;
    const lines = Array.from({ length: 20 }, (_, i) => `hits.${i}:1|c`).join("\n");
    let isDone = false;
    const traffic = (async () => {
      for (let i = 0; i < datagrams; i++) {
        await send(tallyd.udpPort, [lines]);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      isDone = true;
    })();
    let reloads = 0;
    let highest = 0;
    for (; !isDone; reloads++) {
      writeFileSync(file, `tag_filter: [{metric_name: other.${reloads}, tags: [x]}]\n`);
      expect((await post(tallyd, "/-/reload")).code).toBe(200);
      const seen = (await tallyd.scrape()).get("hits_0_total") ?? 0;
      expect(seen).toBeGreaterThanOrEqual(highest);
      highest = seen;
    }
    await traffic;
    await linesTaken(tallyd, datagrams * 20);
    const page = await tallyd.scrape();
    for (let i = 0; i < 20; i++) expect(page.get(`hits_${i}_total`)).toBe(datagrams);
    const { ledger } = await tallyd.status();
    expect([ledger.received, ledger.accepted, ledger.balance]).toEqual([datagrams * 20, datagrams * 20, 0]);
    expect(reloads).toBeGreaterThan(3);
  });

  test("of a file with errors answers 400 with every one of them and changes nothing", async () => {
    const tallyd = await start("namespace: shop\n");
    writeFileSync(file, "namespace: 'a b'\nlog_level: loud\nmapping: {profiles: []}\n");
    const { code, body } = await post(tallyd, "/-/reload");
    expect(code).toBe(400);
    expect(body).toContain("nothing has changed");
    expect(body).toContain("namespace:");
    expect(body).toContain("log_level:");
    await send(tallyd.udpPort, ["orders:4|c"]);
    await linesTaken(tallyd, 1);
    const page = await tallyd.scrape();
    expect(page.get("shop_orders_total")).toBe(4);
    expect(page.get("tallyd_config_last_reload_successful")).toBe(0);
    expect(page.get('tallyd_config_reloads_total{outcome="failure"}')).toBe(1);
    rmSync(file);
    expect((await post(tallyd, "/-/reload")).code).toBe(400);
    writeFileSync(file, "namespace: shop\n");
    expect((await post(tallyd, "/-/reload")).body).toContain("no key has changed");
    expect((await tallyd.scrape()).get("tallyd_config_last_reload_successful")).toBe(1);
  });

  test("of mapper profiles with a fault changes nothing either, though a start goes on without them", async () => {
    const tallyd = await start("{}\n");
    writeFileSync(file, "namespace: shop\nmapping: {profiles: [{name: x, mappings: []}]}\n");
    expect((await post(tallyd, "/-/reload")).code).toBe(400);
    await send(tallyd.udpPort, ["orders:4|c"]);
    await linesTaken(tallyd, 1);
    expect((await tallyd.scrape()).get("orders_total")).toBe(4);
  });

  test("reads mapping files again: other names, buckets and drops, for live series", async () => {
    const rules = join(directory, "mapping.yml");
    writeFileSync(rules, "mappings:\n- match: api.*.hits\n  name: api_hits_total\n  labels: {route: $1}\n");
    const tallyd = await start(`prometheus: {mapping_config: ${rules}, naming: exact}\n`);
    const lines = ["api.a.hits:2|c", "size:5|h", "noise:1|c"].join("\n");
    await send(tallyd.udpPort, [lines]);
    await linesTaken(tallyd, 3);
    writeFileSync(
      rules,
      [
        "mappings:",
        "- {match: api.*.hits, name: api_hits_total, labels: {route: $1}}",
        "- {match: size, name: sizes, observer_type: histogram, histogram_options: {buckets: [1, 10]}}",
        "- {match: noise, name: noise, action: drop}",
      ].join("\n"),
    );
    expect((await post(tallyd, "/-/reload")).code).toBe(200);
    await send(tallyd.udpPort, [lines]);
    await linesTaken(tallyd, 6);
    const page = await tallyd.scrape();
    expect(page.get('api_hits_total{route="a"}')).toBe(4);
    expect(page.get("size_count")).toBe(1);
    expect([page.get(`sizes_bucket{le="1.0"}`), page.get(`sizes_bucket{le="10.0"}`)]).toEqual([0, 1]);
    expect(page.get("noise")).toBe(1);
    writeFileSync(rules, "mappings: [{match: 'a.*', nam: x}]\n");
    const refused = await post(tallyd, "/-/reload");
    expect(refused.code).toBe(400);
    expect(refused.body).toContain("nam");
    await send(tallyd.udpPort, [lines]);
    await linesTaken(tallyd, 9);
    expect((await tallyd.scrape()).get('api_hits_total{route="a"}')).toBe(6);
  });

  test("applies what rules say anew to series that live, and loses none of their samples", async () => {
    const rules = join(directory, "mapping.yml");
    const rulesWith = (...shown: readonly string[]): string =>
      ["h", "c", "g", "s", "t"].map((name, at) => `- {match: ${name}, name: ${name}, ${shown[at]}}\n`).join("");
    const median = "summary_options: {quantiles: [{quantile: 0.5}]}";
    const bounds = (text: string): string => `observer_type: histogram, histogram_options: {buckets: [${text}]}`;
    writeFileSync(rules, `mappings:\n${rulesWith(bounds("1, 10"), "scale: 2", "scale: 2", median, bounds("1"))}`);
    const tallyd = await start(`prometheus: {mapping_config: ${rules}, naming: exact}\n`);
    const lines = ["h:5|h", "c:1|c", "g:+5|g", "s:7|h", "s:1000|ms", "t:500|ms"];
    await send(tallyd.udpPort, [lines.join("\n")]);
    await linesTaken(tallyd, 6);
    writeFileSync(
      rules,
      `mappings:\n${rulesWith(bounds("2, 20"), "scale: 3", "scale: 3, help: Level.", median.replace("0.5", "1"), median)}`,
    );
    expect((await post(tallyd, "/-/reload")).body).toContain(
      "rules for Prometheus: 5, 0 of them as before; there were 5",
    );
    for (let round = 2; round <= 3; round++) {
      await send(tallyd.udpPort, [lines.join("\n")]);
      await linesTaken(tallyd, 6 * round);
    }
    const page = Object.fromEntries(await tallyd.scrape());
    expect(page).toMatchObject({
      'h_bucket{le="2.0"}': 0,
      'h_bucket{le="20.0"}': 2,
      h_count: 2,
      c: 8,
      g: 40,
      's{quantile="1.0"}': 7,
      s_sum: 24,
      s_count: 6,
      't{quantile="0.5"}': 0.5,
      t_count: 2,
    });
    expect(Object.keys(page).filter((name) => /^(?:h_bucket.*"10?\.0"|s\{quantile="0|t_bucket)/.test(name))).toEqual(
      [],
    );
    const { dropped, notes } = (await tallyd.status()).outputs[0] ?? {};
    expect([dropped?.["layout_conflict"], dropped?.["type_conflict"], notes?.["series_restarted"]]).toEqual([0, 0, 1]);
  });

  test("names the keys that wait for a restart, in its answer, the log and the status", async () => {
    const tallyd = await start("{}\n");
    writeFileSync(file, "namespace: shop\ngauge_sign: step\nidle: 1h\nlimits: {series: 5}\n");
    const { code, body } = await post(tallyd, "/-/reload");
    const warning = "idle, gauge_sign, limits.series have changed and take effect with a restart only";
    expect(code).toBe(200);
    for (const key of ["gauge_sign", "idle", "limits.series"]) expect(body).toContain(key);
    expect(body).toContain("have changed and take effect with a restart only");
    expect((await tallyd.status()).warnings[0]).toContain(warning.slice(-40));
  });

  test("by SIGHUP works without the lifecycle routes, and changes the log level", async () => {
    const tallyd = await start("{}\n", []);
    expect((await post(tallyd, "/-/reload")).code).toBe(403);
    expect((await post(tallyd, "/-/quit")).code).toBe(403);
    writeFileSync(file, "namespace: shop\nlog_level: warn\n");
    process.kill(tallyd.pid, "SIGHUP");
    await until(async () => (await tallyd.status()).reloads.succeeded === 1);
    await send(tallyd.udpPort, ["orders:4|c"]);
    await linesTaken(tallyd, 1);
    expect((await tallyd.scrape()).get("shop_orders_total")).toBe(4);
    await tallyd.end();
    expect(tallyd.log.some(({ msg }) => msg === "stopped")).toBe(false);
  });
});

test("a page of another site can neither reload nor end the process", async () => {
  const tallyd = await start("{}\n");
  const foreign = { headers: { "sec-fetch-site": "cross-site" } };
  expect((await post(tallyd, "/-/reload", foreign)).code).toBe(403);
  expect((await post(tallyd, "/-/quit", foreign)).code).toBe(403);
  expect((await tallyd.status()).reloads.succeeded).toBe(0);
});

test("/-/quit says goodbye, drains and ends with code 0", async () => {
  const tallyd = await start("{}\n");
  expect(await post(tallyd, "/-/quit")).toEqual({ code: 200, body: "Requesting termination... Goodbye!" });
  expect(await tallyd.ended).toBe(0);
  expect(tallyd.log.some(({ msg }) => msg === "stopped")).toBe(true);
});
