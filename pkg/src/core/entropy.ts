import { RuntimeError } from "../api/errors.js";

/** 128 bits from the host's secure random source; throws `storage_failed` where it has none. */
export function randomBits(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  try {
    crypto.getRandomValues(bytes);
  } catch (cause) {
    throw new RuntimeError("the host has no secure random source", { code: "storage_failed", cause });
  }
  return bytes;
}

/** A head that no other commit has: 128 random bits as 32 lower-case hex digits. */
export function randomToken(): string {
  return Array.from(randomBits(), (byte) => (byte + 256).toString(16).slice(1)).join("");
}
