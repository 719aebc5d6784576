import { describe, expect, it } from "vitest";
import { takeLive } from "../../src/config/live.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Loaded } from "../../src/config/load.ts";

const MACHINE = { hostname: "here", cores: 2, pid: 1 };

function loaded(text: string): Loaded {
  const result = loadConfig({ file: { name: "t.yaml", text }, machine: MACHINE });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const take = (running: string, next: string) => takeLive(loaded(running), loaded(next), MACHINE);

describe("takeLive", () => {
  it("takes rules and the log level", () => {
    const next =
      "namespace: a\ntags: [x:y]\nlog_level: debug\nmapping: {profiles: [{name: p, prefix: a., mappings: []}]}\n";
    const { loaded: merged, changed, restart } = take("{}", next);
    expect(merged.config).toEqual(loaded(next).config);
    expect(changed.toSorted()).toEqual(["log_level", "mapping.profiles", "namespace", "tags"]);
    expect(restart).toEqual([]);
  });

  it("leaves everything else as it was, and names it", () => {
    const {
      loaded: merged,
      changed,
      restart,
    } = take("{}", "namespace: a\nhttp: 127.0.0.1:1\nprometheus: {ttl: {gauge: 2h}}\nlisten: ['udp://127.0.0.1:1']\n");
    expect(merged.config).toEqual(loaded("namespace: a").config);
    expect(changed).toEqual(["namespace"]);
    expect(restart.toSorted()).toEqual(["http", "listen", "prometheus.ttl.gauge"].toSorted());
  });

  it("goes on to name what waits for a restart, however often the file is read", () => {
    const running = loaded("{}");
    const next = loaded("shards: 7");
    const once = takeLive(running, next, MACHINE);
    expect(takeLive(once.loaded, next, MACHINE).restart).toEqual(["shards"]);
  });

  it("sees that a secret has changed, and shows it to nobody", () => {
    const result = take("datadog: {api_key: aaaa}", "datadog: {api_key: bbbb}");
    expect(result.restart).toEqual(["datadog.api_key"]);
    expect(JSON.stringify(result)).not.toMatch(/aaaa|bbbb/);
    expect(result.loaded.config.datadog.apiKey?.reveal()).toBe("aaaa");
  });

  it("says nothing of a file that means the same", () => {
    expect(take("flush_interval: 10s", "{}")).toMatchObject({ changed: [], restart: [] });
  });
});
