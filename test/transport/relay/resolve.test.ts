import { expect, test } from "vitest";
import { resolveRelay } from "../../../src/transport/relay/resolve.ts";
import type { Surroundings } from "../../../src/transport/relay/resolve.ts";

const HERE: Surroundings = {
  lookup: (host) =>
    host === "statsd"
      ? Promise.resolve("10.0.0.9")
      : Promise.reject(Object.assign(new Error("getaddrinfo failed"), { code: "ENOTFOUND" })),
  addresses: () => ["127.0.0.1", "::1", "10.0.0.5", "fe80::5"],
};
const resolve = (host: string, port: number, ...listen: string[]) => resolveRelay({ host, port }, listen, HERE);

test("a name becomes its address, an address stays", async () => {
  expect(await resolve("statsd", 8_125)).toEqual({ host: "10.0.0.9", port: 8_125 });
  expect(await resolve("10.1.1.1", 8_125)).toEqual({ host: "10.1.1.1", port: 8_125 });
  expect(await resolve("::1", 8_125)).toEqual({ host: "::1", port: 8_125 });
});

test("a real name is looked up, as IPv4 where it has that", async () => {
  expect(await resolveRelay({ host: "localhost", port: 9 }, [])).toEqual({ host: "127.0.0.1", port: 9 });
});

test("a name that has no address is told with what to do", async () => {
  await expect(resolve("nowhere", 8_125)).rejects.toThrow(
    "udp://nowhere:8125: the relay's target cannot be looked up: ENOTFOUND; write a host name that is known here",
  );
});

test.each([
  ["127.0.0.1", "udp://127.0.0.1:8125"],
  ["127.0.0.1", "udp://localhost:8125"],
  ["127.0.0.1", "udp://0.0.0.0:8125"],
  ["127.0.0.7", "udp://0.0.0.0:8125"],
  ["10.0.0.5", "udp://0.0.0.0:8125"],
  ["10.0.0.5", "udp://[::]:8125"],
  ["::1", "udp://[::]:8125"],
  ["0.0.0.0", "udp://127.0.0.1:8125"],
  ["::", "udp://[::1]:8125"],
])("%s is refused where the server listens at %s itself", async (host, listen) => {
  await expect(resolve(host, 8_125, "tcp://127.0.0.1:1", listen)).rejects.toThrow(
    "relayed lines would come back for ever",
  );
});

test.each([
  ["127.0.0.1", "udp://127.0.0.1:8126"],
  ["127.0.0.1", "tcp://127.0.0.1:8125"],
  ["127.0.0.2", "udp://127.0.0.1:8125"],
  ["10.0.0.9", "udp://0.0.0.0:8125"],
  // Another server may have the port on IPv6.
  ["::1", "udp://0.0.0.0:8125"],
])("%s is another's where the server listens at %s", async (host, listen) => {
  expect(await resolve(host, 8_125, listen)).toEqual({ host, port: 8_125 });
});
