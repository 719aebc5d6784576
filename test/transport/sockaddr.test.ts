import { describe, expect, it } from "vitest";
import { encodeInetAddress } from "../../src/transport/sockaddr.ts";

describe("a socket's address", () => {
  it.each([
    ["::1", "00000000000000000000000000000001"],
    ["::", "00000000000000000000000000000000"],
    ["2001:db8::8a2e:370:7334", "20010db80000000000008a2e03707334"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["fe80::", "fe800000000000000000000000000000"],
    ["::ffff:192.0.2.33", "00000000000000000000ffffc0000221"],
  ])("of %s has the bytes of IPv6", (address, want) => {
    const bytes = encodeInetAddress(address, 8_125);
    expect([bytes.length, bytes.readUInt16BE(2), bytes.toString("hex", 8, 24)]).toEqual([28, 8_125, want]);
  });
});
