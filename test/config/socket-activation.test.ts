import { expect, test } from "vitest";
import { expandActivation } from "../../src/config/socket-activation.ts";
import { load, refuse } from "./support.ts";

const ENVIRONMENT = { LISTEN_PID: "4711", LISTEN_FDS: "3", LISTEN_FDNAMES: "web:unix:unix" };

test.each([
  [["systemd://"], ["fd://3", "fd://4", "fd://5"]],
  [["systemd://unix"], ["fd://4", "fd://5"]],
  [
    ["udp://127.0.0.1:1", "systemd://web"],
    ["udp://127.0.0.1:1", "fd://3"],
  ],
  [
    ["systemd://web", "systemd://"],
    ["fd://3", "fd://4", "fd://5"],
  ],
])("%j becomes %j", (listen, want) => {
  expect(expandActivation(listen, ENVIRONMENT, 4711)).toEqual({ ok: true, value: want });
});

test("names may be missing", () => {
  const environment = { LISTEN_PID: "1", LISTEN_FDS: "1" };
  expect(expandActivation(["systemd://"], environment, 1)).toEqual({ ok: true, value: ["fd://3"] });
});

test.each([
  [{}, /there are none/],
  [{ ...ENVIRONMENT, LISTEN_PID: "12" }, /handed to another process/],
  [{ ...ENVIRONMENT, LISTEN_FDS: "0x3" }, /LISTEN_FDS is wrong/],
  [{ ...ENVIRONMENT, LISTEN_FDS: "1000" }, /LISTEN_FDS is wrong/],
])("in the environment %j they cannot be had", (environment, problem) => {
  const result = expandActivation(["systemd://"], environment, 4711);
  expect(result.ok ? "" : result.error.problem).toMatch(problem);
});

test("a name that was not handed over is told together with those that were", () => {
  const result = expandActivation(["systemd://dogs"], ENVIRONMENT, 4711);
  expect(result.ok ? {} : result.error).toEqual({
    problem: "names the socket dogs, which systemd did not hand over",
    remedy: 'set FileDescriptorName=dogs in the socket unit, or use one of "web", "unix", "unix"',
  });
});

test("without systemd:// the variables mean nothing, whoever set them", () => {
  expect(load({ environment: { LISTEN_PID: "1", LISTEN_FDS: "many" } }).config.listen).toEqual([
    "udp://127.0.0.1:8125",
  ]);
});

test("the configuration tells what is wrong at the key, with where it was asked for", () => {
  expect(refuse({ flags: { listen: "systemd://" } })).toEqual([
    ["listen", "--listen", '"systemd://"', expect.stringContaining("there are none"), expect.stringContaining("unit")],
  ]);
});
