import { describe, expect, test } from "vitest";
import { loadLibc } from "../../src/transport/libc.ts";
import { testBatches } from "../../src/transport/batch/self-test.ts";
import { ReaderMissingError, chooseReader } from "../../src/transport/reader.ts";

const works = (): Promise<undefined> => Promise.resolve(undefined);
const missing = (): Promise<string> => Promise.resolve("node:ffi needs Node.js 26, and this is v24.12.0");

describe("how datagrams are read", () => {
  test.each([
    ["auto, where batches work", "auto", works, "batch", "recvmmsg is here and passed its self-test"],
    ["auto, where they do not", "auto", missing, "dgram", "batch cannot be had here: node:ffi needs Node.js 26"],
    ["batch, where it works", "batch", works, "batch", "as configured"],
    ["dgram, wherever", "dgram", works, "dgram", "as configured"],
  ] as const)("%s", async (_name, asked, find, reader, why) => {
    const choice = await chooseReader(asked, find);
    expect(choice.reader).toBe(reader);
    expect(choice.why).toContain(why);
  });

  test("batch, where it does not work, is an error that says what to do", async () => {
    const refused = chooseReader("batch", missing);
    await expect(refused).rejects.toThrow(ReaderMissingError);
    await expect(refused).rejects.toThrow("Set transport to auto or dgram");
  });
});

const answer = (value: number) => (): number => value;

describe("the self-test", () => {
  test("passes here", async () => {
    expect(await testBatches(loadLibc())).toBeUndefined();
  });

  test.each([
    ["a datagram that does not come", { recvmmsg: answer(1) }, "of 3 datagrams it received 1"],
    ["structures that are not as expected", { recvmmsg: answer(3) }, "came in different"],
    ["a call that fails", { recvmmsg: answer(-1), errno: answer(38) }, "recvmmsg: ENOSYS"],
    ["a socket that cannot be had", { socket: answer(-1), errno: answer(1) }, "socket: EPERM"],
  ])("tells %s", async (_name, broken, trouble) => {
    expect(await testBatches({ ...loadLibc(), ...broken })).toContain(trouble);
  });
});

test("node:ffi's warning that it is experimental reaches nobody", () => {
  const warned: string[] = [];
  process.on("warning", ({ message }) => warned.push(message));
  loadLibc();
  return new Promise<void>((resolve) =>
    setImmediate(() => {
      expect(warned).toEqual([]);
      resolve();
    }),
  );
});
