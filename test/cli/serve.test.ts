import { describe, expect, it } from "vitest";
import { serve } from "../../src/cli/serve.ts";
import type { Host } from "../../src/cli/host.ts";
import type { Server } from "../../src/cli/server.ts";
import { CoreMissingError } from "../../src/core/tally.ts";
import { manualClock } from "../support/manual-clock.ts";
import { recorder } from "./terminal.ts";

/** A process and a server that a test drives by hand. */
function setUp(start?: () => Promise<Server>) {
  const handlers = new Map<string, () => void>();
  const exits: number[] = [];
  const stops: number[] = [];
  const stopped = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<Error>();
  const started = Promise.withResolvers<void>();
  const server: Server = {
    listening: ["udp://127.0.0.1:1"],
    httpAddress: "http://127.0.0.1:2",
    failed: failed.promise,
    quitAsked: new Promise(() => {}),
    reload: () => Promise.resolve({ ok: true, notes: [] }),
    stop(deadlineMs) {
      stops.push(deadlineMs);
      return stopped.promise;
    },
  };
  const host: Host = {
    clock: manualClock(1_000),
    onSignal: (signal, handler) => void handlers.set(signal, handler),
    exit: (code) => void exits.push(code),
    startServer: start ?? (() => Promise.resolve(server).finally(started.resolve)),
  };
  const terminal = recorder({ TALLYD_LOG_LEVEL: "silent" });
  return { handlers, exits, stops, stopped, failed, started: started.promise, host, terminal };
}

describe("serve", () => {
  it.each(["SIGTERM", "SIGINT"])("stops within the deadline after %s and answers 0", async (signal) => {
    const { handlers, stops, stopped, started, host, terminal } = setUp();
    const code = serve({}, "1.2.3", terminal, host);
    await started;
    handlers.get(signal)?.();
    stopped.resolve();
    expect(await code).toBe(0);
    expect(stops).toEqual([6_000]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("ends at once when %s comes a second time, with %i", async (signal, want) => {
    const { handlers, exits, started, host, terminal } = setUp();
    void serve({}, "1.2.3", terminal, host);
    await started;
    handlers.get("SIGTERM")?.();
    expect(exits).toEqual([]);
    handlers.get(signal)?.();
    expect(exits).toEqual([want]);
  });

  it("stops and answers 1 when the server cannot go on", async () => {
    const { failed, stops, stopped, host, terminal } = setUp();
    failed.resolve(new Error("a shard died twice"));
    stopped.resolve();
    expect(await serve({}, "1.2.3", terminal, host)).toBe(1);
    expect(stops).toHaveLength(1);
  });

  it("answers 1 when the stop fails", async () => {
    const { handlers, stopped, started, host, terminal } = setUp();
    const code = serve({}, "1.2.3", terminal, host);
    await started;
    stopped.reject(new Error("deadline"));
    handlers.get("SIGTERM")?.();
    expect(await code).toBe(1);
  });

  it("answers 1 when the server cannot start", async () => {
    const { host, terminal } = setUp(() => Promise.reject(new Error("address in use")));
    expect(await serve({}, "1.2.3", terminal, host)).toBe(1);
  });

  it("says which command to run when the core was not compiled", async () => {
    const { host, terminal } = setUp(() => Promise.reject(new CoreMissingError(undefined)));
    expect(await serve({}, "1.2.3", terminal, host)).toBe(1);
    expect(terminal.complained.join()).toContain("npm run prepare");
  });

  it("prints every configuration error and starts nothing", async () => {
    const { host, terminal } = setUp(() => Promise.reject(new Error("must not start")));
    expect(await serve({ shards: "0", http: "9" }, "1.2.3", terminal, host)).toBe(1);
    expect(terminal.complained.join()).toContain("2 errors in the configuration");
  });

  it("refuses a key file that cannot be read before it starts", async () => {
    const { host, terminal } = setUp();
    const code = await serve({}, "1.2.3", { ...terminal, environment: { DD_API_KEY_FILE: "absent/key" } }, host);
    expect(code).toBe(1);
    expect(terminal.complained.join()).toContain("datadog.api_key_file");
  });
});
