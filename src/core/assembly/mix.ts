/** Sums stop at the largest float64 instead of becoming infinite: infinity minus infinity would be NaN for ever. */
@inline
export function saturate(sum: f64): f64 {
  return abs(sum) <= f64.MAX_VALUE ? sum : copysign(f64.MAX_VALUE, sum);
}

/** The 64-bit finaliser of MurmurHash3 (public domain constants): every input bit reaches every output bit. */
@inline
export function fmix(value: u64): u64 {
  let mixed = value;
  mixed ^= mixed >> 33;
  mixed *= 0xff51afd7ed558ccd;
  mixed ^= mixed >> 33;
  mixed *= 0xc4ceb9fe1a85ec53;
  return mixed ^ (mixed >> 33);
}
