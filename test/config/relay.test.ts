import { expect, test } from "vitest";
import { load, refuse } from "./support.ts";

const relayTo = (address: string): string => `relay: {address: ${JSON.stringify(address)}}`;

test.each([
  ["udp://10.0.0.1:9125", "10.0.0.1", 9_125],
  ["UDP://statsd.example.com:8125/", "statsd.example.com", 8_125],
  ["statsd:8125", "statsd", 8_125],
  ["[::1]:8125", "::1", 8_125],
  ["udp://[2001:db8::1]:8125", "2001:db8::1", 8_125],
  [":9125", "127.0.0.1", 9_125],
])("lines are relayed to %s", (address, host, port) => {
  expect(load({ file: relayTo(address) }).config.relay).toEqual({ host, port, packetBytesMax: 1_400 });
});

test.each([
  ["10.0.0.1", "has no valid host and port"],
  ["10.0.0.1:0", "has no valid host and port"],
  ["10.0.0.1:70000", "has no valid host and port"],
  ["::1:8125", "has no valid host and port"],
  ["tcp://10.0.0.1:9125", "has the scheme tcp"],
])("%j is refused: it %s", (address, problem) => {
  const [error] = refuse({ file: relayTo(address) });
  expect(error?.slice(0, 4)).toEqual(["relay.address", "tallyd.yaml line 1", JSON.stringify(address), problem]);
  expect(error?.[4]).toContain("write udp://HOST:PORT");
});

test("nothing is relayed without an address, and packets may have another length", () => {
  expect(load({ file: "relay: {packet_length: 512}" }).config.relay).toBeUndefined();
  const file = "relay: {address: 'a:1', packet_length: 512}";
  expect(load({ file }).config.relay?.packetBytesMax).toBe(512);
  expect(refuse({ file: "relay: {packet_length: 1}" }).map(([key]) => key)).toEqual(["relay.packet_length"]);
  expect(refuse({ file: "relay: {packet_length: 65508}" }).map(([key]) => key)).toEqual(["relay.packet_length"]);
});
