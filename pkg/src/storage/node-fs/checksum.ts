import * as crypto from "node:crypto";
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

/**
 * The same of a text, each character of which is a byte: for short ones, which are done here before they would be on their way
 * to zlib.
 */
export function textCrc32(text: string): number {
  let crc = ~0;
  for (let at = 0; at < text.length; at += 1) {
    crc = (TABLE[(crc ^ text.charCodeAt(at)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

// Absent before Node.js 20.12.
const hashAtOnce = (crypto as { hash?: (name: string, data: string | Uint8Array) => string }).hash;

/** Lower-case hexadecimal SHA-256 of a text in UTF-8, or of bytes. */
export const sha256Hex: (content: string | Uint8Array) => string =
  hashAtOnce === undefined
    ? (content) => crypto.createHash("sha256").update(content).digest("hex")
    : (content) => hashAtOnce("sha256", content);

/** How many bytes of a SHA-256 digest a chain value has. */
export const CHAIN_LENGTH = 16;

/** The chain value, in hexadecimal, after what `bytes` hold: the chain value before it, and it itself. */
export function chainOf(bytes: Uint8Array): string {
  return sha256Hex(bytes).slice(0, 2 * CHAIN_LENGTH);
}
