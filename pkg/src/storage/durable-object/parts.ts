/** How records stand under an object's keys. */

import { MAX_VALUE_BYTES } from "../contract.js";
import { StorageCorrupt } from "../corrupt.js";
import { digitsOf, idOf } from "../id-digits.js";

/**
 * An object that does not keep its data in SQLite takes values of 128 KiB, what serialising adds included.
 * https://developers.cloudflare.com/durable-objects/platform/limits/
 */
const PART_BYTES = 122_880;

/** So many keys a call. */
export const MOST_KEYS = 128;

/** So many entries at most are one record. */
export const MOST_PARTS = Math.ceil(MAX_VALUE_BYTES / PART_BYTES);

/** Comes before every character of a key, so that the parts of a record stand behind it and before the next one. */
const MARK = " ";

const PREFIX = "worker-runtime/";
const HEADS = `${PREFIX}h`;

/** All heads are in this range. */
export const ALL_HEADS = { start: HEADS, end: `${PREFIX}i` } as const;

/** Where one store is. */
export interface Place {
  /** The key of its head. */
  readonly head: string;
  /** What the keys of its records begin with. */
  readonly records: string;
}

export function placeOf(runtimeId: string): Place {
  const digits = digitsOf(runtimeId);
  return { head: HEADS + digits, records: `${PREFIX}r${digits}!` };
}

/** Whose head has this key. */
export const runtimeOf = (head: string) => idOf(head.slice(HEADS.length));

/** The range of a store's records with `gte <= key < lt`. */
export function rangeOf({ records }: Place, gte: string, lt: string): { start: string; end: string } {
  return { start: records + gte, end: records + lt };
}

/** The range of everything in a store. */
export function wholeOf({ records }: Place): { start: string; end: string } {
  return { start: records, end: `${records.slice(0, -1)}"` };
}

const partKey = (key: string, number: number) => (number === 0 ? key : `${key}${MARK}${number}`);

/** The key that exists where the value at `key` has more than one part. */
export const secondPart = (key: string) => partKey(key, 1);

/** The parts of a value, each under its key. */
export function split(key: string, value: Uint8Array): Array<[key: string, part: Uint8Array]> {
  const parts: Array<[string, Uint8Array]> = [];
  for (let at = 0; at === 0 || at < value.length; at += PART_BYTES) {
    // A copy: of a view the whole buffer would be stored.
    parts.push([partKey(key, parts.length), value.slice(at, at + PART_BYTES)]);
  }
  return parts;
}

/** The keys under which parts from number `from` on may stand. */
export function laterParts(key: string, from: number): string[] {
  return Array.from({ length: MOST_PARTS - from }, (_, at) => partKey(key, from + at));
}

/** Whether under this key there is the first part of a record. */
export const isFirst = ({ records }: Place, key: string) => !key.includes(MARK, records.length);

/** Puts records together from their parts, which come in the order of their keys. */
export function joined(
  place: Place,
  entries: Iterable<readonly [key: string, part: unknown]>,
): Array<[key: string, value: Uint8Array]> {
  const { records } = place;
  const found: Array<{ key: string; parts: Uint8Array[] }> = [];
  for (const [at, part] of entries) {
    const last = found.at(-1);
    const follows = last !== undefined && at === partKey(records + last.key, last.parts.length);
    if (!(part instanceof Uint8Array) || (!isFirst(place, at) && !follows)) {
      throw new StorageCorrupt(`there is something else under the key ${at}`);
    }
    if (follows) {
      last.parts.push(part);
    } else {
      found.push({ key: at.slice(records.length), parts: [part] });
    }
  }
  return found.map(({ key, parts }) => [key, concatenated(parts)]);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1) {
    return first as Uint8Array;
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
