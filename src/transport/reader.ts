import { LibcMissingError, loadLibc } from "./libc.ts";
import { testBatches } from "./batch/self-test.ts";

/** How datagrams are read: `batch` by recvmmsg, `dgram` by node:dgram. */
export type Reader = "batch" | "dgram";

export interface ReaderChoice {
  readonly reader: Reader;
  /** A clause for the log. */
  readonly why: string;
}

/** `batch` was asked for by name and cannot be had. */
export class ReaderMissingError extends Error {
  override readonly name = "ReaderMissingError";
}

/** Finds out how datagrams can be read here; `find` answers what is wrong with batches. Rejects with a `ReaderMissingError` where the one asked for cannot be had. */
export async function chooseReader(
  asked: Reader | "auto",
  find: () => Promise<string | undefined> = findTrouble,
): Promise<ReaderChoice> {
  if (asked === "dgram") return { reader: "dgram", why: "as configured" };
  const trouble = await find();
  if (trouble === undefined) {
    return { reader: "batch", why: asked === "batch" ? "as configured" : "recvmmsg is here and passed its self-test" };
  }
  if (asked === "batch") {
    throw new ReaderMissingError(
      `transport batch cannot be had here: ${trouble}. Set transport to auto or dgram, or run on Linux with Node.js 26`,
    );
  }
  return { reader: "dgram", why: `batch cannot be had here: ${trouble}` };
}

async function findTrouble(): Promise<string | undefined> {
  try {
    const trouble = await testBatches(loadLibc());
    return trouble === undefined ? undefined : `its self-test failed: ${trouble}`;
  } catch (error) {
    if (error instanceof LibcMissingError) return error.message;
    throw error;
  }
}
