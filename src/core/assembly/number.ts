import { oddNumber } from "./host";

/**
 * Decimal numbers.      -12.50        sign · digits · point · digits
 *                       ^^^^^^
 * Digits are gathered as an integer m; with k of them after the point the value is m / 10^k. Where m ≤ 2^53 and
 * k ≤ 22 both are exact float64 numbers and IEEE division rounds once: the result is the nearest float64, as from any
 * correct parser. Everything else (exponents, longer numbers, words) goes to the host, once, and is rare.
 */
const POWERS = memory.data(23 * 8, 16);
const EXACT_MAX: u64 = 1 << 53;
/** 19 digits fit into 64 bits whatever they are. */
const DIGITS_MAX: u32 = 19;

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const PIPE: u32 = 0x7c;
const COLON: u32 = 0x3a;

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
 * nothing about whether it is a number.
 */
@inline
export function readPlain(at: usize): bool {
  let p = at;
  const first = load<u8>(p);
  const negative = first == 0x2d;
  numberSigned = negative || first == 0x2b;
  if (numberSigned) p++;
  const digits = p;
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
  numberEnd = p;
  let value = <f64>mantissa;
  if (decimals != 0) value /= load<f64>(POWERS + (decimals << 3));
  plainValue = negative ? -value : value;
  return true;
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
