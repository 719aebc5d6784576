import { addWork, beginWork, work } from "./host";
import { ingestLine, lastLineStart, refuseRest } from "./line";
import { setMessage } from "./message";
import { settleLines } from "./pending";
import { TRUNCATED, UNTERMINATED } from "./reason";
import { LF } from "./scan";
import { requiresEnd } from "./settings";
import { linesRead } from "./stats";

/**
 * A batch: what one `recvmmsg` has put into this memory. Message i has its `struct mmsghdr` at `headers + 64 i` and its
 * bytes at `slots + stride i`; the byte behind the longest message belongs to the slot too.
 *
 *   struct mmsghdr, 64 bytes on every 64-bit Linux
 *   +8   u32 msg_namelen   the room for the sender's address; the kernel overwrites it, so it is set anew here
 *   +48  i32 msg_flags     MSG_TRUNC where the message was longer than its slot
 *   +56  u32 msg_len       bytes received
 *   +60  (padding)         here: how many lines the message had, for whoever counts by sender
 */
const HEADER_SHIFT: usize = 6;
const NAME_LENGTH: usize = 8;
const FLAGS: usize = 48;
const LENGTH: usize = 56;
const LINE_COUNT: usize = 60;
const MSG_TRUNC: i32 = 0x20;
/** The core takes a microsecond for 128 bytes, or a bit less. */
const BYTES_SHIFT: u32 = 7;

/** Where in it to go on, 0 at its beginning. */
let resumeAt: usize = 0;

/**
 * Ingests messages `first` to `end - 1`; `nameBytes` is the room for a sender's address. Stops early, between two lines, once
 * host and core have had `workMax` to do, in microseconds or so. Answers the message to go on with, `end` when all is done.
 */
export function ingestBatch(
  headers: usize,
  slots: usize,
  stride: usize,
  nameBytes: u32,
  first: u32,
  end: u32,
  workMax: u32,
): u32 {
  beginWork();
  for (let message = first; message < end; message++) {
    setMessage(message);
    const header = headers + (<usize>message << HEADER_SHIFT);
    const start = slots + <usize>message * stride;
    const linesBefore = linesRead();
    if (resumeAt == 0) store<u32>(header, 0, LINE_COUNT);
    const isWhole = ingestMessage(header, start, workMax);
    store<u32>(header, load<u32>(header, LINE_COUNT) + <u32>(linesRead() - linesBefore), LINE_COUNT);
    if (!isWhole) {
      settleLines();
      return message;
    }
    store<u32>(header, nameBytes, NAME_LENGTH);
    addWork(load<u32>(header, LENGTH) >> BYTES_SHIFT);
    if (work >= workMax) {
      settleLines();
      return message + 1;
    }
  }
  settleLines();
  return end;
}

/** False where it stopped early: `resumeAt` says where. */
@inline
function ingestMessage(header: usize, start: usize, workMax: u32): bool {
  const end = start + <usize>load<u32>(header, LENGTH);
  store<u8>(end, <u8>LF);
  const isCut = (load<i32>(header, FLAGS) & MSG_TRUNC) != 0;
  const wholeEnd = isCut || requiresEnd ? lastLineStart(start, end) : end;
  let line = resumeAt == 0 ? start : resumeAt;
  while (line < wholeEnd) {
    line = ingestLine(line) + 1;
    if (work >= workMax && line < wholeEnd) {
      resumeAt = line;
      return false;
    }
  }
  resumeAt = 0;
  if (wholeEnd < end) refuseRest(isCut ? TRUNCATED : UNTERMINATED, wholeEnd, end);
  return true;
}
