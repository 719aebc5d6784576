import { hashSync } from "bcryptjs";
import fastify from "fastify";
import { describe, expect, it, test } from "vitest";
import { UNPROTECTED } from "../../src/model/web-config.ts";
import type { WebProtection } from "../../src/model/web-config.ts";
import { namesOf } from "../../src/web/client-names.ts";
import { addGuard, readBasic } from "../../src/web/guard.ts";
import { PASSWORD_CHECKS_MAX, PASSWORDS_REMEMBERED_MAX } from "../../src/web/limits.ts";
import { PasswordMemory, PasswordThread } from "../../src/web/passwords.ts";
import type { Compare } from "../../src/web/passwords.ts";

function guarded(protection: Partial<WebProtection>, compare: Compare = async () => true) {
  const compared: string[] = [];
  const app = fastify();
  let nowMs = 0;
  addGuard(app, {
    protection: () => ({ ...UNPROTECTED, ...protection }),
    compare(password, hash) {
      compared.push(`${password} ${hash}`);
      return compare(password, hash);
    },
    monotonicMs: () => nowMs,
  });
  app.get("/", () => "in");
  const ask = async (user?: string, password = ""): Promise<number> => {
    const authorization = user === undefined ? {} : { authorization: `Basic ${btoa(`${user}:${password}`)}` };
    return (await app.inject({ url: "/", headers: authorization })).statusCode;
  };
  return { ask, compared, wait: (ms: number) => void (nowMs += ms) };
}

const USERS = new Map([
  ["ann", "HASH-A"],
  ["bob", "HASH-B"],
]);

describe("the guard", () => {
  it("compares each password once, right or wrong", async () => {
    const { ask, compared } = guarded({ users: USERS }, async (password) => password === "good");
    expect([await ask("ann", "good"), await ask("ann", "good")]).toEqual([200, 200]);
    expect([await ask("ann", "bad"), await ask("ann", "bad")]).toEqual([401, 401]);
    expect(compared).toEqual(["good HASH-A", "bad HASH-A"]);
  });

  it("takes as long for a user that does not exist, and lets nobody in by it", async () => {
    const { ask, compared } = guarded({ users: USERS });
    expect([await ask("eve", "x"), await ask("eve", "x")]).toEqual([401, 401]);
    expect(compared).toEqual(["x HASH-A"]);
  });

  it("knows no difference between a user's right password and another user's", async () => {
    const { ask } = guarded({ users: USERS }, async (_password, hash) => hash === "HASH-A");
    expect([await ask("ann", "x"), await ask("bob", "x")]).toEqual([200, 401]);
  });

  it("answers 503 while too many passwords wait", async () => {
    const { ask } = guarded({ users: USERS }, async () => undefined);
    expect(await ask("ann", "x")).toBe(503);
  });

  it("fills its bucket of requests with time", async () => {
    const { ask, wait } = guarded({ rateLimit: { burst: 1, intervalMs: 100 } });
    expect([await ask(), await ask()]).toEqual([200, 429]);
    wait(100);
    expect([await ask(), await ask()]).toEqual([200, 429]);
    wait(10_000);
    expect([await ask(), await ask()]).toEqual([200, 429]);
  });
});

describe("readBasic", () => {
  it.each([
    ["Basic YTpi", { user: "a", password: "b" }],
    ["basic YTpiOmM=", { user: "a", password: "b:c" }],
    ["Basic Og==", { user: "", password: "" }],
    ["Basic YWI=", undefined],
    ["Basic !!!", undefined],
    ["Bearer YTpi", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j", (header, want) => {
    expect(readBasic(header)).toEqual(want);
  });
});

describe("a thread for passwords", () => {
  it("compares with bcrypt hashes of all three spellings, beside the event loop", async () => {
    const thread = new PasswordThread();
    const hash = hashSync("secret", 4);
    const spelled = ["$2a$", "$2b$", "$2y$"].map((start) => start + hash.slice(4));
    expect(await Promise.all(spelled.map((one) => thread.compare("secret", one)))).toEqual([true, true, true]);
    expect(await thread.compare("Secret", hash)).toBe(false);
    await thread.close();
  });

  it("turns away what is too much, keeps the rest, and starts anew after its end", async () => {
    const thread = new PasswordThread();
    const hash = hashSync("secret", 4);
    const asked = Array.from({ length: PASSWORD_CHECKS_MAX + 1 }, () => thread.compare("secret", hash));
    expect(await asked.at(-1)).toBeUndefined();
    expect((await Promise.all(asked)).filter((answer) => answer === true)).toHaveLength(PASSWORD_CHECKS_MAX);
    const cut = thread.compare("secret", hashSync("secret", 12));
    await thread.close();
    await expect(cut).rejects.toThrow("has ended");
    expect(await thread.compare("secret", hash)).toBe(true);
    await thread.close();
  });
});

test("guesses do not push right passwords out of the memory, which is bounded", () => {
  const memory = new PasswordMemory();
  memory.remember("right", true);
  for (let i = 0; i <= PASSWORDS_REMEMBERED_MAX; i++) memory.remember(`wrong ${i}`, false);
  expect([memory.recall("right"), memory.recall("wrong 0"), memory.recall("wrong 1")]).toEqual([
    true,
    undefined,
    false,
  ]);
});

test("digests tell user, password and hash apart wherever one ends and the next begins", () => {
  const memory = new PasswordMemory();
  const digests = [memory.digest("a", "b", "c"), memory.digest("ab", "", "c"), memory.digest("a", "", "bc")];
  expect(new Set(digests).size).toBe(3);
});

describe("names of a certificate", () => {
  it.each([
    ["DNS:a.example, IP Address:10.0.0.1", ["a.example", "10.0.0.1"]],
    ['URI:"http://x/,DNS:evil", email:a@b', ["http://x/,DNS:evil", "a@b"]],
    ['DNS:"a\\", DNS:evil.example"', ['a", DNS:evil.example']],
    ["", []],
    [undefined, []],
  ])("%j", (text, want) => {
    expect(namesOf(text)).toEqual(want);
  });
});
