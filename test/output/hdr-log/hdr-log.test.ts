import { HistogramLogReader, listTags } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { createTally, NO_CELL } from "../../../src/core/tally.ts";
import type { Kind } from "../../../src/model/kind.ts";
import type { Series } from "../../../src/model/series.ts";
import { createHdrLogOutput } from "../../../src/output/hdr-log/hdr-log.ts";
import type { HdrLogDeps } from "../../../src/output/hdr-log/hdr-log.ts";
import type { Disk } from "../../../src/output/hdr-log/log-files.ts";
import type { HdrLogOptions } from "../../../src/output/hdr-log/options.ts";
import { INTERVALS_WAITING_MAX, TRIES_MAX } from "../../../src/output/hdr-log/options.ts";
import { manualClock } from "../../support/manual-clock.ts";

const START_SECONDS = 1_700_000_000;

/** Files in memory, on a disk that can be made to fail. */
class MemoryDisk implements Disk {
  readonly files = new Map<string, string>();
  /** How many of the next appends fail, after half of their text was written. */
  failing = 0;
  appends = 0;

  async makeDirectory(): Promise<void> {}

  async append(path: string, text: string): Promise<void> {
    this.appends++;
    if (this.failing > 0) {
      this.failing--;
      this.files.set(path, (this.files.get(path) ?? "") + text.slice(0, text.length / 2));
      throw new Error("ENOSPC: no space left on device");
    }
    this.files.set(path, (this.files.get(path) ?? "") + text);
  }

  async truncate(path: string, bytes: number): Promise<void> {
    this.files.set(
      path,
      Buffer.from(this.files.get(path) ?? "")
        .subarray(0, bytes)
        .toString(),
    );
  }

  async list(directory: string): Promise<readonly string[]> {
    return [...this.files.keys()].map((path) => path.slice(directory.length + 1));
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }
}

function setUp(options: Partial<HdrLogOptions> = {}, disk = new MemoryDisk()) {
  const clock = manualClock(START_SECONDS * 1_000);
  const logged: string[] = [];
  const log: HdrLogDeps["log"] = {
    error: (_fields, message) => void logged.push(message),
    info: (_fields, message) => void logged.push(message),
  };
  const output = createHdrLogOutput(
    {
      directory: "logs",
      patterns: ["*"],
      factor: 1_000,
      fileBytesMax: 1 << 20,
      fileAgeMaxMs: 3_600_000,
      filesMax: 3,
      seriesMax: 100,
      layouts: [{ digits: 2, bounds: [], thresholds: [] }],
      ...options,
    },
    { clock, disk, log, random: () => 0.5, pause: () => Promise.resolve(), processId: 7 },
  );
  let intervals = 0;
  return {
    output,
    disk,
    clock,
    logged,
    flush(): void {
      const startSeconds = START_SECONDS + 10 * intervals++;
      output.flush({ startSeconds, endSeconds: startSeconds + 10 });
    },
    /** Until what has been flushed is on the disk or given up. */
    settle: async () => {
      for (let i = 0; i < 50 + disk.appends; i++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

type Rig = ReturnType<typeof setUp>;

function series(name: string, more: Partial<Series> = {}): Series {
  return { name, tags: [], host: undefined, kind: "timer", layout: 0, ...more };
}

/** Feeds a cell as a shard does: samples gather in a tally of its own, whose delta is merged. */
function feed({ output }: Rig, cell: number, samples: readonly (readonly [value: number, rate?: number])[]): void {
  const lines = samples.map(([value, rate = 1]) => `x:${value}|h|@${rate}`);
  const shard = createTally(
    { layouts: [{ digits: 2, bounds: [], thresholds: [] }] },
    { bind: () => theirs, special: () => 0, reject: () => undefined },
  );
  shard.setClock(START_SECONDS * 1_000);
  const theirs = shard.cellFor("histogram", Buffer.from("x"), 0);
  for (let i = 0; i < lines.length; i += 500) {
    const bytes = Buffer.from(lines.slice(i, i + 500).join("\n"));
    shard.heap.set(bytes, shard.inputOffset);
    shard.ingest(shard.inputOffset, bytes.length);
  }
  const source = output.tally.source();
  source.map(theirs, cell);
  for (let part = shard.drain(1 << 20); part.length > 0; part = shard.drain(1 << 20)) source.merge(part);
  source.close();
}

function read(text: string): Histogram[] {
  const reader = new HistogramLogReader(text, 64);
  const found: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    found.push(next);
  return found;
}

const textOf = (rig: Rig): string => [...rig.disk.files.values()].join("");

describe("the HDR log", () => {
  it("is read back by HistogramLogReader: tag, interval, count, and quantiles within the stated error", async () => {
    const rig = setUp();
    const cell = rig.output.bind(series("api.latency", { tags: ["env:prod", "route:/a b,c"] }));
    const values = Array.from({ length: 10_000 }, (_, i) => (((i * 7_919) % 10_000) + 1) ** 1.5 / 100);
    feed(
      rig,
      cell,
      values.map((value) => [value]),
    );
    rig.flush();
    await rig.settle();
    const [histogram, ...others] = read(textOf(rig));
    expect(others).toEqual([]);
    expect(histogram?.tag).toBe("api.latency;env:prod;route:/a%20b%2Cc");
    expect(listTags(textOf(rig))).toEqual(["api.latency;env:prod;route:/a%20b%2Cc"]);
    expect(histogram?.startTimeStampMsec).toBe(START_SECONDS * 1_000);
    expect(histogram?.endTimeStampMsec).toBe(START_SECONDS * 1_000 + 10_000);
    expect(histogram?.totalCount).toBe(10_000);
    const sorted = values.toSorted((left, right) => left - right);
    for (const percent of [1, 10, 50, 90, 95, 99, 99.9, 100]) {
      const want = sorted[Math.ceil((percent / 100) * 10_000) - 1] as number;
      const got = (histogram as Histogram).getValueAtPercentile(percent) / 1_000;
      // Half a bucket of the tally, half of one of the log, and half a unit of rounding.
      expect(Math.abs(got - want), String(percent)).toBeLessThanOrEqual(want * (1 / 256 + 1 / 1_024) + 0.0005);
    }
  });

  it("starts from zero each interval, and says nothing of a series without samples", async () => {
    const rig = setUp();
    const cell = rig.output.bind(series("a"));
    feed(rig, cell, [[1]]);
    rig.flush();
    rig.flush();
    feed(rig, cell, [[2], [3]]);
    rig.flush();
    await rig.settle();
    const found = read(textOf(rig));
    expect(found.map(({ totalCount }) => totalCount)).toEqual([1, 2]);
    expect(found.map(({ startTimeStampMsec }) => startTimeStampMsec / 1_000 - START_SECONDS)).toEqual([0, 20]);
  });

  it("counts samples by their weight; what rounding takes from one bucket the next one gets", async () => {
    const rig = setUp();
    const cell = rig.output.bind(series("a"));
    feed(
      rig,
      cell,
      Array.from({ length: 300 }, (_, i) => [i + 1, 0.3]),
    );
    rig.flush();
    await rig.settle();
    expect(read(textOf(rig))[0]?.totalCount).toBe(1_000);
  });

  it("leaves out negative values and counts them; values that round to 0 are 0", async () => {
    const rig = setUp();
    const cell = rig.output.bind(series("a"));
    feed(rig, cell, [[-5, 0.5], [-0.0001], [0.0001], [4]]);
    rig.flush();
    await rig.settle();
    const histogram = read(textOf(rig))[0];
    expect([histogram?.totalCount, histogram?.minNonZeroValue]).toEqual([3, 4_000]);
    expect(rig.output.status().notes).toEqual({ negative_samples: 2, clamped_samples: 0 });
    const only = rig.output.bind(series("b"));
    feed(rig, only, [[-1]]);
    rig.flush();
    await rig.settle();
    expect(read(textOf(rig))).toHaveLength(1);
    expect(rig.output.status()).toMatchObject({ queued: 0, delivered: 1 });
  });

  it("writes values that are too large for whole numbers as the largest one, and counts them", async () => {
    const rig = setUp();
    feed(rig, rig.output.bind(series("a")), [[1e300], [1]]);
    rig.flush();
    await rig.settle();
    expect(read(textOf(rig))[0]?.totalCount).toBe(2);
    expect(rig.output.status().notes["clamped_samples"]).toBe(1);
  });

  it.each<[string, readonly string[], string, Kind, boolean]>([
    ["an exact name", ["api.latency"], "api.latency", "timer", true],
    ["not its continuation", ["api.latency"], "api.latency.p", "timer", false],
    ["a prefix", ["api.*"], "api.size", "histogram", true],
    ["distributions", ["*"], "x", "distribution", true],
    ["no counter", ["*"], "x", "counter", false],
    ["no gauge", ["*"], "x", "gauge", false],
  ])("selects %s", (_what, patterns, name, kind, isLogged) => {
    const { output } = setUp({ patterns });
    expect(output.bind(series(name, { kind })) !== NO_CELL).toBe(isLogged);
  });

  it("takes no more series than it may, and those that are gone make room", () => {
    const { output, flush } = setUp({ seriesMax: 1 });
    const first = output.bind(series("a"));
    expect(output.bind(series("a"))).toBe(first);
    expect(output.bind(series("b"))).toBe(NO_CELL);
    expect(output.status().dropped["series_limit"]).toBe(1);
    output.unbind(first);
    flush();
    expect(output.bind(series("b"))).toBe(NO_CELL);
    output.unbind(first);
    flush();
    expect(output.bind(series("b"))).not.toBe(NO_CELL);
  });

  it("goes on with a series whose buckets for Prometheus change when rules are read again", async () => {
    const rig = setUp({ layouts: [{ digits: 2, bounds: [1, 10], thresholds: [1_000, 10_000] }] });
    feed(rig, rig.output.bind(series("a")), [[5]]);
    rig.output.addLayouts([{ digits: 2, bounds: [2], thresholds: [2_000] }]);
    feed(rig, rig.output.bind(series("a", { layout: 1 })), [[7]]);
    rig.flush();
    await rig.settle();
    expect(read(textOf(rig)).map((histogram) => histogram.totalCount)).toEqual([2]);
  });

  it("gives each series a tag of its own, whatever its name holds", () => {
    const names = [
      series("a;b"),
      series("a", { tags: ["b"] }),
      series("a", { host: "b" }),
      series("a@b"),
      series("a,\n\u2028b"),
    ];
    const { output } = setUp();
    expect(new Set(names.map((one) => output.bind(one))).size).toBe(names.length);
  });
});

describe("files of the HDR log", () => {
  const fill = async (rig: Rig, count: number): Promise<void> => {
    const cell = rig.output.bind(series("a"));
    for (let i = 0; i < count; i++) {
      feed(rig, cell, [[i + 1]]);
      rig.flush();
      await rig.settle();
    }
  };

  it("are closed before they are too large; each begins with a head, and the oldest goes", async () => {
    const rig = setUp({ fileBytesMax: 700, filesMax: 3 });
    await fill(rig, 20);
    expect(rig.disk.files.size).toBe(3);
    for (const text of rig.disk.files.values()) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(700);
      expect(text).toMatch(/^#\[Histogram log format version 1.3\]\n/);
      expect(read(text).length).toBeGreaterThan(0);
    }
    const last = [...rig.disk.files.values()].at(-1) as string;
    expect(read(last).at(-1)?.maxValue).toBeGreaterThanOrEqual(20_000);
  });

  it("are closed when they are too old", async () => {
    const rig = setUp({ fileAgeMaxMs: 60_000, filesMax: 10 });
    await fill(rig, 13);
    expect([...rig.disk.files.values()].map((text) => read(text).length)).toEqual([6, 6, 1]);
  });

  it("of a process with the same id that ended in the same interval stay", async () => {
    const before = setUp();
    await fill(before, 1);
    await fill(setUp({}, before.disk), 1);
    const last = setUp({}, before.disk);
    last.disk.failing = 1;
    await fill(last, 1);
    last.clock.advance(30_000);
    await last.settle();
    expect([...before.disk.files.values()].map((text) => read(text).length)).toEqual([1, 1, 1]);
  });

  it("of others in the folder stay", async () => {
    const rig = setUp({ fileBytesMax: 700, filesMax: 2 });
    rig.disk.files.set("logs/notes.txt", "mine");
    rig.disk.files.set("logs/tallyd-old.hlog", "mine, too");
    await fill(rig, 10);
    expect(rig.disk.files.size).toBe(4);
  });
});

describe("a disk that fails", () => {
  it("is tried again; what it tore is cut off, and no line is lost or twice", async () => {
    const rig = setUp();
    const cell = rig.output.bind(series("a"));
    feed(rig, cell, [[1]]);
    rig.flush();
    await rig.settle();
    rig.disk.failing = 2;
    feed(rig, cell, [[2]]);
    rig.flush();
    await rig.settle();
    expect(rig.output.status()).toMatchObject({ healthy: false, queued: 1 });
    for (let i = 0; i < 4; i++) {
      rig.clock.advance(30_000);
      await rig.settle();
    }
    expect(rig.output.status()).toMatchObject({ healthy: true, queued: 0, delivered: 2, retries: 2 });
    expect(read(textOf(rig)).map(({ totalCount }) => totalCount)).toEqual([1, 1]);
    expect(rig.logged).toEqual(["the HDR log cannot be written to logs", "the HDR log can be written again"]);
  });

  it("costs intervals by name once it has failed too often, and never more than a few wait", async () => {
    const rig = setUp();
    rig.disk.failing = 1_000;
    const cell = rig.output.bind(series("a"));
    const flushed = INTERVALS_WAITING_MAX + 4;
    for (let i = 0; i < flushed; i++) {
      feed(rig, cell, [[1]]);
      rig.flush();
      await rig.settle();
    }
    expect(rig.output.status()).toMatchObject({ queued: INTERVALS_WAITING_MAX + 1, dropped: { queue: 3 } });
    for (let i = 0; i < TRIES_MAX; i++) {
      rig.clock.advance(30_000);
      await rig.settle();
    }
    expect(rig.output.status().dropped["disk"]).toBe(1);
    await rig.output.close(rig.clock.nowMs() + 1_000);
    const { delivered, queued, dropped } = rig.output.status();
    expect([delivered, queued]).toEqual([0, 0]);
    expect((dropped["disk"] ?? 0) + (dropped["queue"] ?? 0) + (dropped["shutdown"] ?? 0)).toBe(flushed);
  });

  it("that hangs does not keep the process from ending, and what it holds is counted as dropped", async () => {
    const rig = setUp();
    rig.disk.append = () => new Promise(() => {});
    feed(rig, rig.output.bind(series("a")), [[1]]);
    rig.flush();
    await rig.settle();
    const closed = rig.output.close(rig.clock.nowMs() + 1_000);
    rig.clock.advance(1_000);
    await closed;
    expect(rig.output.status()).toMatchObject({ queued: 0, delivered: 0, dropped: { shutdown: 1 } });
  });
});

it("close writes what waits", async () => {
  const rig = setUp();
  feed(rig, rig.output.bind(series("a")), [[1]]);
  rig.flush();
  await rig.output.close(rig.clock.nowMs() + 1_000);
  expect(read(textOf(rig))).toHaveLength(1);
});
