import { loadConfig } from "../../src/config/load.ts";
import type { Loaded } from "../../src/config/load.ts";
import type { Machine } from "../../src/config/config.ts";
import type { Environment } from "../../src/config/environment.ts";
import type { ConfigError } from "../../src/config/given.ts";

export interface Source {
  readonly file?: string;
  readonly environment?: Environment;
  readonly flags?: Readonly<Record<string, string>>;
  readonly machine?: Machine;
}

function run({ file, environment = {}, flags = {}, machine = { hostname: "machine", cores: 2 } }: Source) {
  const given = Object.entries(flags).map(([key, value]) => [key, { value, origin: `--${key}` }] as const);
  return loadConfig({
    file: file === undefined ? undefined : { name: "tallyd.yaml", text: file },
    environment,
    flags: new Map(given),
    machine,
  });
}

/** The configuration; throws where there are errors. */
export function load(source: Source): Loaded {
  const result = run(source);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The errors, each as [key, origin, given, problem, remedy]; none where the configuration is right. */
export function refuse(source: Source): string[][] {
  const result = run(source);
  const errors: readonly ConfigError[] = result.ok ? [] : result.error;
  return errors.map(({ key, origin, given, problem, remedy }) => [key, origin, given, problem, remedy]);
}

export function problems(source: Source): string[] {
  return refuse(source).map(([, , , problem]) => problem ?? "");
}
