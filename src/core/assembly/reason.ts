/** Codes of reject reasons; the order of REJECT_REASONS in `model/reject.ts` (a test compares them). */
export const NO_COLON: i32 = 1;
export const EMPTY_NAME: i32 = 2;
export const NO_TYPE: i32 = 3;
export const BAD_TYPE: i32 = 4;
export const EMPTY_VALUE: i32 = 5;
export const BAD_VALUE: i32 = 6;
export const NOT_FINITE: i32 = 7;
export const BAD_RATE: i32 = 8;
export const BAD_TIMESTAMP: i32 = 9;
export const TIMESTAMP_KIND: i32 = 10;
export const TRUNCATED: i32 = 13;
export const UNTERMINATED: i32 = 14;

/** Codes of limit reasons; the order of LIMIT_REASONS. */
export const LIMIT_NAMES: i32 = 2;
export const LIMIT_KEY_BYTES: i32 = 3;
