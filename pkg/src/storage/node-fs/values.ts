import type { Disk } from "./disk.js";
import { valueChecksum } from "./record.js";
import type { Segment } from "./segment.js";

/** Where the value of a key stands. */
export interface Location {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** Values at most this far from each other are read together, and at most so much at once. */
const GAP = 4_096;
const SPAN = 1_048_576;

/**
 * Reads and verifies values, in the order asked for, each in a buffer of its own.
 * Throws `StorageCorrupt` with the key where one is not what was written.
 */
export async function readValues(
  disk: Disk,
  wanted: ReadonlyArray<readonly [key: string, location: Location]>,
): Promise<Array<[key: string, value: Uint8Array]>> {
  const found: Array<[string, Uint8Array]> = [];
  for (let next = 0; next < wanted.length; ) {
    const [, first] = wanted[next] as readonly [string, Location];
    const start = first.offset;
    let end = start + first.length;
    let stop = next + 1;
    for (; stop < wanted.length; stop += 1) {
      const [, { segment, offset, length }] = wanted[stop] as readonly [string, Location];
      const near = segment === first.segment && offset >= end && offset - end <= GAP;
      if (!near || offset + length - start > SPAN) {
        break;
      }
      end = offset + length;
    }
    const bytes = Buffer.allocUnsafe(end - start);
    const count = await disk.read(first.segment.file, bytes, start);
    for (; next < stop; next += 1) {
      const [key, { segment, offset, length, crc }] = wanted[next] as readonly [string, Location];
      const value = new Uint8Array(length);
      value.set(bytes.subarray(offset - start, offset - start + length));
      if (offset + length - start > count || valueChecksum(key, value) !== crc) {
        throw segment.damaged(`the value of ${key} is damaged`, offset, key);
      }
      found.push([key, value]);
    }
  }
  return found;
}
