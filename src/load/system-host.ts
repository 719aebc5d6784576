import { setImmediate, setTimeout } from "node:timers/promises";
import { LibcMissingError } from "../transport/libc.ts";
import type { Libc } from "../transport/libc.ts";
import type { LoadHost } from "./send-load.ts";

/** This process's own time. */
export const systemHost: LoadHost = {
  monotonicMs: () => performance.now(),
  pause: () => setTimeout(1),
  breathe: () => setImmediate(),
};

/** What `load` answers, or undefined where there is no C library to call. */
export function libcIfAny(load: () => Libc): Libc | undefined {
  try {
    return load();
  } catch (error) {
    if (error instanceof LibcMissingError) return undefined;
    throw error;
  }
}
