import { createHash } from "node:crypto";
import * as zlib from "node:zlib";

// Absent before Node.js 20.15.
const native = (zlib as { crc32?: (bytes: Uint8Array, seed?: number) => number }).crc32 ?? tableCrc32;

/** CRC-32 as in ISO 3309, gzip and PNG, of `bytes` appended to what gave `seed`. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  // zlib takes an empty array without memory for a wish to start anew.
  return bytes.length === 0 ? seed : native(bytes, seed);
}

const TABLE = new Uint32Array(256).map((_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** The same, for hosts whose zlib does not offer it. */
export function tableCrc32(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  for (let at = 0; at < bytes.length; at += 1) {
    crc = (TABLE[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** How many bytes of a SHA-256 digest a chain value has. */
export const CHAIN_LENGTH = 16;

/** The first 16 bytes of the SHA-256 of both parts together. */
export function chainOf(previous: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(previous).update(bytes).digest().subarray(0, CHAIN_LENGTH);
}

/** Lower-case hexadecimal SHA-256 of a text in UTF-8, or of bytes. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
