import { describe, expect, it, test } from "vitest";
import { captureStream } from "../../src/capture/file.ts";
import { CaptureParser } from "../../src/capture/parser.ts";
import { Pace } from "../../src/capture/pace.ts";
import { Recording } from "../../src/capture/recording.ts";
import type { RecordingOptions, Tapped } from "../../src/capture/recording.ts";
import { CaptureTap } from "../../src/shard/capture-tap.ts";
import { until } from "../support/until.ts";

/** A recording over a script: each look takes the next entry, each pause moves the clock. */
function recordingOf(script: readonly (readonly string[])[], options: Partial<RecordingOptions> = {}) {
  const tap = new CaptureTap(() => 1_000);
  const looks: boolean[] = [];
  let nowMs = 0;
  const recording = new Recording({
    async take(isLast): Promise<Tapped[]> {
      for (const text of script[looks.length] ?? []) tap.take(Buffer.from(text), "", 0);
      looks.push(isLast);
      return [tap.answer(!isLast)];
    },
    async pause(delayMs) {
      nowMs += delayMs;
    },
    monotonicMs: () => nowMs,
    durationMs: 200,
    bytesMax: 1_000_000,
    signal: new AbortController().signal,
    ...options,
  });
  return { recording, looks };
}

async function payloadsOf(recording: Recording): Promise<string[]> {
  const parser = new CaptureParser();
  const payloads: string[] = [];
  for await (const bytes of recording.read())
    payloads.push(...parser.push(bytes).map(({ payload }) => Buffer.from(payload).toString()));
  expect(parser.finish()).toBe("whole");
  return payloads;
}

describe("a recording", () => {
  it("holds what every look brought, the last one too, and ends when time is up", async () => {
    const { recording, looks } = recordingOf([[], ["a:1|c", "b:1|c"], [], ["c:1|c"], ["d:1|c"]]);
    expect(await payloadsOf(recording)).toEqual(["a:1|c", "b:1|c", "c:1|c", "d:1|c"]);
    expect([recording.datagrams, recording.lost, recording.stopped]).toEqual([4, 0, "time"]);
    expect(looks).toEqual([false, false, false, false, true]);
  });

  it("is never longer than its size, ends at a whole record, and turns the taps off", async () => {
    const line = "x".repeat(1_000);
    const { recording, looks } = recordingOf(
      [
        [line, line],
        [line, line, line, line],
      ],
      { bytesMax: 4_000 },
    );
    expect(await payloadsOf(recording)).toEqual([line, line, line]);
    expect(recording.bytes).toBeLessThanOrEqual(4_000);
    expect([recording.datagrams, recording.stopped, looks.at(-1)]).toEqual([3, "size", true]);
  });

  it("ends in good order at the signal", async () => {
    const stop = new AbortController();
    const { recording } = recordingOf([["a:1|c"], ["b:1|c"]], {
      signal: stop.signal,
      durationMs: Infinity,
      pause: async () => stop.abort(),
    });
    expect(await payloadsOf(recording)).toEqual(["a:1|c", "b:1|c"]);
    expect(recording.stopped).toBe("signal");
  });

  it("turns the taps off when its reader goes", async () => {
    const { recording, looks } = recordingOf([[], ["a:1|c"]]);
    for await (const bytes of recording.read()) if (bytes.length > 8) break;
    expect([looks.at(-1), recording.stopped]).toEqual([true, "reader gone"]);
  });
});

test("a recording ends when the stream over it is destroyed, also while nothing is received", async () => {
  const { recording, looks } = recordingOf([], {
    durationMs: Infinity,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
  for (const compression of ["none", "zstd"] as const) {
    const stream = captureStream(recording.read(), compression);
    stream.on("error", () => {}).resume();
    await until(() => looks.length > 3);
    stream.destroy();
    await until(() => looks.at(-1) === true);
    looks.length = 0;
  }
  expect(recording.stopped).toBe("reader gone");
});

describe("a tap", () => {
  test("loses and counts what does not fit, and has room again after a look", () => {
    const tap = new CaptureTap(() => 1_000, 10_000);
    for (let index = 0; index < 20; index++) tap.take(new Uint8Array(1_000), "", 0);
    const { blocks, lost } = tap.answer(true);
    expect(lost).toBeGreaterThan(10);
    expect(blocks.reduce((sum, block) => sum + block.length, 0)).toBeLessThanOrEqual(10_000);
    tap.take(new Uint8Array(1_000), "", 0);
    const later = tap.answer(false);
    expect([later.lost, later.blocks.length]).toEqual([0, 1]);
  });

  test("gives every block a buffer of its own, which can be transferred", () => {
    const tap = new CaptureTap(() => 1_000);
    for (let index = 0; index < 1_000; index++) tap.take(new Uint8Array(1_000), "", 0);
    const { blocks } = tap.answer(true);
    expect(blocks.length).toBeGreaterThan(1);
    expect(new Set(blocks.map(({ buffer }) => buffer)).size).toBe(blocks.length);
    expect(() =>
      structuredClone(blocks, { transfer: blocks.map(({ buffer }) => buffer as ArrayBuffer) }),
    ).not.toThrow();
    tap.take(Buffer.from("a:1|c"), "", 0);
  });

  test("cuts a stream's block at a line's end, so that each record can be a datagram", () => {
    const tap = new CaptureTap(() => 1_000);
    const lines = `${"x".repeat(999)}\n`.repeat(100);
    tap.take(Buffer.from(lines), "", 0);
    const parser = new CaptureParser();
    parser.push(Buffer.from("d474d060f3ff0000", "hex"));
    const payloads = tap
      .answer(false)
      .blocks.flatMap((block) => parser.push(block))
      .map(({ payload }) => Buffer.from(payload).toString());
    expect(payloads.map(({ length }) => length)).toEqual([65_000, 35_000]);
    expect(payloads.join("")).toBe(lines);
  });
});

describe("a pace", () => {
  test.each([
    [1, [0, 100, 100, 1_000]],
    [10, [0, 10, 10, 100]],
    [0.5, [0, 200, 200, 2_000]],
    [Infinity, [0, 0, 0, 0]],
  ])("of %d has these times of sending", (speed, want) => {
    let nowMs = 50_000;
    const pace = new Pace(speed, () => nowMs);
    const sent = [5_000n, 5_100n, 5_050n, 6_000n].map((timeMs) => {
      nowMs += pace.waitMs(timeMs * 1_000_000n);
      return nowMs - 50_000;
    });
    expect(sent).toEqual(want);
  });

  test("of late datagrams waits no more until they are early again", () => {
    let nowMs = 0;
    const pace = new Pace(1, () => nowMs);
    pace.waitMs(0n);
    nowMs = 500;
    expect([100n, 400n, 600n].map((timeMs) => pace.waitMs(timeMs * 1_000_000n))).toEqual([0, 0, 100]);
  });
});
