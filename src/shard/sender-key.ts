import { isIPv4, isIPv6 } from "node:net";

/**
 * Who sent something, as 128 bits: an IPv6 address, four words of four bytes each as a little-endian machine reads them from a
 * `sockaddr_in6`. IPv4 is written as an IPv4-mapped address, so that one client is one sender on every kind of socket:
 *
 *     00000000 00000000 0000ffff 7f000001      127.0.0.1
 *     [0]      [1]      [2]      [3]
 *
 * Process ids and "unknown" take words that no address can have: ff… is multicast, which no kernel accepts as a source.
 */
export type SenderWords = Int32Array;
export const WORDS = 4;
const GROUPS = 8;

/** Word 2 of an IPv4-mapped address, whose words 0 and 1 are 0. */
export const IPV4 = 0xffff0000 | 0;
/** Words 0 and 1 of what has no address; word 2 says what it is, word 3 is a process id. */
export const OTHER = -1;
export const PID = 0;
export const UNKNOWN = 1;

function set(words: SenderWords, word0: number, word1: number, word2: number, word3: number): void {
  words[0] = word0;
  words[1] = word1;
  words[2] = word2;
  words[3] = word3;
}

/** Reads `127.0.0.1`, `::1`, `::ffff:127.0.0.1`, `fe80::1%eth0` (the zone is left out) or `pid 17`; all else is unknown. */
export function parseSender(text: string, words: SenderWords): void {
  const word = ipv4Word(text);
  if (word !== undefined) return set(words, 0, 0, IPV4, word);
  const address = text.split("%", 1)[0] as string;
  if (isIPv6(address)) return setIpv6(words, address);
  const pid = /^pid (\d{1,9})$/.exec(text)?.[1];
  if (pid !== undefined) return set(words, OTHER, OTHER, PID, readDigits(pid, 10));
  set(words, OTHER, OTHER, UNKNOWN, 0);
}

/** The four bytes of `a.b.c.d`, the first one lowest; undefined for anything else. */
function ipv4Word(text: string): number | undefined {
  if (text.length > 15) return undefined;
  let word = 0;
  let byte = 0;
  let digits = 0;
  let shift = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46 && digits > 0 && shift < 24) {
      word |= byte << shift;
      shift += 8;
      byte = 0;
      digits = 0;
    } else if (code >= 48 && code <= 57 && digits < 3) {
      byte = byte * 10 + code - 48;
      digits++;
      if (byte > 255) return undefined;
    } else return undefined;
  }
  return shift === 24 && digits > 0 ? word | (byte << 24) : undefined;
}

/** `address` is a valid IPv6 address without a zone. */
function setIpv6(words: SenderWords, address: string): void {
  const [head = "", tail] = address.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  for (let word = 0; word < 4; word++) {
    words[word] = swap16(all[word * 2] as number) | (swap16(all[word * 2 + 1] as number) << 16);
  }
}

/** The 16-bit groups of a part of an address; a dotted end is two of them. */
function groups(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!isIPv4(group)) return [readDigits(group, 16)];
    const word = ipv4Word(group) ?? 0;
    return [swap16(word & 0xffff), swap16(word >>> 16)];
  });
}

/** What `parseSender` reads, from the four words at `at`, in one spelling for each sender. */
export function formatSender(words: SenderWords, at: number): string {
  const word0 = words[at] as number;
  const word1 = words[at + 1] as number;
  const word2 = words[at + 2] as number;
  const word3 = words[at + 3] as number;
  if (word0 === 0 && word1 === 0 && word2 === IPV4) return formatIpv4(word3);
  if (word0 === OTHER && word1 === OTHER) return word2 === PID ? `pid ${word3 >>> 0}` : "unknown";
  return formatIpv6(words, at);
}

/** As `inet_ntop` writes it (RFC 5952), which a test compares; several times as fast as asking the system by a `SocketAddress`. */
function formatIpv6(words: SenderWords, at: number): string {
  const { start, end } = longestZeros(words, at);
  // What is 0 but for its last 32 bits has these written as IPv4 (RFC 4291, section 2.5.5.1).
  if (start === 0 && end === 6) return `::${formatIpv4(words[at + 3] as number)}`;
  let text = "";
  for (let group = 0; group < GROUPS; group++) {
    if (group === start) {
      text += "::";
      group = end - 1;
      continue;
    }
    const hex = groupAt(words, at, group).toString(16);
    text += group === 0 || group === end ? hex : `:${hex}`;
  }
  return text;
}

/** The groups that `::` stands for: the longest run of at least two that are 0, the first one of several (RFC 5952, section 4.2). */
function longestZeros(words: SenderWords, at: number): { readonly start: number; readonly end: number } {
  let longest = { start: GROUPS, end: GROUPS };
  for (let start = 0; start < GROUPS; start++) {
    let end = start;
    while (end < GROUPS && groupAt(words, at, end) === 0) end++;
    if (end - start > Math.max(longest.end - longest.start, 1)) longest = { start, end };
    start = end;
  }
  return longest;
}

/** One of the eight 16-bit groups of an address. */
function groupAt(words: SenderWords, at: number, group: number): number {
  const word = words[at + (group >> 1)] as number;
  return swap16((group & 1) === 0 ? word & 0xffff : word >>> 16);
}

function formatIpv4(word: number): string {
  return `${word & 255}.${(word >>> 8) & 255}.${(word >>> 16) & 255}.${word >>> 24}`;
}

function swap16(group: number): number {
  return ((group & 255) << 8) | (group >>> 8);
}

/** `text` has digits of that base and nothing else. */
function readDigits(text: string, base: 10 | 16): number {
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // Letters of either case end in 1 to 6 in their lower four bits.
    value = value * base + (code & 15) + (code > 57 ? 9 : 0);
  }
  return value;
}
