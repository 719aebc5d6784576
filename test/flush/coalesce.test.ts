import { expect, test } from "vitest";
import { coalesce } from "../../src/flush/coalesce.ts";

/** A task whose runs end when the test says so. */
function task() {
  const runs: PromiseWithResolvers<void>[] = [];
  const run = coalesce(() => {
    const one = Promise.withResolvers<void>();
    runs.push(one);
    return one.promise;
  });
  return { runs, run };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("who asks during a run waits for the next one, which serves all of them", async () => {
  const { runs, run } = task();
  const done: string[] = [];
  void run().then(() => done.push("first"));
  void run().then(() => done.push("second"));
  void run().then(() => done.push("third"));
  expect(runs).toHaveLength(1);
  runs[0]?.resolve();
  await turn();
  expect([runs.length, done]).toEqual([2, ["first"]]);
  void run().then(() => done.push("fourth"));
  runs[1]?.resolve();
  await turn();
  expect([runs.length, done]).toEqual([3, ["first", "second", "third"]]);
  runs[2]?.resolve();
  await turn();
  expect(done).toEqual(["first", "second", "third", "fourth"]);
});

test("a run that failed fails for those who waited for it, and the next one runs all the same", async () => {
  const { runs, run } = task();
  const first = run();
  const second = run();
  runs[0]?.reject(new Error("broken"));
  await expect(first).rejects.toThrow("broken");
  await turn();
  runs[1]?.resolve();
  await second;
});
