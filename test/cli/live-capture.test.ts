import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { CaptureParser } from "../../src/capture/parser.ts";
import { LiveCapture } from "../../src/cli/live-capture.ts";
import { CaptureTap } from "../../src/shard/capture-tap.ts";
import { systemClock } from "../../src/std/clock.ts";
import { createLog } from "../../src/std/log.ts";
import { until } from "../support/until.ts";

const REQUEST = { durationMs: 60_000, bytesMax: 1_000_000, compression: "none" } as const;

/** Two taps, as of two shards. */
function rig() {
  const taps = [new CaptureTap(() => 1_000), new CaptureTap(() => 1_000)];
  const live = new LiveCapture({
    tap: async (isOn) => taps.map((tap) => tap.answer(isOn)),
    clock: systemClock,
    log: createLog({ level: "silent", format: "json", secrets: [] }),
  });
  const areOn = (): boolean[] => taps.map(({ isOn }) => isOn);
  return { live, taps, areOn };
}

async function read(stream: Readable): Promise<{ payloads: string[]; ending: string }> {
  const parser = new CaptureParser();
  const payloads: string[] = [];
  for await (const piece of stream)
    payloads.push(...parser.push(piece as Buffer).map(({ payload }) => Buffer.from(payload).toString()));
  return { payloads, ending: parser.finish() };
}

describe("a capture of the running server", () => {
  it("holds what every shard received and ends whole when the server stops", async () => {
    const { live, taps, areOn } = rig();
    const got = read((await live.start(REQUEST)) as Readable);
    expect(areOn()).toEqual([true, true]);
    for (const [index, tap] of taps.entries()) tap.take(Buffer.from(`a.${index}:1|c`), "", 0);
    await live.stop();
    expect(await got).toEqual({ payloads: ["a.0:1|c", "a.1:1|c"], ending: "whole" });
    expect(areOn()).toEqual([false, false]);
    expect(await live.start(REQUEST)).toBeUndefined();
  });

  it("is the only one until it has ended", async () => {
    const { live, areOn } = rig();
    const first = read((await live.start({ ...REQUEST, durationMs: 20 })) as Readable);
    expect(await live.start(REQUEST)).toBeUndefined();
    await first;
    const second = (await live.start(REQUEST)) as Readable;
    expect(second).toBeDefined();
    second.resume();
    await until(() => areOn().every(Boolean));
    await live.stop();
  });

  it.each(["none", "zstd"] as const)(
    "(compression %s) ends when its reader goes, and lets the next one begin",
    async (compression) => {
      const { live, areOn } = rig();
      const gone = (await live.start({ ...REQUEST, compression })) as Readable;
      gone.on("error", () => {}).resume();
      await until(() => areOn().every(Boolean));
      gone.destroy();
      await until(() => areOn().every((isOn) => !isOn));
      let next: Readable | undefined;
      await until(async () => (next = await live.start(REQUEST)) !== undefined);
      next?.resume();
      await until(() => areOn().every(Boolean));
      await live.stop();
    },
  );

  it("that nobody ever reads does not keep the place, and leaves no tap on", async () => {
    const { live, areOn } = rig();
    ((await live.start(REQUEST)) as Readable).on("error", () => {}).destroy();
    await until(() => areOn().every((isOn) => !isOn));
    await until(async () => (await live.start(REQUEST))?.destroy() !== undefined);
  });
});
