import type { StorageOp } from "../contract.js";

/** Fewer are removed one by one as fast. */
const FEWEST = 8;

/** Keys that a commit removes, which one request does where no other lies between them. */
export class Removal {
  readonly range: IDBKeyRange;
  /** Ascending. */
  readonly keys: readonly string[];
  #isAlone = false;

  constructor(runtimeId: string, keys: readonly string[]) {
    this.range = IDBKeyRange.bound([runtimeId, keys[0]], [runtimeId, keys.at(-1)]);
    this.keys = keys;
  }

  /** Looks, in the transaction of the commit, at what there is in the range. */
  look(records: IDBObjectStore): IDBRequest<IDBValidKey[]> {
    return records.getAllKeys(this.range, this.keys.length + 1);
  }

  see(found: readonly IDBValidKey[]): void {
    const { keys } = this;
    this.#isAlone =
      found.length === keys.length && keys.every((key, at) => (found[at] as [string, string])[1] === key);
  }

  /** Removes all keys, or nothing where there are others between them, before anything is put; answers which. */
  apply(records: IDBObjectStore): readonly string[] {
    if (!this.#isAlone) {
      return [];
    }
    records.delete(this.range);
    return this.keys;
  }
}

/** The stretches of keys that are removed in ascending order, one op after another. */
export function removalsOf(runtimeId: string, ops: readonly StorageOp[]): Removal[] {
  const stretches: string[][] = [];
  let last: string | undefined;
  for (const [key, value] of ops) {
    if (value !== null) {
      last = undefined;
      continue;
    }
    if (last === undefined || key <= last) {
      stretches.push([]);
    }
    stretches.at(-1)?.push(key);
    last = key;
  }
  return stretches.filter(({ length }) => length >= FEWEST).map((keys) => new Removal(runtimeId, keys));
}
