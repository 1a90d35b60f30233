import { RuntimeError } from "../api/errors.js";

/** 32-bit words from the host's secure random source; throws `storage_failed` where it has none. */
export function randomWords(count: number): number[] {
  try {
    return Array.from(crypto.getRandomValues(new Uint32Array(count)));
  } catch (cause) {
    throw new RuntimeError("the host has no secure random source", { code: "storage_failed", cause });
  }
}

/** A head that no other commit has: 128 random bits as 32 lower-case hex digits. */
export function randomToken(): string {
  return randomWords(4)
    .map((word) => word.toString(16).padStart(8, "0"))
    .join("");
}
