import { CELL_KINDS, type CellKind } from "../model/kind.ts";
import type { TallyMemory } from "../model/status.ts";
import type { CoreExports } from "./module.ts";

export function readMemory(core: CoreExports): TallyMemory {
  const series = Object.fromEntries(CELL_KINDS.map((kind, code) => [kind, core.cellCount(code)]));
  return {
    bytes: core.memory.buffer.byteLength,
    usedBytes: core.memoryUsed(),
    keys: core.keyCount(),
    series: series as Record<CellKind, number>,
  };
}
