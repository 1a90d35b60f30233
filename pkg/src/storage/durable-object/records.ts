import type { Records } from "../backend.js";
import type { OwnedCommit, OwnedRange } from "../checks.js";
import { StorageRejected, type StorageRejectedCode } from "../contract.js";
import { StorageCorrupt } from "../corrupt.js";
import { inTurn } from "../turns.js";
import type { ObjectRange, ObjectStorage, ObjectTransaction } from "./object-storage.js";
import {
  isFirst,
  joined,
  laterParts,
  MOST_KEYS,
  MOST_PARTS,
  type Place,
  placeOf,
  rangeOf,
  secondPart,
  split,
  wholeOf,
} from "./parts.js";

/** So many entries at once, however many are asked for. */
const MOST_LISTED = 1_024;

/** A runtime has a cache of its own; an object that does not keep its data in SQLite would have each record twice. */
const UNCACHED = { noCache: true } as const;

/** One store in an object. Whoever asks would see a transaction that is under way, so all take turns. */
export class ObjectRecords implements Records {
  readonly #storage: ObjectStorage;
  readonly #place: Place;

  constructor(storage: ObjectStorage, runtimeId: string) {
    this.#storage = storage;
    this.#place = placeOf(runtimeId);
  }

  head(): Promise<string | null> {
    return this.#alone(() => this.#head(this.#storage));
  }

  read({ gte, lt, limit }: OwnedRange): Promise<Array<[key: string, value: Uint8Array]>> {
    return this.#alone(async () => {
      const { start, end } = rangeOf(this.#place, gte, lt);
      if (!Number.isFinite(limit)) {
        return joined(this.#place, await this.#storage.list({ start, end, ...UNCACHED }));
      }
      const entries: Array<[string, unknown]> = [];
      let range: ObjectRange = { start, end };
      // One record more than is asked for tells that the last of them is whole.
      for (let missing = limit + 1; missing > 0; ) {
        const most = Math.min(entries.length === 0 ? missing : Math.max(missing, MOST_PARTS), MOST_LISTED);
        const found = await this.#storage.list({ ...range, limit: most, ...UNCACHED });
        for (const [key, part] of found) {
          entries.push([key, part]);
          missing -= isFirst(this.#place, key) ? 1 : 0;
          range = { startAfter: key, end };
        }
        if (found.size < most) {
          break;
        }
      }
      return joined(this.#place, entries).slice(0, limit);
    });
  }

  commit(commit: OwnedCommit, creations: Set<string>): Promise<string | null> {
    return this.#alone(async () => {
      const { from, to } = commit;
      const repeated = from === null && creations.has(to);
      let undone: unknown;
      try {
        const head = await this.#storage.transaction(async (transaction) => {
          const head = await this.#head(transaction);
          if (head !== from || repeated) {
            return head;
          }
          if (from === null) {
            creations.add(to);
          }
          try {
            await this.#write(transaction, commit);
          } catch (error) {
            undone = error;
            throw error;
          }
          return to;
        });
        // What leaves the object is held back until all this is durable; what is told within it is to be so as well.
        await this.#storage.sync();
        return head;
      } catch (error) {
        if (undone === undefined || undone !== error) {
          throw error;
        }
        // What the closure has thrown comes out once everything in it is undone.
        creations.delete(to);
        throw refusalOf(error) ?? error;
      }
    });
  }

  /** Removes the head and all records. */
  delete(): Promise<void> {
    return this.#alone(async () => {
      await this.#storage.transaction(async (transaction) => {
        await transaction.delete([this.#place.head]);
        for (;;) {
          const found = await transaction.list({ ...wholeOf(this.#place), limit: MOST_KEYS, ...UNCACHED });
          if (found.size === 0) {
            return;
          }
          await transaction.delete([...found.keys()]);
        }
      });
      await this.#storage.sync();
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    return inTurn(this.#storage, this.#place.head, step);
  }

  async #head(storage: ObjectTransaction): Promise<string | null> {
    const { head } = this.#place;
    const found = (await storage.get([head])).get(head);
    if (found !== undefined && typeof found !== "string") {
      throw new StorageCorrupt(`there is no head under the key ${head}`);
    }
    return found ?? null;
  }

  async #write(transaction: ObjectTransaction, { to, ops }: OwnedCommit): Promise<void> {
    const removed: string[] = [];
    const written: Array<[string, unknown]> = [];
    const longer = await this.#longer(
      transaction,
      ops.map(([key]) => this.#place.records + key),
    );
    for (const [key, value] of ops) {
      const at = this.#place.records + key;
      const parts = value === null ? [] : split(at, value);
      written.push(...parts);
      if (longer.has(at)) {
        removed.push(...laterParts(at, parts.length));
      } else if (value === null) {
        removed.push(at);
      }
    }
    await transaction.put({ [this.#place.head]: to });
    for (const keys of several(removed)) {
      await transaction.delete(keys);
    }
    for (const entries of several(written)) {
      await transaction.put(Object.fromEntries(entries), UNCACHED);
    }
  }

  /** Those of `keys` whose values have more than one part. */
  async #longer(transaction: ObjectTransaction, keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const some of several(keys)) {
      const seconds = await transaction.get(some.map(secondPart));
      for (const key of some) {
        if (seconds.has(secondPart(key))) {
          found.add(key);
        }
      }
    }
    return found;
  }
}

/** As many at once as a call takes. */
function* several<T>(items: readonly T[]): Iterable<T[]> {
  for (let at = 0; at < items.length; at += MOST_KEYS) {
    yield items.slice(at, at + MOST_KEYS);
  }
}

const REFUSALS: ReadonlyArray<readonly [RegExp, StorageRejectedCode]> = [
  [/SQLITE_FULL/, "quota"],
  [/SQLITE_TOOBIG/, "too_large"],
];

/** The refusal that a write inside of a transaction, which is undone for that, stands for. */
function refusalOf(error: unknown): StorageRejected | undefined {
  const message = error instanceof Error ? error.message : "";
  const code = REFUSALS.find(([pattern]) => pattern.test(message))?.[1];
  return code === undefined ? undefined : new StorageRejected(code, { cause: error });
}
