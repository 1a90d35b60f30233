/**
 * Decodes a store with nothing but docs/node-fs-format.md at hand: slowly, and trusting nothing that it does not check.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

function crc32(...parts) {
  let crc = 0xffffffff;
  for (const byte of Buffer.concat(parts)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return ~crc >>> 0;
}

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();

function decodeHeader(bytes) {
  const [title, sum, line] = bytes.toString("latin1").split("\n", 3);
  if (title !== "worker-runtime log, format 1") {
    throw new Error("not a segment");
  }
  const start = title.length + 1 + sum.length + 1;
  const end = bytes.indexOf(10, start) + 1;
  if (sha256(bytes.subarray(start, end)).toString("hex") !== sum) {
    throw new Error("damaged head");
  }
  return { ...JSON.parse(bytes.subarray(start, end).toString("utf8")), end, line };
}

/** The record at `at`, or `undefined` where none that fits starts there. */
function decodeRecord(bytes, at, token, chain, number) {
  const record = bytes.subarray(at);
  if (record.length < 40 || record.toString("latin1", 0, 4) !== "WRrc") {
    return undefined;
  }
  const bodyLength = Number(record.readBigUInt64LE(8));
  const indexEnd = 40 + record.readUInt32LE(32);
  const end = indexEnd + 16 + bodyLength + 1;
  if (end > record.length || Number(record.readBigUInt64LE(16)) !== number) {
    return undefined;
  }
  const expected = sha256(chain, record.subarray(4, indexEnd)).subarray(0, 16);
  if (
    crc32(Buffer.from(token, "hex"), record.subarray(8, indexEnd)) !== record.readUInt32LE(4) ||
    !expected.equals(record.subarray(indexEnd, indexEnd + 16)) ||
    record[end - 1] !== 10
  ) {
    return undefined;
  }
  let cursor = 40;
  const take = (length) => {
    cursor += length;
    return record.subarray(cursor - length, cursor);
  };
  const head = take(take(4).readUInt32LE()).toString("utf8");
  const ops = [];
  let body = indexEnd + 16;
  for (let left = take(4).readUInt32LE(); left > 0; left -= 1) {
    const key = take(take(1)[0]);
    const length = take(4).readUInt32LE();
    if (length === 0xffffffff) {
      ops.push([key.toString("latin1"), null]);
      continue;
    }
    const sum = take(4).readUInt32LE();
    const value = record.subarray(body, body + length);
    body += length;
    if (crc32(key, value) !== sum) {
      return undefined;
    }
    ops.push([key.toString("latin1"), Buffer.from(value)]);
  }
  return { head, ops, chain: expected, end: at + end };
}

/** What the records of a segment up to `length` say; all that fit where `length` is not given. */
function decodeSegment(bytes, into, length) {
  const header = decodeHeader(bytes);
  let at = header.end;
  let chain = Buffer.from(header.token, "hex");
  for (let number = 1; at !== length; number += 1) {
    const record = decodeRecord(bytes, at, header.token, chain, number);
    if (record === undefined) {
      if (length !== undefined || at < Number(header.published)) {
        throw new Error(`damaged at ${at}`);
      }
      break;
    }
    for (const [key, value] of record.ops) {
      if (value === null) {
        into.records.delete(key);
      } else {
        into.records.set(key, value);
      }
    }
    into.head = record.head;
    ({ end: at, chain } = record);
  }
  return { header, chain: chain.toString("hex") };
}

export function decodeStore(directory) {
  const names = readdirSync(directory).sort();
  const last = names.filter((name) => name.endsWith(".log")).at(-1);
  const current = readFileSync(join(directory, last));
  const { previous, runtimeId, token } = decodeHeader(current);
  const found = { runtimeId, head: undefined, records: new Map() };
  for (const kept of previous) {
    const name = names.find((name) => name.includes(kept.token) && !name.endsWith(".log"));
    const { chain } = decodeSegment(readFileSync(join(directory, name)), found, kept.length);
    if (chain !== kept.chain) {
      throw new Error("another segment");
    }
  }
  const clean = names
    .map((name) => new RegExp(`-${token}\\.clean-(\\d+)$`).exec(name))
    .find((match) => match);
  decodeSegment(current, found, clean ? Number(clean[1]) : undefined);
  const sorted = [...found.records].sort(([a], [b]) => (a < b ? -1 : 1));
  return { runtimeId, head: found.head, records: sorted };
}
