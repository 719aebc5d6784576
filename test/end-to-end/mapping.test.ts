import { afterEach, expect, test, vi } from "vitest";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";

vi.setConfig({ testTimeout: 30_000 });

const running: Tallyd[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((tallyd) => tallyd.end("SIGKILL")));
});

/** The process with the given environment, after it has taken `lines`: its samples without its own metrics. */
async function pageOf(environment: Readonly<Record<string, string>>, lines: readonly string[]): Promise<object> {
  const tallyd = await startTallyd(["--shards", "1"], environment);
  running.push(tallyd);
  await send(tallyd.udpPort, lines);
  const samples = [...(await tallyd.scrape())];
  return Object.fromEntries(samples.filter(([name]) => !/^(?:tallyd|process|nodejs)_/.test(name)));
}

const JOBS = {
  name: "jobs",
  prefix: "job.",
  mappings: [
    { match: "job.*.*.done", name: "job.done", tags: { queue: "$1", kind: "${2}_job" } },
    { match: "job\\.(\\d+)\\.failed", match_type: "regex", name: "job.failed", tags: { id: "$1" } },
  ],
};
const BROKEN = { name: "broken", prefix: "web.", mappings: [{ match: "web.**", name: "web" }] };

test("profiles from the environment map; a broken one is told in log, status and page and hinders nobody", async () => {
  const environment = {
    DD_DOGSTATSD_MAPPER_PROFILES: JSON.stringify([BROKEN, JOBS]),
    DD_STATSD_METRIC_NAMESPACE: "app",
  };
  const lines = [
    "job.mail.send.done:1|c\njob.mail.send.done:2|c|#env:x",
    "job.mail.send.done:4|c",
    "job.17.failed:8|c\njob.x.failed:16|c",
    "web.hits:32|c",
    "kafka.lag:64|c",
  ];
  expect(await pageOf(environment, lines)).toEqual({
    'app_job_done_total{kind="send_job",queue="mail"}': 5,
    'app_job_done_total{env="x",kind="send_job",queue="mail"}': 2,
    'app_job_failed_total{id="17"}': 8,
    app_job_x_failed_total: 16,
    app_web_hits_total: 32,
    kafka_lag_total: 64,
  });
  const [tallyd] = running as [Tallyd];
  const warning =
    'profile "broken", mapping 1 ("web.**") has two * beside each other; remedy: write one * (refused; everything else goes on)';
  expect((await tallyd.status()).warnings).toEqual([warning]);
  expect(tallyd.log.filter(({ level }) => level >= 50).map(({ msg }) => msg)).toEqual([warning]);
  const page = await (await fetch(`${tallyd.http}/`)).text();
  expect(page).toContain("profile &quot;broken&quot;, mapping 1");
});

test("profiles that are no JSON leave a server that works", async () => {
  expect(await pageOf({ DD_DOGSTATSD_MAPPER_PROFILES: "[{" }, ["a:1|c"])).toEqual({ a_total: 1 });
  expect((await (running[0] as Tallyd).status()).warnings).toEqual([
    expect.stringContaining("the mapper profiles are not valid JSON"),
  ]);
});

test("filters of names and tags, and tags of origins, from the environment", async () => {
  const environment = {
    DD_METRIC_FILTERLIST_PREFIX: '[{"prefix":"debug.","except_exact":["debug.keep"]}]',
    DD_METRIC_TAG_FILTERLIST: '[{"metric_name":"hits","tags":["user"]}]',
    TALLYD_ORIGIN_TAGS: "container_id,external_data",
  };
  const lines = [
    "debug.x:1|c\ndebug.keep:2|c",
    "hits:4|c|#user:1,env:x\nhits:8|c|#env:x,user:2\nhits:16|c|#user:1,env:x|c:ci-7f",
    "misses:32|c|card:low|e:cn-web|c:7f\nmisses:64|c|c:7f|e:it-x,cn-web\nmisses:128|c|c:7f|card:none",
  ];
  expect(await pageOf(environment, lines)).toEqual({
    debug_keep_total: 2,
    'hits_total{env="x"}': 12,
    'hits_total{container_id="7f",env="x"}': 16,
    'misses_total{container_id="7f",container_name="web"}': 96,
    misses_total: 128,
  });
  expect((await (running[0] as Tallyd).status()).ledger).toMatchObject({ limited: { filter: 1 }, balance: 0 });
});
