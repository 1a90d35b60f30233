import type { StorageOp } from "../contract.js";
import { CHAIN_LENGTH, chainOf, crc32, textCrc32 } from "./checksum.js";

/**
 * One record is one commit, or a part of what a segment took over from older ones:
 *
 * ```text
 *  0  4  "WRrc"
 *  4  4  CRC-32 of the segment's token (16 bytes) and of the bytes from 8 to the end of the index
 *  8  8  length of the body
 * 16  8  number of the record in its segment: 1, 2, 3 …
 * 24  8  settled: how many bytes of the file were on the medium before this record was written
 * 32  4  length of the index
 * 36  4  kind: 0 a commit, 1 taken over
 * 40  …  index: head, and for each operation its key, length and checksum
 *  …  16 chain: start of the SHA-256 of the chain before and of the bytes from 4 to the end of the index
 *  …  …  body: the values, one behind the other
 *  …  1  line feed
 * ```
 *
 * All numbers are unsigned and little-endian. The chain before the first record is the segment's token.
 */
export const FIXED_LENGTH = 40;

const MAGIC = Buffer.from("WRrc");
const MAGIC_WORD = MAGIC.readUInt32LE(0);
const LINE_FEED = 10;
/** Stands for the length of a value where the operation deletes. */
const DELETES = 0xffff_ffff;

export type RecordKind = "commit" | "copy";

/** An operation as it stands in a file: where the value is, not what it is. */
export interface StoredOp {
  readonly key: string;
  /** `null` where the key is deleted. */
  readonly value: { readonly offset: number; readonly length: number; readonly crc: number } | null;
}

/** What a record says, its values left where they are. */
export interface StoredRecord {
  readonly kind: RecordKind;
  /** First byte in the file, and one past the last. */
  readonly offset: number;
  readonly end: number;
  readonly number: number;
  readonly settled: number;
  readonly head: string;
  readonly ops: readonly StoredOp[];
  /** The chain value after this record, in hexadecimal. */
  readonly chain: string;
}

/** Where a segment goes on: what the next record has to know of those before it. */
export interface Place {
  readonly offset: number;
  /** Records before this place. */
  readonly number: number;
  readonly chain: string;
}

/** The place of a segment's first record. */
export function firstPlace(token: string, headerLength: number): Place {
  return { offset: headerLength, number: 0, chain: token };
}

export function placeAfter(record: StoredRecord): Place {
  return { offset: record.end, number: record.number, chain: record.chain };
}

/** The checksum of a value, which covers its key. */
export function valueChecksum(key: string, value: Uint8Array): number {
  return crc32(value, textCrc32(key));
}

/**
 * Room before a record, so that the chain value before it reaches up to what the next one covers: one hash takes both. Where
 * they overlap the record's first bytes are written last.
 */
const BEFORE = CHAIN_LENGTH - 4;

/**
 * The bytes of a record that will stand at `place`, and what they say. Written for code that is not optimised yet, which is
 * what most processes run it in, as is all that an append goes through: few arrays, and no iterator where one is appended.
 */
export function encodeRecord(
  token: string,
  place: Place,
  content: { kind: RecordKind; settled: number; head: string; ops: readonly StorageOp[] },
): { bytes: Uint8Array; record: StoredRecord } {
  const { kind, settled, head, ops } = content;
  const { offset } = place;
  const number = place.number + 1;
  const headLength = Buffer.byteLength(head);
  let indexLength = 8 + headLength;
  let bodyLength = 0;
  for (let each = 0; each < ops.length; each += 1) {
    const op = ops[each] as StorageOp;
    const value = op[1];
    indexLength += op[0].length + (value === null ? 5 : 9);
    bodyLength += value === null ? 0 : value.length;
  }
  const bodyStart = FIXED_LENGTH + indexLength + CHAIN_LENGTH;
  const length = bodyStart + bodyLength + 1;
  const room = Buffer.allocUnsafe(BEFORE + length);
  const start = room.byteOffset + BEFORE;
  const bytes = new Uint8Array(room.buffer, start, length);
  const words = new DataView(room.buffer, start, length);
  writeLong(words, 8, bodyLength);
  writeLong(words, 16, number);
  writeLong(words, 24, settled);
  words.setUint32(32, indexLength, true);
  words.setUint32(36, kind === "commit" ? 0 : 1, true);
  words.setUint32(FIXED_LENGTH, headLength, true);
  room.write(head, BEFORE + FIXED_LENGTH + 4);
  let at = FIXED_LENGTH + 4 + headLength;
  words.setUint32(at, ops.length, true);
  at += 4;
  let body = bodyStart;
  const stored: StoredOp[] = [];
  for (let each = 0; each < ops.length; each += 1) {
    const op = ops[each] as StorageOp;
    const key = op[0];
    const value = op[1];
    bytes[at] = key.length;
    at += 1;
    for (let index = 0; index < key.length; index += 1) {
      bytes[at + index] = key.charCodeAt(index);
    }
    at += key.length;
    if (value === null) {
      words.setUint32(at, DELETES, true);
      at += 4;
      stored.push({ key, value: null });
      continue;
    }
    bytes.set(value, body);
    // Of what is written, whatever becomes of the value.
    const crc = valueChecksum(key, new Uint8Array(room.buffer, start + body, value.length));
    words.setUint32(at, value.length, true);
    words.setUint32(at + 4, crc, true);
    at += 8;
    stored.push({ key, value: { offset: offset + body, length: value.length, crc } });
    body += value.length;
  }
  bytes[body] = LINE_FEED;
  words.setUint32(4, checksumOf(token, new Uint8Array(room.buffer, start + 8, at - 8)), true);
  room.write(place.chain, 0, CHAIN_LENGTH, "hex");
  const chain = chainOf(new Uint8Array(room.buffer, room.byteOffset, BEFORE + at));
  room.write(chain, BEFORE + at, CHAIN_LENGTH, "hex");
  words.setUint32(0, MAGIC_WORD, true);
  const end = offset + length;
  return { bytes, record: { kind, offset, end, number, settled, head, ops: stored, chain } };
}

/** Most records belong to the segment that the one before belonged to. */
let seed = { token: "", crc: 0 };

function checksumOf(token: string, bytes: Uint8Array): number {
  if (seed.token !== token) {
    seed = { token, crc: crc32(Buffer.from(token, "hex")) };
  }
  return crc32(bytes, seed.crc);
}

/** Eight bytes; what does not fit a safe integer cannot be a length, and is refused as one that is too large. */
function writeLong(words: DataView, at: number, value: number): void {
  words.setUint32(at, value, true);
  words.setUint32(at + 4, value / 2 ** 32, true);
}

function readLong(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** What the first `FIXED_LENGTH` bytes say about the length of the rest, `undefined` where no record starts here. */
export function measureRecord(bytes: Buffer): { indexEnd: number; length: number } | undefined {
  if (bytes.length < FIXED_LENGTH || bytes.compare(MAGIC, 0, 4, 0, 4) !== 0) {
    return undefined;
  }
  const indexEnd = FIXED_LENGTH + bytes.readUInt32LE(32);
  return { indexEnd, length: indexEnd + CHAIN_LENGTH + readLong(bytes, 8) + 1 };
}

/**
 * The record whose fixed part, index and chain are `bytes`, standing at `offset`; `undefined` where its own checksum
 * does not fit. The chain is given as it stands there: `followsOn` compares it.
 */
export function decodeRecord(token: string, bytes: Buffer, offset: number): StoredRecord | undefined {
  const size = measureRecord(bytes);
  if (size === undefined || bytes.length < size.indexEnd + CHAIN_LENGTH) {
    return undefined;
  }
  const { indexEnd } = size;
  if (bytes.readUInt32LE(4) !== checksumOf(token, bytes.subarray(8, indexEnd))) {
    return undefined;
  }
  const index = bytes.subarray(0, indexEnd);
  const headEnd = FIXED_LENGTH + 4 + index.readUInt32LE(FIXED_LENGTH);
  const head = index.toString("utf8", FIXED_LENGTH + 4, headEnd);
  const count = index.readUInt32LE(headEnd);
  const ops: StoredOp[] = [];
  let at = headEnd + 4;
  let body = offset + indexEnd + CHAIN_LENGTH;
  for (let done = 0; done < count; done += 1) {
    const keyEnd = at + 1 + index.readUInt8(at);
    const key = index.toString("latin1", at + 1, keyEnd);
    const length = index.readUInt32LE(keyEnd);
    if (length === DELETES) {
      ops.push({ key, value: null });
      at = keyEnd + 4;
    } else {
      ops.push({ key, value: { offset: body, length, crc: index.readUInt32LE(keyEnd + 4) } });
      body += length;
      at = keyEnd + 8;
    }
  }
  return {
    kind: bytes.readUInt32LE(36) === 0 ? "commit" : "copy",
    offset,
    end: offset + size.length,
    number: readLong(bytes, 16),
    settled: readLong(bytes, 24),
    head,
    ops,
    chain: bytes.toString("hex", indexEnd, indexEnd + CHAIN_LENGTH),
  };
}

/** Whether a record is the one that comes at `place`; `bytes` begin with its fixed part and index. */
export function followsOn(record: StoredRecord, bytes: Buffer, place: Place): boolean {
  const indexEnd = FIXED_LENGTH + bytes.readUInt32LE(32);
  const expected = chainOf(Buffer.concat([Buffer.from(place.chain, "hex"), bytes.subarray(4, indexEnd)]));
  return record.number === place.number + 1 && record.chain === expected;
}

/** What is wrong in the body of a record: a key, `""` where it is the line feed behind it; `undefined` where it is whole. */
export function brokenIn(record: StoredRecord, body: Buffer): string | undefined {
  const start = record.end - body.length;
  for (const { key, value } of record.ops) {
    if (value !== null) {
      const from = value.offset - start;
      if (valueChecksum(key, body.subarray(from, from + value.length)) !== value.crc) {
        return key;
      }
    }
  }
  return body.at(-1) === LINE_FEED ? undefined : "";
}

/** The next place from `from` where a record may start, -1 where there is none. */
export function findRecord(bytes: Buffer, from: number): number {
  return bytes.indexOf(MAGIC, from);
}
