import { expect, it } from "vitest";
import { systemDeps } from "../../../src/output/datadog/datadog.ts";
import { Delivery } from "../../../src/output/datadog/delivery.ts";
import { Ledger } from "../../../src/output/datadog/ledger.ts";
import { ROUTES } from "../../../src/output/datadog/route.ts";
import { createKeySource } from "../../../src/output/delivery/key-source.ts";
import { DATADOG_DEFAULTS } from "./defaults.ts";
import { recorder, until } from "./rig.ts";

it("counts as dropped what cannot be taken apart after a 413", async () => {
  const ledger = new Ledger();
  const { log, lines } = recorder();
  const tooLarge = { post: async () => ({ status: 413, headers: new Map(), body: "" }), close: async () => undefined };
  const keys = createKeySource({ what: "key", given: undefined, file: undefined, isHeader: true }, async () => "");
  const deps = { ...systemDeps(log, DATADOG_DEFAULTS), transport: tooLarge };
  const delivery = new Delivery(DATADOG_DEFAULTS, "http://intake", keys, ledger, deps);
  const noZlib = new Uint8Array([1, 2, 3]);
  ledger.make(2);
  delivery.add({ route: ROUTES.v2, body: noZlib, encoding: "deflate", itemBytes: Uint32Array.of(1, 1), createdMs: 0 });
  await until(() => delivery.queued === 0, "it is dropped");
  expect(ledger.dropped.get("encode_error")).toBe(2);
  expect(ledger.queued).toBe(0);
  expect(lines.join()).toContain("encode_error");
});
