import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LAYOUTS } from "../../../support/prometheus.ts";
import { HOUR_MS, Life, START_MS, place } from "./life.ts";

describe("a series that comes back after its time to live", () => {
  it("goes on where it stood, with the time that it began", async () => {
    const life = new Life(START_MS, { stateFile: undefined });
    life.send("hits", "counter", 50, ["a:1"]);
    life.time("wait", 700);
    life.forget();
    life.tick(25 * HOUR_MS);
    expect(await life.samples()).toEqual([]);
    life.send("hits", "counter", 7, ["a:1"]);
    life.time("wait", 100);
    expect(await life.samples()).toEqual([
      'hits_total{a="1"} 57',
      'wait_seconds_bucket{le="0.5"} 1',
      'wait_seconds_bucket{le="1.0"} 2',
      'wait_seconds_bucket{le="1e+06"} 2',
      'wait_seconds_bucket{le="+Inf"} 2',
      "wait_seconds_sum 0.8",
      "wait_seconds_count 2",
    ]);
    const openMetrics = life.output.render("application/openmetrics-text;version=1.0.0", []);
    expect(openMetrics.contentType).toContain("openmetrics");
  });

  it("begins anew when more series than are remembered went after it", async () => {
    const life = new Life(START_MS, { stateFile: undefined, remainsMax: 2 });
    for (const name of ["a", "b", "c"]) life.send(name, "counter", 5);
    life.forget();
    life.tick(25 * HOUR_MS);
    for (const name of ["a", "b", "c"]) life.send(name, "counter", 1);
    expect(await life.samples()).toEqual(["a_total 1", "b_total 6", "c_total 6"]);
  });

  it("frees its name for a series of another type, and does not give it its numbers", async () => {
    const life = new Life(START_MS, { stateFile: undefined });
    life.send("x_total", "counter", 5);
    life.forget();
    life.tick(25 * HOUR_MS);
    life.send("x_total", "gauge", 3);
    expect(await life.samples()).toEqual(["x_total 3"]);
  });
});

describe("over a restart", () => {
  it("counters, histograms and gauges go on where they stood", async () => {
    const first = new Life(START_MS);
    first.send("hits", "counter", 50, ["a:1"]);
    first.send("depth", "gauge", 4);
    first.time("wait", 700);
    await first.output.close(START_MS + 1_000);
    const second = new Life(START_MS + 60_000);
    second.send("hits", "counter", 7, ["a:1"]);
    second.send("hits", "counter", 1, ["a:2"]);
    second.time("wait", 100);
    second.send("depth", "gauge", 9);
    const samples = await second.samples();
    expect(samples).toContain('hits_total{a="1"} 57');
    expect(samples).toContain('hits_total{a="2"} 1');
    expect(samples).toContain("wait_seconds_sum 0.8");
    expect(samples).toContain("depth 9");
  });

  it("go on even when nobody sent them during a whole life of the process", async () => {
    const first = new Life(START_MS);
    first.send("hits", "counter", 50);
    await first.output.close(START_MS);
    await new Life(START_MS + 1).output.close(START_MS);
    const third = new Life(START_MS + 2);
    third.send("hits", "counter", 1);
    expect(await third.samples()).toEqual(["hits_total 51"]);
  });

  it("go on after a crash with at least what a page has shown", async () => {
    const first = new Life(START_MS);
    first.send("hits", "counter", 5);
    await first.samples();
    const wholeBytes = statSync(place.path).size;
    first.tick(1_000);
    first.send("hits", "counter", 2);
    first.send("misses", "counter", 1);
    expect(await first.samples()).toEqual(["hits_total 7", "misses_total 1"]);
    expect(statSync(place.path).size).toBeGreaterThan(wholeBytes);
    first.send("hits", "counter", 100);
    // No close: the process was killed, and nobody has seen the last hundred.
    const second = new Life(START_MS + 60_000);
    second.send("hits", "counter", 1);
    second.send("misses", "counter", 1);
    expect(await second.samples()).toEqual(["hits_total 8", "misses_total 2"]);
  });

  it("leave out a piece that was cut off by a crash, and say so", async () => {
    const first = new Life(START_MS);
    first.send("hits", "counter", 5);
    await first.samples();
    const wholeBytes = statSync(place.path).size;
    first.tick(1_000);
    first.send("hits", "counter", 2);
    await first.samples();
    truncateSync(place.path, wholeBytes + 11);
    const second = new Life(START_MS + 60_000);
    second.send("hits", "counter", 1);
    expect(await second.samples()).toEqual(["hits_total 6"]);
    expect(second.lines.join("\n")).toContain("is left out");
  });

  it("begin anew where thresholds are others now", async () => {
    const first = new Life(START_MS);
    first.time("wait", 700);
    await first.output.close(START_MS);
    const layouts = LAYOUTS.map((layout, index) =>
      index === 2 ? { ...layout, bounds: [0.25, 2, 3], thresholds: [250, 2000, 3000] } : layout,
    );
    const second = new Life(START_MS + 1, { layouts });
    second.time("wait", 100);
    expect(await second.samples()).toContain("wait_seconds_count 1");
  });

  it("go on where only the window of quantiles is another one now", async () => {
    const first = new Life(START_MS);
    first.time("wait", 700);
    await first.output.close(START_MS);
    const layouts = LAYOUTS.map((layout) => ({ ...layout, window: { ages: 2, ageMs: 5_000 } }));
    const second = new Life(START_MS + 1, { layouts });
    second.time("wait", 100);
    expect(await second.samples()).toContain("wait_seconds_count 2");
  });

  it("write the file anew when much was appended", async () => {
    const life = new Life(START_MS);
    for (let row = 0; row < 300; row += 1) life.send("hits", "counter", 1, [`n:${row}`, `pad:${"x".repeat(900)}`]);
    await life.samples();
    const wholeBytes = statSync(place.path).size;
    for (let round = 0; round < 20; round += 1) {
      life.tick(1_000);
      for (let row = 0; row < 300; row += 1) life.send("hits", "counter", 1, [`n:${row}`, `pad:${"x".repeat(900)}`]);
      await life.samples();
    }
    expect(statSync(place.path).size).toBeLessThan(wholeBytes * 18);
    const second = new Life(START_MS + HOUR_MS);
    second.send("hits", "counter", 1, ["n:7", `pad:${"x".repeat(900)}`]);
    const samples = await second.samples();
    expect(samples.filter((line) => line.includes('n="7"')).map((line) => line.split(" ")[1])).toEqual(["22"]);
    expect(samples).toHaveLength(300);
  });
});

describe("a state file that cannot be trusted", () => {
  it("is refused loudly and kept beside when a byte of it is wrong, and counters begin at 0", async () => {
    const first = new Life(START_MS);
    first.send("hits", "counter", 5);
    await first.output.close(START_MS);
    const bytes = readFileSync(place.path);
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(place.path, bytes);
    const second = new Life(START_MS + 1);
    second.send("hits", "counter", 1);
    expect(await second.samples()).toEqual(["hits_total 1"]);
    expect(second.lines.join("\n")).toContain("checksum is wrong");
    expect(readFileSync(`${place.path}.broken`).equals(bytes)).toBe(true);
    expect(existsSync(place.path)).toBe(true);
  });

  it("is never touched when it is not ours, and the status says so", async () => {
    writeFileSync(place.path, "root:x:0:0:root:/root:/bin/bash\n");
    const life = new Life(START_MS);
    life.send("hits", "counter", 1);
    expect(await life.samples()).toEqual(["hits_total 1"]);
    await life.output.close(START_MS);
    expect(readFileSync(place.path, "utf8")).toBe("root:x:0:0:root:/root:/bin/bash\n");
    expect(life.output.status()).toMatchObject({ healthy: false, detail: expect.stringContaining("is refused") });
  });

  it("does not load from bytes of any kind", () => {
    for (let length = 0; length < 64; length += 1) {
      writeFileSync(place.path, Buffer.concat([Buffer.from("TALLYDS1"), Buffer.alloc(length, length * 37)]));
      const life = new Life(START_MS);
      expect(life.lines.join("\n")).toMatch(/is refused|no state|go on with|is left out/);
      rmSync(`${place.path}.broken`, { force: true });
    }
  });

  it("costs no page when the disk refuses it, and is said once", async () => {
    const life = new Life(START_MS, { stateFile: join(place.folder, "absent", "state") });
    life.send("hits", "counter", 1);
    expect(await life.samples()).toEqual(["hits_total 1"]);
    expect(await life.samples()).toEqual(["hits_total 1"]);
    expect(life.lines.filter((line) => line.includes("cannot be written"))).toHaveLength(1);
    expect(life.output.status().healthy).toBe(false);
  });
});

describe("a name that another type holds", () => {
  it("is free once the last series of that type has expired, and the output says that something is free", () => {
    const life = new Life(START_MS, { stateFile: undefined });
    const vacancies = life.output.vacancies ?? NaN;
    life.send("x_total", "counter", 5);
    life.forget();
    life.tick(25 * HOUR_MS);
    expect(life.output.vacancies).toBe(vacancies + 1);
  });
});
