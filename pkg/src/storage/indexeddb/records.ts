import type { Body } from "./connection.js";
import type { Place } from "./place.js";

/**
 * What is stored: under the runtime id (a string) its head, under `[runtimeId, key]` the bytes of each record.
 * IndexedDB orders strings by code unit, arrays element by element, and every string before every array.
 */
export interface HeadRecord {
  /** `null`: deleted where the witness was out of reach, so that it is not taken for a loss. */
  readonly head: string | null;
  /** The token of the creation: tells a store from one that was deleted and created again. */
  readonly birth: string;
  /** How many commits led here. */
  readonly count: number;
  /** Whether somebody may have written a witness. */
  readonly witnessed: boolean;
}

type Step = Parameters<Body<unknown>>[1];
type Row = [key: string, value: Uint8Array];

/** What newer browsers have: keys and values by one request. */
interface Records extends IDBObjectStore {
  getAllRecords?(options: {
    query: IDBKeyRange;
    count: number;
  }): IDBRequest<Array<{ key: [runtimeId: string, key: string]; value: Uint8Array }>>;
}

/** Above `[runtimeId, key]` for every key. */
const lastOf = (runtimeId: string) => [runtimeId, []];

/** Hands `rows` the records with `gte <= key < lt`, at most `limit`, which is not 0. */
export function readRange(
  place: Place,
  records: Records,
  step: Step,
  [runtimeId, gte, lt, limit]: [runtimeId: string, gte: string, lt: string, limit: number],
  rows: (rows: Row[]) => void,
): void {
  const from = [runtimeId, gte];
  const to = [runtimeId, lt];
  if (place.native()) {
    const range = IDBKeyRange.bound(from, to, false, true);
    const most = Math.min(limit, 0xffff_ffff);
    if (records.getAllRecords !== undefined) {
      step(records.getAllRecords({ query: range, count: most }), (found) => {
        rows(found.map(({ key, value }) => [key[1], value]));
      });
      return;
    }
    const keys = records.getAllKeys(range, most);
    step(records.getAll(range, most), (values) => {
      rows(values.map((value, at) => [(keys.result[at] as [string, string])[1], value]));
    });
  } else {
    const found: Row[] = [];
    walk(
      place,
      records,
      step,
      [from, to],
      ({ key, value }) => found.push([(key as [string, string])[1], value]) < limit,
      () => rows(found),
    );
  }
}

/** Hands `ids` the runtimes that have a head. */
export function readHeads(
  place: Place,
  records: IDBObjectStore,
  step: Step,
  ids: (ids: string[]) => void,
): void {
  const found: string[] = [];
  walk(
    place,
    records,
    step,
    ["", []],
    ({ key, value }) => {
      if ((value as HeadRecord).head !== null) {
        found.push(key as string);
      }
      return true;
    },
    () => ids(found),
  );
}

/** Removes all records of a runtime, and nothing else. */
export function removeRecords(
  place: Place,
  records: IDBObjectStore,
  step: Step,
  runtimeId: string,
  done: () => void,
): void {
  if (place.native()) {
    step(records.delete(IDBKeyRange.bound([runtimeId], lastOf(runtimeId))), done);
  } else {
    const remove = (cursor: IDBCursorWithValue) => {
      cursor.delete();
      return true;
    };
    walk(place, records, step, [[runtimeId], lastOf(runtimeId)], remove, done);
  }
}

/**
 * Visits what lies between the bounds in order, until `visit` answers false. It takes no key range: one of this realm
 * is none to a factory of another, and a factory alone gives no way to its own.
 */
function walk(
  place: Place,
  records: IDBObjectStore,
  step: Step,
  [lower, upper]: [lower: IDBValidKey, upper: IDBValidKey],
  visit: (cursor: IDBCursorWithValue) => boolean,
  done: () => void,
): void {
  const factory = place.factory() as IDBFactory;
  step(records.openCursor(), (cursor) => {
    if (cursor === null || factory.cmp(cursor.key, upper) >= 0) {
      done();
    } else if (factory.cmp(cursor.key, lower) < 0) {
      cursor.continue(lower);
    } else if (visit(cursor)) {
      cursor.continue();
    } else {
      done();
    }
  });
}
