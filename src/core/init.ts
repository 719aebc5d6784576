import { randomBytes } from "node:crypto";
import type { Layout } from "../model/layout.ts";
import type { CoreExports } from "./module.ts";
import type { TallyOptions } from "./options.ts";

/** WebAssembly's 4 GiB, less the last page. */
const MEMORY_BYTES_MAX = 0xffff_0000;
const SIGNS = { auto: 0, absolute: 1, step: 2 } as const;

/** Makes an instance of the core an empty tally. */
export function initCore(core: CoreExports, options: TallyOptions): void {
  core.init(
    options.memoryBytesMax ?? MEMORY_BYTES_MAX,
    options.keySeed ?? randomSeed(),
    options.setSeed ?? randomSeed(),
    SIGNS[options.gaugeSign ?? "auto"],
    options.readsTimestamps === false ? 0 : 1,
    options.readsOrigin === true ? 1 : 0,
    options.requiresEnd === true ? 1 : 0,
    options.keysMax ?? 0xffff_ffff,
    options.keyBytesMax ?? 8192,
    options.ages ?? 1,
    options.ageMs ?? 0,
    options.bounded === "whole" ? 2 : options.boundsSuffice === true ? 1 : 0,
  );
}

/** Writes the layouts into the core, numbered from `first` on, with their thresholds and windows. */
export function defineLayouts(core: CoreExports, layouts: readonly Layout[], first: number): void {
  for (const [index, { digits, thresholds, window }] of layouts.entries()) {
    const { ages, ageMs } = window ?? { ages: 0, ageMs: 0 };
    const at = core.defineLayout(first + index, digits === 3 ? 3 : 0, thresholds.length, ages, ageMs) >>> 0;
    new Float64Array(core.memory.buffer).set(thresholds, at / 8);
  }
}

function randomSeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
