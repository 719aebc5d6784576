import { SocketAddress } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSender, parseSender, WORDS } from "../../src/shard/sender-key.ts";

/** Groups of which many are 0: what matters is where the zeros are. */
const GROUP = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(1, 0xffff), fc.nat(0xffff));
const ADDRESS = fc
  .array(GROUP, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(":"))
  .filter((address) => !address.startsWith("0:0:0:0:0:ffff:") && !address.startsWith("ffff:ffff:ffff:ffff:"));

test("property: an IPv6 address is written as the system writes it, and read again", () => {
  const words = new Int32Array(2 * WORDS);
  fc.assert(
    fc.property(ADDRESS, (address) => {
      parseSender(address, words);
      const text = formatSender(words, 0);
      expect(text).toBe(new SocketAddress({ family: "ipv6", address }).address);
      parseSender(text, words.subarray(WORDS));
      expect(words.subarray(WORDS)).toEqual(words.subarray(0, WORDS));
    }),
    { numRuns: 3_000 },
  );
});
