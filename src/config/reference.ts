import { AGENT_VARIABLES } from "./environment.ts";
import { KEYS } from "./keyspace.ts";

/** The keys as a Markdown table, for the README; a test compares the two, so that they cannot drift apart. */
export function keyTable(): string {
  const rows = KEYS.map(({ path, defaultText, variable, help }) => {
    const shown = defaultText === undefined ? "" : `\`${defaultText === "" ? '""' : defaultText}\``;
    return `| \`${path}\` | ${shown} | \`${variable}\` | ${help.replaceAll("|", "\\|")} |`;
  });
  return ["| key | default | environment | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The Datadog Agent's environment names that are understood, as a sentence for the README. */
export function agentVariables(): string {
  return AGENT_VARIABLES.map((name) => `\`${name}\``).join(", ");
}
