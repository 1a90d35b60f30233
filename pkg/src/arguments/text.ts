import { invalidRequest } from "../api/errors.js";

/** One string has at most this many bytes of UTF-8. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** No string of at most this many UTF-16 code units is longer than `MAX_TEXT_BYTES`. */
const UNMEASURED_LENGTH = Math.floor(MAX_TEXT_BYTES / 3);

/** Runtime ids and operation ids have at most this many bytes of UTF-8. */
export const MAX_ID_BYTES = 256;

/** Unicode `White_Space`, which differs from `\s` in U+0085 and U+FEFF. */
const BLANK = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;

const nativeIsWellFormed = (String.prototype as { isWellFormed?: () => boolean }).isWellFormed;
const LONE_SURROGATE = /\p{Surrogate}/u;

const isWellFormed: (text: string) => boolean =
  nativeIsWellFormed === undefined
    ? (text) => !LONE_SURROGATE.test(text)
    : (text) => isNarrow(text) || nativeIsWellFormed.call(text);

/**
 * In Chromium the native method is a call out of compiled code, and asking this is cheaper: where a text is kept in one byte a unit, V8 knows
 * without a look that nothing in it is wider. Other engines look at every unit, back and forth, which takes up to a hundred times
 * as long as the native method. Of other texts everything before the first wider unit is looked at.
 */
const HAS_WIDE = /^[\0-\xff]*[^\0-\xff]/;
/** Longer texts are left to the native method. */
const LONGEST_NARROW = 1024;
/** After a text that was wide the next ones are likely to be: so many are not asked. */
const DOUBTS = 16;
let doubts = 0;
/** Whether this is Chromium; asked with the first text, because nothing of the host is touched at import. */
let isChromium: boolean | undefined;

/** Whether a text is known to have no unit above 0xff. */
function isNarrow(text: string): boolean {
  isChromium ??= /Chrom(e|ium)\//.test(globalThis.navigator?.userAgent);
  if (!isChromium) {
    return false;
  }
  if (doubts > 0) {
    doubts -= 1;
    return false;
  }
  if (text.length > LONGEST_NARROW) {
    return false;
  }
  const isWide = HAS_WIDE.test(text);
  if (isWide) {
    doubts = DOUBTS;
  }
  return !isWide;
}

/** Whether a text is empty or only Unicode `White_Space`. */
export function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  return !(first > 0x20 && first < 0x7f) && BLANK.test(text);
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Bytes of UTF-8 of a string; a lone surrogate counts like the replacement character. */
function utf8Length(text: string): number {
  let bytes = text.length;
  // A long text is mostly ASCII, which the engine sees several times as fast as a loop does.
  if (!BEYOND_ASCII.test(text)) {
    return bytes;
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) {
      bytes += unit >= 0x800 ? 2 : 1;
      if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
        i += 1;
      }
    }
  }
  return bytes;
}

/** Checks that `value` is a well-formed string of at most 16 MiB. */
export function textValue(value: unknown, path: string): string {
  const problem = textProblem(value);
  if (problem !== undefined) {
    throw invalidRequest(path, problem);
  }
  return value as string;
}

/** Why `value` is no well-formed string of at most 16 MiB, `undefined` where it is one. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return value === undefined ? "is missing" : "must be a string";
  }
  if (
    value.length > UNMEASURED_LENGTH &&
    (value.length > MAX_TEXT_BYTES || utf8Length(value) > MAX_TEXT_BYTES)
  ) {
    return "is longer than 16 MiB of UTF-8";
  }
  return isWellFormed(value) ? undefined : "contains a lone surrogate";
}

/** Checks that `value` is a string fit to name something: not blank, at most 256 bytes of UTF-8. */
export function idValue(value: unknown, path: string): string {
  const id = textValue(value, path);
  if (isBlank(id)) {
    throw invalidRequest(path, "must not be blank");
  }
  if (id.length > MAX_ID_BYTES || utf8Length(id) > MAX_ID_BYTES) {
    throw invalidRequest(path, `is longer than ${MAX_ID_BYTES} bytes of UTF-8`);
  }
  return id;
}
