import { writeFileSync } from "node:fs";
import { drawGlobs } from "../policy/mapping/exporter/graph.ts";
import { readMapping } from "./mapping.ts";
import { loadSettings } from "./settings.ts";
import type { SettingsFlags } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Draws the globs of the mapping into a file, for `--debug.dump-fsm`. False where the file cannot be written, which is told;
 * settings with errors are left to whoever uses them.
 */
export function drawGlobsOf(flags: SettingsFlags, file: string, terminal: Terminal): boolean {
  const settings = loadSettings(flags, terminal.environment);
  if (!settings.ok) return true;
  try {
    writeFileSync(file, drawGlobs(readMapping(settings.value.config).mapping));
    return true;
  } catch (error) {
    terminal.err(`--debug.dump-fsm: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
