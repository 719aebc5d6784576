import { expect, test } from "vitest";
import { createInbox } from "../../src/shard/inbox.ts";

test("the first task runs at once, further ones in order, one a turn", () => {
  const turns: (() => void)[] = [];
  const done: number[] = [];
  const inbox = createInbox((task) => turns.push(task));
  const turn = (): void => turns.shift()?.();
  inbox(() => done.push(1));
  inbox(() => done.push(2));
  inbox(() => done.push(3));
  expect(done).toEqual([1]);
  turn();
  expect(done).toEqual([1, 2]);
  inbox(() => done.push(4));
  turn();
  turn();
  expect(done).toEqual([1, 2, 3, 4]);
  turn();
  expect(turns).toEqual([]);
  inbox(() => done.push(5));
  expect(done).toEqual([1, 2, 3, 4, 5]);
});

test("a task that throws does not stop the ones behind it", () => {
  const turns: (() => void)[] = [];
  const done: number[] = [];
  const inbox = createInbox((task) => turns.push(task));
  expect(() =>
    inbox(() => {
      throw new Error("bug");
    }),
  ).toThrow("bug");
  inbox(() => done.push(1));
  turns.shift()?.();
  expect(done).toEqual([1]);
});
