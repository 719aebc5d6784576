import { oddNumber } from "./host";

/**
 * Decimal numbers.      -12.50        sign · digits · point · digits
 *                       ^^^^^^
 * Digits are gathered as an integer m; with k of them after the point the value is m / 10^k. Where m ≤ 2^53 and
 * k ≤ 22 both are exact float64 numbers and IEEE division rounds once: the result is the nearest float64, as from any
 * correct parser. Everything else (exponents, longer numbers, words) goes to the host, once, and is rare.
 */
const POWERS = memory.data(23 * 8, 16);
/** 10^0 to 10^8 as integers. */
const WHOLE_POWERS = memory.data<u64>([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000], 16);
const EXACT_MAX: u64 = 1 << 53;
/** 19 digits fit into 64 bits whatever they are. */
const DIGITS_MAX: u32 = 19;

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const PIPE: u32 = 0x7c;
const COLON: u32 = 0x3a;
/** What digits are XORed with, and what a point is then. */
const ZEROS: u64 = 0x3030303030303030;
const POINT: u32 = 0x2e ^ 0x30;

/** Where the last number ended: at its delimiter. */
export let numberEnd: usize = 0;
/** Whether it had a sign. */
export let numberSigned: bool = false;

export function numberInit(): void {
  let power: f64 = 1;
  for (let i: usize = 0; i <= 22; i++) {
    store<f64>(POWERS + (i << 3), power);
    power *= 10;
  }
}

/** The value of the last plain number. */
let plainValue: f64 = 0;

/**
 * Reads the number at `at`, up to the next `:`, `|` or end of line, if it is plain: false where it is not, which says
 * nothing about whether it is a number. Up to seven digits before and after the point, which is most numbers, are taken
 * at once, without a loop whose end the processor would have to guess.
 */
@inline
export function readPlain(at: usize): bool {
  const first = load<u8>(at);
  const negative = first == 0x2d;
  numberSigned = negative || first == 0x2b;
  const p = numberSigned ? at + 1 : at;
  const whole = load<u64>(p) ^ ZEROS;
  const places = digitsIn(whole);
  let mantissa = eightDigits(whole << (64 - (places << 3)));
  let delimiter = <u32>(whole >> (places << 3)) & 0xff;
  let end = p + <usize>places;
  let decimals: u64 = 0;
  if (delimiter == POINT) {
    const part = load<u64>(end, 1) ^ ZEROS;
    decimals = digitsIn(part);
    mantissa = mantissa * load<u64>(WHOLE_POWERS + (<usize>decimals << 3)) + eightDigits(part << (64 - (decimals << 3)));
    delimiter = decimals == 0 ? POINT : <u32>(part >> (decimals << 3)) & 0xff;
    end += 1 + <usize>decimals;
  }
  if (places == 0 || (delimiter != (PIPE ^ 0x30) && delimiter != (COLON ^ 0x30))) return readLong(p, negative);
  return keepPlain(mantissa, decimals, negative, end);
}

/** The number is mantissa / 10^decimals, exactly, and ends at `end`. */
@inline
function keepPlain(mantissa: u64, decimals: u64, negative: bool, end: usize): bool {
  numberEnd = end;
  let value = <f64><i64>mantissa;
  if (decimals != 0) value /= load<f64>(POWERS + (<usize>decimals << 3));
  plainValue = negative ? -value : value;
  return true;
}

/** How many of eight characters, each XORed with `0`, are digits before the first that is none; 8 when all are. */
@inline
function digitsIn(word: u64): u64 {
  return ctz(((word + 0x7676767676767676) | word) & 0x8080808080808080) >> 3;
}

/** The number that eight digits are, the first in the lowest byte. */
@inline
function eightDigits(word: u64): u64 {
  const pairs = word * 10 + (word >> 8);
  return ((pairs & 0x000000ff000000ff) * 0x000f424000000064 + ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32;
}

/** As `readPlain`, digit by digit, from behind the sign. */
function readLong(digits: usize, negative: bool): bool {
  let p = digits;
  let mantissa: u64 = 0;
  let c = <u32>load<u8>(p) - 0x30;
  while (c < 10) {
    mantissa = mantissa * 10 + c;
    p++;
    c = <u32>load<u8>(p) - 0x30;
  }
  let count = <u32>(p - digits);
  let decimals: u32 = 0;
  if (c == <u32>-2) {
    p++;
    const point = p;
    c = <u32>load<u8>(p) - 0x30;
    while (c < 10) {
      mantissa = mantissa * 10 + c;
      p++;
      c = <u32>load<u8>(p) - 0x30;
    }
    decimals = <u32>(p - point);
    count += decimals;
  }
  if (count == 0 || count > DIGITS_MAX || mantissa > EXACT_MAX || decimals > 22 || !endsNumber(p, load<u8>(p))) return false;
  return keepPlain(mantissa, decimals, negative, p);
}

@inline
export function plainNumber(): f64 {
  return plainValue;
}

/** Any number: NaN where it is none (an empty one included), infinite where it is not finite. */
export function readNumber(at: usize): f64 {
  return readPlain(at) ? plainValue : readOdd(at);
}

@inline
function endsNumber(at: usize, byte: u32): bool {
  return byte == PIPE || byte == COLON || byte == LF || (byte == CR && load<u8>(at, 1) == LF);
}

function readOdd(at: usize): f64 {
  let p = at;
  while (!endsNumber(p, load<u8>(p))) p++;
  numberEnd = p;
  return p == at ? NaN : oddNumber(at, p - at);
}
