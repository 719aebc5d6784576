import { expect, test } from "vitest";
import { Gate } from "../../src/web/gate.ts";

const forever = new AbortController().signal;

test("a gate lets some in, makes some wait in order, and turns others away", async () => {
  const gate = new Gate(1, 2);
  const order: string[] = [];
  const first = await gate.enter(forever);
  const second = gate.enter(forever).then((leave) => (order.push("second"), leave));
  const third = gate.enter(forever).then((leave) => (order.push("third"), leave));
  expect(await gate.enter(forever)).toBeUndefined();
  first?.();
  (await second)?.();
  (await third)?.();
  expect(order).toEqual(["second", "third"]);
});

test("who gives up waiting is not admitted later in place of another", async () => {
  const gate = new Gate(1, 2);
  const patience = new AbortController();
  const leave = await gate.enter(forever);
  const impatient = gate.enter(patience.signal);
  const patient = gate.enter(forever);
  patience.abort();
  expect(await impatient).toBeUndefined();
  leave?.();
  expect(await patient).toBeTypeOf("function");
});

test("leaving twice frees one place", async () => {
  const gate = new Gate(1, 0);
  const leave = await gate.enter(forever);
  leave?.();
  leave?.();
  expect(await gate.enter(forever)).toBeTypeOf("function");
  expect(await gate.enter(forever)).toBeUndefined();
});

test("who has given up before is not let in", async () => {
  expect(await new Gate(1, 1).enter(AbortSignal.abort())).toBeUndefined();
});
