import { RuntimeError } from "../api/errors.js";

/** Where bits are drawn that are read at once: engines collect garbage when many small buffers were made. */
const scratch = /* @__PURE__ */ new Uint8Array(16);

/**
 * 128 bits from the host's secure random source, in place until the next ones are drawn, or as many as `bytes` has room for;
 * throws `storage_failed` where it has none.
 */
export function randomBits(bytes = scratch): Uint8Array<ArrayBuffer> {
  try {
    crypto.getRandomValues(bytes);
  } catch (cause) {
    throw new RuntimeError("the host has no secure random source", { code: "storage_failed", cause });
  }
  return bytes;
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));

function hexOf(bytes: Uint8Array): string {
  let digits = "";
  for (let at = 0; at < bytes.length; at++) {
    digits += HEX[bytes[at] as number];
  }
  return digits;
}

/** A head that no other commit has: 128 random bits as 32 lower-case hex digits. */
export function randomToken(): string {
  return hexOf(randomBits());
}

/** The id of a runtime that was given none. */
export function randomRuntimeId(): string {
  return `runtime-${randomToken()}`;
}

const TOKEN_DIGITS = 32;
/** Asking the host takes longer than all the rest of it. */
const TOKENS_AT_ONCE = 64;

/** The tokens of one runtime's commits, drawn many at once. */
export class Tokens {
  private digits = "";
  private at = 0;

  /** The next one; throws `storage_failed` where the host has no secure random source. */
  next(): string {
    if (this.at === this.digits.length) {
      this.digits = hexOf(randomBits(new Uint8Array(16 * TOKENS_AT_ONCE)));
      this.at = 0;
    }
    const start = this.at;
    this.at = start + TOKEN_DIGITS;
    return this.digits.slice(start, this.at);
  }
}
