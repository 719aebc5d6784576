/**
 * The sending side, a process of its own so that it does not share an event loop with anything measured:
 * `node bench/load/send.ts '{"port":8125,…}'`. Prints one line of JSON: what exactly was sent.
 */
import { openSender } from "../../src/load/senders.ts";
import { sendLoad } from "../../src/load/send-load.ts";
import { libcIfAny, systemHost } from "../../src/load/system-host.ts";
import { loadLibc } from "../../src/transport/libc.ts";
import type { ScenarioOptions } from "./scenario.ts";
import { makeScenario, totalsByKind } from "./scenario.ts";

export interface SendOptions extends ScenarioOptions {
  readonly port: number;
  readonly sockets: number;
  /** Datagrams to send; Infinity is not allowed: traffic is always bounded. */
  readonly datagrams: number;
  /** 0 = as fast as the sender can. */
  readonly datagramsPerSecond: number;
}

export interface SendReport {
  readonly datagrams: number;
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly kinds: ReturnType<typeof totalsByKind>;
  /** Times that the sender's own kernel refused (not counted as sent). */
  readonly failed: number;
}

const options = JSON.parse(process.argv[2] ?? "{}") as SendOptions;
const scenario = makeScenario(options);
const sender = await openSender({
  target: { scheme: "udp", host: "127.0.0.1", port: options.port },
  sockets: options.sockets,
  datagrams: scenario.datagrams,
  libc: libcIfAny(loadLibc),
});
const plan = {
  datagramsPerSecond: options.datagramsPerSecond === 0 ? Infinity : options.datagramsPerSecond,
  durationMs: Infinity,
  datagramsMax: options.datagrams,
};
const { times, ...sent } = await sendLoad(scenario, sender, plan, systemHost);
await sender.close();
const failed = [...sender.refused.values()].reduce((sum, count) => sum + count, 0);
const report: SendReport = { ...sent, kinds: totalsByKind(scenario.totals(times)), failed };
console.log(JSON.stringify(report));
