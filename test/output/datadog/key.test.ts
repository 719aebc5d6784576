import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Intake } from "../../support/intake/intake.ts";
import type { PostResponse } from "../../../src/output/delivery/transport.ts";
import { startIntake } from "../../support/intake/intake.ts";
import { KEY, Rig, until } from "./rig.ts";

const SERIES = "/api/v2/series";
const OLD_KEY = "0ld0000000000000000000000000000f";

let intake: Intake;
let rig: Rig;
beforeEach(async () => {
  intake = await startIntake({ keys: [KEY], now: () => rig.nowMs });
  rig = new Rig(intake.url);
});
afterEach(async () => {
  await rig.output.close(rig.nowMs);
  expect(rig.balance()).toBe(0);
  await intake.close();
});

/** Moves time, and lets the output do what is due. */
function pass(ms: number): void {
  rig.nowMs += ms;
  rig.output.tick(rig.nowMs);
}

describe("a key that is refused", () => {
  it("keeps the points, retries slowly and is unhealthy until the key works", async () => {
    intake.keys.clear();
    rig.send("hits:1|c");
    rig.flush();
    await until(() => rig.output.status().retries === 1, "the refusal is seen");
    expect(rig.output.status()).toMatchObject({ healthy: false, retries: 1 });
    expect(rig.output.status().detail).toContain("403");
    pass(63_999);
    expect(intake.arrivals).toHaveLength(1);
    intake.keys.add(KEY);
    pass(1);
    await until(() => rig.note("points_delivered") === 1, "the retry is delivered");
    expect(rig.output.status().healthy).toBe(true);
  });

  it("is read again from its file, and a new one is tried at once", async () => {
    let content = `${OLD_KEY}\n`;
    const file = { apiKey: undefined, apiKeyFile: "/etc/key" };
    rig = new Rig(intake.url, file, { readFile: async () => content });
    rig.send("hits:1|c");
    rig.flush();
    await until(() => rig.output.status().retries === 1, "the refusal is seen");
    content = `${KEY}\n`;
    pass(64_000);
    await until(() => rig.output.status().retries === 2, "the old key is refused once more, and the file read");
    pass(0);
    await until(() => rig.note("points_delivered") === 1, "the new key works");
    expect(intake.arrivals.map(({ key }) => key)).toEqual([OLD_KEY, OLD_KEY, KEY]);
  });

  it("is another at once for all requests that were refused because of one old key", async () => {
    const old = Promise.withResolvers<void>();
    let content = OLD_KEY;
    let underWay = 0;
    const post = async ({ headers }: { headers: Readonly<Record<string, string>> }): Promise<PostResponse> => {
      if (headers["dd-api-key"] === KEY) return { status: 202, headers: new Map(), body: "" };
      if (++underWay === 2) {
        content = KEY;
        old.resolve();
      }
      await old.promise;
      return { status: 403, headers: new Map(), body: "" };
    };
    const file = { apiKey: undefined, apiKeyFile: "/etc/key" };
    const transport = { post, close: async () => undefined };
    rig = new Rig(intake.url, file, { readFile: async () => content, transport });
    for (const name of ["first", "second"]) {
      rig.send(`${name}:1|g`);
      rig.flush();
    }
    await until(() => rig.note("points_delivered") === 2, "the new key works, without a wait");
    expect(rig.output.status().retries).toBe(2);
  });

  it.each<[string, () => Promise<string>]>([
    [
      "cannot be read",
      () => Promise.reject(Object.assign(new Error("no such file, open '/etc/key'"), { code: "ENOENT" })),
    ],
    ["is empty", async () => " \n"],
    ["no header can carry", async () => `${KEY}\n${OLD_KEY}\n`],
  ])("file that %s: nothing is posted, the points are kept", async (_, readFile) => {
    rig = new Rig(intake.url, { apiKey: undefined, apiKeyFile: "/etc/key" }, { readFile });
    rig.send("hits:1|c");
    rig.flush();
    await until(() => rig.output.status().retries === 1, "the failure is seen");
    expect(rig.output.status().detail).toContain("/etc/key");
    expect(rig.output.status().detail).not.toContain(KEY);
    expect(intake.arrivals).toHaveLength(0);
  });
});

describe("the key", () => {
  it("is in the DD-API-KEY header and nowhere else, whatever goes wrong", async () => {
    const echo = `{"errors":["key ${KEY} of api_key=${KEY}"]}`;
    const answers = [400, 401, 403, 404, 413, 429, 500, 301, 202];
    for (const status of answers) intake.faults.next(SERIES, { type: "answer", status, body: echo });
    intake.faults.next(SERIES, { type: "cut_after" });
    const failing = async (): Promise<never> => {
      throw new Error(`connect to https://x/?api_key=${KEY}`, { cause: new Error(`dd-api-key: ${KEY}`) });
    };
    const statuses: string[] = [];
    rig = new Rig(intake.url, { retryAgeMaxMs: 0 });
    for (let round = 0; round <= answers.length + 1; round++) {
      rig.send(`m${round}:1|g`, "n:1|g");
      rig.flush();
      await until(() => {
        pass(64_000);
        return intake.arrivals.length > round;
      }, "the next request");
      statuses.push(JSON.stringify(rig.output.status()));
    }
    await until(() => {
      pass(64_000);
      return rig.note("points_queued") === 0;
    }, "all is delivered or dropped");
    const broken = new Rig(intake.url, {}, { transport: { post: failing, close: async () => undefined } });
    broken.send("hits:1|c");
    broken.flush();
    await until(() => broken.output.status().retries === 1, "the failure is seen");
    statuses.push(JSON.stringify(broken.output.status()), JSON.stringify(broken.options));
    await broken.output.close(broken.nowMs);
    for (const text of [...statuses, ...rig.lines, ...broken.lines]) expect(text).not.toContain(KEY);
    for (const { url, headers } of intake.arrivals) {
      expect(url).not.toContain(KEY);
      expect(
        Object.entries(headers)
          .filter(([, value]) => value.includes(KEY))
          .map(([name]) => name),
      ).toEqual(["dd-api-key"]);
    }
    expect(rig.lines.length).toBeGreaterThan(5);
  });
});
