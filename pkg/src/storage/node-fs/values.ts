import type { Disk } from "./disk.js";
import type { Share } from "./pace.js";
import { valueChecksum } from "./record.js";
import type { Segment } from "./segment.js";

/** Where the value of a key stands. */
export interface Location {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** Values below this length and at most this far from each other are read together, and at most so much at once. */
const GAP = 4_096;
const SPAN = 65_536;

type Wanted = readonly [key: string, location: Location];

/**
 * Reads and verifies values, in the order asked for, each in a buffer of its own, with a turn of the loop for others where
 * `share` says so: their segments have to be held until it is done.
 * Throws `StorageCorrupt` with the key where one is not what was written.
 */
export async function readValues(
  disk: Disk,
  wanted: readonly Wanted[],
  share: Share,
): Promise<Array<[key: string, value: Uint8Array]>> {
  const found: Array<[string, Uint8Array]> = [];
  for (let next = 0; next < wanted.length; ) {
    const first = wanted[next] as Wanted;
    const [, { segment, offset, length }] = first;
    const { stop, end } = spanFrom(wanted, next);
    const spent = share.take(end - offset);
    if (spent !== undefined) {
      await spent;
    }
    if (stop === next + 1) {
      // Straight to where it is to lie: a copy would be as much again for the garbage collector.
      const value = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
      const reading = disk.read(segment.file, value, offset);
      const count = typeof reading === "number" ? reading : await reading;
      found.push(verified(first, value, count));
      next = stop;
      continue;
    }
    const bytes = Buffer.allocUnsafe(end - offset);
    const count = await disk.read(segment.file, bytes, offset);
    for (; next < stop; next += 1) {
      const one = wanted[next] as Wanted;
      const start = one[1].offset - offset;
      found.push(verified(one, new Uint8Array(bytes.subarray(start, start + one[1].length)), count - start));
    }
  }
  return found;
}

/** Up to which value, and to which place of the file, those from `first` on are read together. */
function spanFrom(wanted: readonly Wanted[], first: number): { stop: number; end: number } {
  const [, { segment, offset, length }] = wanted[first] as Wanted;
  let end = offset + length;
  let stop = first + 1;
  for (; length < GAP && stop < wanted.length; stop += 1) {
    const [, next] = wanted[stop] as Wanted;
    const isNear = next.segment === segment && next.offset >= end && next.offset - end <= GAP;
    if (!isNear || next.length >= GAP || next.offset + next.length - offset > SPAN) {
      break;
    }
    end = next.offset + next.length;
  }
  return { stop, end };
}

/** A value of which the file has given `count` bytes, or more. */
function verified([key, location]: Wanted, value: Uint8Array, count: number): [string, Uint8Array] {
  const { segment, offset, length, crc } = location;
  if (length > count || valueChecksum(key, value) !== crc) {
    throw segment.damaged(`the value of ${key} is damaged`, offset, key);
  }
  return [key, value];
}
