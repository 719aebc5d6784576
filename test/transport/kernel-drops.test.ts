import { expect, test } from "vitest";
import { createKernelDrops, parseProcUdp, procAddress } from "../../src/transport/kernel-drops.ts";

const HEADER =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            ";

/** A line as Linux 6.1 prints it; 1FBD is port 8125. */
function row(inode: number, drops: number, port = "1FBD", address = "0100007F"): string {
  return `  410: ${address}:${port} 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 2 00000000c3a4b2d1 ${drops}        `;
}

const table = (...rows: string[]): string => [HEADER, ...rows, ""].join("\n");
const OURS = new Set([procAddress({ host: "127.0.0.1", port: 8125 }), procAddress({ host: "::1", port: 8125 })]);

test("only the sockets at our addresses are read, of both families", () => {
  const others = [row(2, 7, "0035"), row(4, 11, "1FBD", "00000000"), row(5, 13, "1FBD", "0200000A")];
  expect(
    parseProcUdp(table(row(1, 5), ...others, row(3, 9, "1FBD", "00000000000000000000000001000000")), OURS),
  ).toEqual([
    { inode: "1", drops: 5 },
    { inode: "3", drops: 9 },
  ]);
});

// As Linux 6.1 prints these sockets.
test.each([
  ["0.0.0.0", 8125, "00000000:1FBD"],
  ["10.1.2.3", 53, "0302010A:0035"],
  ["::", 65_535, "00000000000000000000000000000000:FFFF"],
  ["fe80::fc:ff:fe00:1%4", 8125, "000080FE00000000FF00FC00010000FE:1FBD"],
])("%s, port %i, is %s there", (host, port, want) => expect(procAddress({ host, port })).toBe(want));

test.each(["", "\n", HEADER, `${HEADER}\nnonsense`, `${HEADER}\n 1: zz:1FBD a b`])(
  "a table without usable lines (%j) has no sockets",
  (text) => {
    expect(parseProcUdp(text, OURS)).toEqual([]);
  },
);

test("drops add up over sockets and files", () => {
  const drops = createKernelDrops(OURS);
  expect(drops.update(table(row(1, 5), row(2, 1)), table(row(3, 2)))).toBe(8);
  expect(drops.update(table(row(1, 6), row(2, 1)), table(row(3, 4)))).toBe(11);
});

test("the total never falls: not when a socket closes, and not when its inode is given to a new one", () => {
  const drops = createKernelDrops(OURS);
  expect(drops.update(table(row(1, 5)))).toBe(5);
  expect(drops.update(table())).toBe(5);
  expect(drops.update(table(row(2, 3)))).toBe(8);
  expect(drops.update(table(row(2, 1)))).toBe(9);
});
