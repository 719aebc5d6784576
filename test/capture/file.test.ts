import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { CaptureFileError, openCapture, writeCapture } from "../../src/capture/file.ts";
import { header } from "../../src/capture/format.ts";
import { AGENT_FILE, AGENT_PAYLOADS } from "./agent-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyd-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function stored(bytes: Uint8Array): string {
  const path = join(folder, `file-${++files}.dog`);
  writeFileSync(path, bytes);
  return path;
}

async function readAll(path: string) {
  const { pieces, report } = await openCapture(path);
  const payloads: string[] = [];
  for await (const records of pieces) payloads.push(...records.map(({ payload }) => Buffer.from(payload).toString()));
  return { payloads, report };
}

async function* from(...blocks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* blocks;
}

/** Many records of the Agent's example, so that a cut falls into the middle of compressed data. */
const LONG = Buffer.concat([
  header(),
  ...Array.from({ length: 20_000 }, (_, index) => {
    const record = Buffer.from(AGENT_FILE.subarray(8, 8 + 151));
    record.write(String(index).padStart(6, "0"), 40);
    return record;
  }),
  Buffer.alloc(8),
]);

describe("a capture on the disk", () => {
  it.each(["none", "zstd"] as const)("(compression %s) reads back as it was written", async (compression) => {
    const path = join(folder, `written-${compression}`);
    const bytes = await writeCapture(path, from(AGENT_FILE.subarray(0, 50), AGENT_FILE.subarray(50)), compression);
    const { payloads, report } = await readAll(path);
    expect(payloads).toEqual(AGENT_PAYLOADS);
    expect(report.ending).toBe("whole");
    expect(readFileSync(path)).toHaveLength(bytes);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("leaves neither file when its source fails, and an older one of that name in place", async () => {
    const path = stored(Buffer.from("older"));
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield AGENT_FILE;
      throw new Error("no more");
    }
    await expect(writeCapture(path, failing(), "zstd")).rejects.toThrow(CaptureFileError);
    expect(readFileSync(path, "utf8")).toBe("older");
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("in a folder that is not there is refused in words", async () => {
    const path = join(folder, "none", "file");
    await expect(writeCapture(path, from(AGENT_FILE), "none")).rejects.toThrow("there is no such file or folder");
  });

  it.each([
    ["that is not there", () => join(folder, "nothing"), "there is no such file"],
    ["that is a folder", () => folder, "no regular file"],
    ["that is a text", () => stored(Buffer.from("page.views:1|c\n")), "is no capture"],
    ["that is empty", () => stored(Buffer.alloc(0)), "too short"],
    ["that is zstd of something else", () => stored(zstdCompressSync(Buffer.alloc(100_000))), "is no capture"],
    ["that only begins like zstd", () => stored(Buffer.from("28b52ffd00ff00ff00ff", "hex")), "is no capture"],
  ])("%s is no capture", async (_, make, want) => {
    await expect(readAll(make())).rejects.toThrow(want);
  });

  it("cut within its compressed data gives what was there, and says so", async () => {
    const whole = zstdCompressSync(LONG);
    const { payloads, report } = await readAll(stored(whole.subarray(0, Math.floor(whole.length * 0.7))));
    expect(report.ending).toBe("cut");
    expect(payloads.length).toBeGreaterThan(5_000);
    expect(payloads.length).toBeLessThan(20_000);
  });

  it("damaged within its compressed data gives what was before, and says so", async () => {
    const whole = zstdCompressSync(LONG);
    whole.fill(0xff, Math.floor(whole.length * 0.7));
    const { payloads, report } = await readAll(stored(whole));
    expect(report.ending).toBe("cut");
    expect(payloads.length).toBeGreaterThan(5_000);
  });

  it("whose records are a bomb of 256 MiB is read in bounded memory", async () => {
    // One record that claims less than the limit, then endless 01 bytes, which claim 16,843,009.
    const bomb = zstdCompressSync(Buffer.concat([header(), Buffer.alloc(1 << 28, 0x01)]));
    expect(bomb.length).toBeLessThan(200_000);
    const path = stored(bomb);
    const before = process.memoryUsage().rss;
    const { payloads, report } = await readAll(path);
    expect([payloads.length, report.ending]).toEqual([0, "broken"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("that is 64 MiB of refused records ends early and in bounded memory", async () => {
    // Lengths of one, each with a message that is none: 01 00 00 00 FF.
    const bomb = zstdCompressSync(Buffer.concat([header(), Buffer.alloc(1 << 26, Buffer.from("01000000ff", "hex"))]));
    const path = stored(bomb);
    const before = process.memoryUsage().rss;
    const { report } = await readAll(path);
    expect([report.ending, report.refused]).toEqual(["broken", 10_000]);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});
