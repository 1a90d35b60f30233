import { CHAIN_LENGTH } from "./checksum.js";
import type { Disk } from "./disk.js";
import { Share } from "./pace.js";
import {
  brokenIn,
  decodeRecord,
  FIXED_LENGTH,
  findRecord,
  followsOn,
  measureRecord,
  type Place,
  placeAfter,
  type StoredRecord,
} from "./record.js";
import type { Segment } from "./segment.js";

const LARGE_WINDOW = 262_144;
const SMALL_WINDOW = 4_096;

export interface Scan {
  readonly records: StoredRecord[];
  /** One past the last record that counts. */
  readonly place: Place;
}

/** Reads a file piece by piece, forwards, and lets others have their turn. */
class Window {
  readonly #disk: Disk;
  readonly #file: number;
  readonly #end: number;
  readonly #share = new Share();
  #bytes = Buffer.alloc(0);
  #offset = 0;

  /** There is nothing to be read ahead from `end` on. */
  constructor(disk: Disk, file: number, end: number) {
    this.#disk = disk;
    this.#file = file;
    this.#end = end;
  }

  /** `length` bytes from `offset`, fewer where the file ends; `ahead` says how much to read where they are not here. */
  async at(offset: number, length: number, ahead: number): Promise<Buffer> {
    const start = offset - this.#offset;
    if (start < 0 || start + length > this.#bytes.length) {
      const size = Math.max(length, Math.min(ahead, this.#end - offset));
      await this.#share.take(size);
      const bytes = Buffer.allocUnsafe(size);
      const count = await this.#disk.read(this.#file, bytes, offset);
      this.#bytes = bytes.subarray(0, count);
      this.#offset = offset;
      return this.#bytes.subarray(0, length);
    }
    return this.#bytes.subarray(start, start + length);
  }
}

/** The records from `from` on that follow on each other, bodies unread, up to the first place where none does. */
async function readRecords(disk: Disk, segment: Segment, from: Place, fileLength: number): Promise<Scan> {
  const { token } = segment.header;
  const window = new Window(disk, segment.file, fileLength);
  const records: StoredRecord[] = [];
  let place = from;
  let ahead = from.offset === segment.headerLength ? LARGE_WINDOW : SMALL_WINDOW;
  for (;;) {
    const fixed = await window.at(place.offset, FIXED_LENGTH, ahead);
    const size = measureRecord(fixed);
    if (size === undefined || place.offset + size.length > fileLength) {
      return { records, place };
    }
    const bytes = await window.at(place.offset, size.indexEnd + CHAIN_LENGTH, ahead);
    const record = decodeRecord(token, bytes, place.offset);
    if (record === undefined || !followsOn(record, bytes, place)) {
      return { records, place };
    }
    records.push(record);
    place = placeAfter(record);
    // Long bodies are stepped over.
    ahead = size.length - size.indexEnd > LARGE_WINDOW / 8 ? SMALL_WINDOW : LARGE_WINDOW;
  }
}

/** The first record whose body is not whole. */
async function firstBroken(
  disk: Disk,
  segment: Segment,
  records: readonly StoredRecord[],
): Promise<{ record: StoredRecord; key: string } | undefined> {
  const window = new Window(disk, segment.file, records.at(-1)?.end ?? 0);
  for (const record of records) {
    const bodyLength = record.ops.reduce((sum, { value }) => sum + (value?.length ?? 0), 1);
    const body = await window.at(record.end - bodyLength, bodyLength, LARGE_WINDOW);
    const key = body.length < bodyLength ? "" : brokenIn(record, body);
    if (key !== undefined) {
      return { record, key };
    }
  }
  return undefined;
}

/** Whether a record stands behind `place` that was written when `place` was already on the medium. */
async function settledLater(
  disk: Disk,
  segment: Segment,
  place: Place,
  fileLength: number,
): Promise<boolean> {
  const { token } = segment.header;
  for (let offset = place.offset + 1; offset + FIXED_LENGTH <= fileLength; ) {
    const bytes = Buffer.alloc(Math.min(LARGE_WINDOW, fileLength - offset));
    const count = await disk.read(segment.file, bytes, offset);
    for (let at = findRecord(bytes, 0); at >= 0 && at < count; at = findRecord(bytes, at + 1)) {
      const candidate = Buffer.alloc(FIXED_LENGTH);
      await disk.read(segment.file, candidate, offset + at);
      const size = measureRecord(candidate);
      if (size === undefined || offset + at + size.indexEnd + CHAIN_LENGTH > fileLength) {
        continue;
      }
      const whole = Buffer.alloc(size.indexEnd + CHAIN_LENGTH);
      await disk.read(segment.file, whole, offset + at);
      const record = decodeRecord(token, whole, offset + at);
      if (record !== undefined && record.number > place.number && record.settled > place.offset) {
        return true;
      }
    }
    if (bytes.length < LARGE_WINDOW) {
      return false;
    }
    offset += bytes.length - FIXED_LENGTH;
  }
  return false;
}

/**
 * The records of a part whose length is settled. Whatever does not fit there is damage: `StorageCorrupt`.
 * With `bodies` the values are verified too; otherwise that is left to whoever reads them.
 */
export async function scanSettled(
  disk: Disk,
  segment: Segment,
  from: Place,
  length: number,
  bodies: boolean,
): Promise<Scan> {
  const scan = await readRecords(disk, segment, from, length);
  if (scan.place.offset !== length) {
    throw segment.damaged("a segment is damaged or cut", scan.place.offset);
  }
  await verifyBodies(disk, segment, scan.records, bodies);
  return scan;
}

/**
 * The records of the segment that is, or was last, appended to. A last record that is not whole is what a writer
 * leaves that was killed, or is still writing: it does not count. Damage before it is `StorageCorrupt`.
 * `again` is for the second look at what seemed damaged.
 */
export async function scanTail(
  disk: Disk,
  segment: Segment,
  from: Place,
  bodies: boolean,
  again = false,
): Promise<Scan> {
  const { published } = segment.header;
  const { length } = await disk.statusOpen(segment.file);
  const { records, place } = await readRecords(disk, segment, from, length);
  if (place.offset < published) {
    throw segment.damaged("a segment is damaged or cut", place.offset);
  }
  const settled = Math.max(published, records.at(-1)?.settled ?? from.offset);
  const unsettled = records.findIndex((record) => record.offset >= settled);
  const sure = unsettled < 0 ? records : records.slice(0, unsettled);
  await verifyBodies(disk, segment, sure, bodies);
  const broken = unsettled < 0 ? undefined : await firstBroken(disk, segment, records.slice(unsettled));
  const counting = broken === undefined ? records : records.slice(0, records.indexOf(broken.record));
  const last = counting.at(-1);
  const end = broken === undefined ? place : last === undefined ? from : placeAfter(last);
  // Asked often from where it ended before; then there are but the zeros of room made in advance.
  const suspect =
    again || from.offset === segment.headerLength || (await hasContent(disk, segment, end.offset));
  if (suspect && (await settledLater(disk, segment, end, length))) {
    if (again && counting.length === 0) {
      throw segment.damaged("a record is damaged", end.offset);
    }
    // It may have been completed, and followed by another, between the two looks.
    const more = await scanTail(disk, segment, end, bodies, true);
    return { records: [...counting, ...more.records], place: more.place };
  }
  return { records: counting, place: end };
}

async function hasContent(disk: Disk, segment: Segment, offset: number): Promise<boolean> {
  const bytes = Buffer.alloc(FIXED_LENGTH);
  await disk.read(segment.file, bytes, offset);
  return bytes.some((byte) => byte !== 0);
}

async function verifyBodies(
  disk: Disk,
  segment: Segment,
  records: readonly StoredRecord[],
  bodies: boolean,
): Promise<void> {
  const broken = bodies ? await firstBroken(disk, segment, records) : undefined;
  if (broken !== undefined) {
    const { record, key } = broken;
    throw segment.damaged("a value is damaged", record.offset, key === "" ? undefined : key);
  }
}
