import { availableParallelism, hostname } from "node:os";
import { loadConfig } from "../config/load.ts";
import { tellProblem } from "../policy/mapping/profile.ts";
import { readPolicy } from "./policy.ts";
import { readText } from "./settings.ts";
import { formatErrors } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The file is checked as it stands; only a key that belongs in the environment may come from there. */
const FROM_ENVIRONMENT = ["DD_API_KEY", "DD_API_KEY_FILE", "TALLYD_DATADOG_API_KEY", "TALLYD_DATADOG_API_KEY_FILE"];

/** `tallyd check FILE`: prints every error of a configuration file. Answers the exit code. */
export function check(path: string, terminal: Terminal): number {
  const file = readText(path, "FILE");
  if (!file.ok) {
    terminal.err(formatErrors(file.error));
    return 1;
  }
  const result = loadConfig({
    file: { name: path, text: file.value },
    environment: Object.fromEntries(FROM_ENVIRONMENT.map((name) => [name, terminal.environment[name]])),
    machine: { hostname: hostname(), cores: availableParallelism() },
  });
  if (!result.ok) {
    terminal.err(formatErrors(result.error));
    return 1;
  }
  for (const warning of result.value.warnings) terminal.err(`warning: ${warning}`);
  const { problems } = readPolicy(result.value.config);
  for (const problem of problems) terminal.err(`${problem.isRefused ? "error" : "warning"}: ${tellProblem(problem)}`);
  if (problems.some(({ isRefused }) => isRefused)) return 1;
  terminal.out(`${path} is valid`);
  return 0;
}
