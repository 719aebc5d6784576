import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPolicy } from "../../src/cli/policy.ts";
import { createReloader } from "../../src/cli/reload.ts";
import type { Reloader } from "../../src/cli/reload.ts";
import { createReread, loadSettings } from "../../src/cli/settings.ts";
import type { PolicyOptions } from "../../src/policy/policy.ts";
import { manualClock } from "../support/manual-clock.ts";

let folder = "";
let path = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyd-reload-"));
  path = join(folder, "mapping.yml");
});
afterAll(() => rmSync(folder, { recursive: true }));

const NO_LOG = Object.fromEntries(
  ["debug", "info", "warn", "error", "fatal"].map((level) => [level, () => {}]),
) as unknown as Parameters<typeof createReloader>[0]["log"];

/** A process without threads that has read `rules`; `policies` are those that its shards were told, the first one in front. */
function running(rules: string): { reloader: Reloader; policies: PolicyOptions[] } {
  writeFileSync(path, rules);
  const flags = { mapping: [path] };
  const first = loadSettings(flags, {});
  if (!first.ok) throw new Error(JSON.stringify(first.error));
  const { policy, layouts } = readPolicy(first.value.config);
  const policies = [policy];
  const reloader = createReloader(
    {
      reread: createReread(flags, {}, first.value, () => {}),
      policy,
      layouts,
      outputs: [],
      shards: { usePolicy: async (next) => void policies.push(next) },
      clock: manualClock(),
      log: NO_LOG,
    },
    [],
  );
  return { reloader, policies };
}

const RULES = `defaults: {summary_options: {max_age: 2m}, ttl: 1h}
mappings:
- {match: a.*, name: a}
- {match: b.*, name: b, summary_options: {max_age: 5m}}
- {match: c.*, name: c, observer_type: histogram}
`;

test("reading the same files again changes nothing of what series are", async () => {
  const { reloader, policies } = running(RULES);
  expect(await reloader.reload()).toEqual({
    ok: true,
    notes: ["no key has changed", "rules for Prometheus: 3, 3 of them as before; there were 3"],
  });
  await reloader.reload();
  expect(policies).toHaveLength(3);
  for (const policy of policies) expect(policy.exporter).toEqual(policies[0]?.exporter);
  expect(policies.map(({ epoch }) => epoch)).toEqual([undefined, 1, 2]);
});

test("rules that stand elsewhere are the same; what has changed is counted, also when nothing is left", async () => {
  const { reloader } = running(RULES);
  const notesOf = async (rules: string): Promise<readonly string[]> => {
    writeFileSync(path, rules);
    const outcome = await reloader.reload();
    return outcome.ok ? outcome.notes.slice(1) : outcome.errors;
  };
  expect(await notesOf(RULES.replace("mappings:\n", "mappings:\n# here\n\n"))).toEqual([
    "rules for Prometheus: 3, 3 of them as before; there were 3",
  ]);
  expect(await notesOf(RULES.replace("name: b", "name: bb"))).toEqual([
    "rules for Prometheus: 3, 2 of them as before; there were 3",
  ]);
  expect(await notesOf("")).toEqual(["rules for Prometheus: 0, 0 of them as before; there were 3"]);
  expect(await notesOf("")).toEqual([]);
});

test("a window of quantiles that the defaults say anew is that of series, and not of the tally", async () => {
  const { reloader, policies } = running(RULES);
  writeFileSync(path, RULES.replace("2m", "4m"));
  await reloader.reload();
  const looks = policies.map((policy) => policy.exporter?.looks.map(({ layoutPlain }) => layoutPlain));
  // The configured layout, which the defaults said at the start; their own one now.
  expect([looks[0]?.[0] === looks[1]?.[0], looks[0]?.[1] === looks[1]?.[1]]).toEqual([false, true]);
});
