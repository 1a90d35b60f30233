import { checkRuntimeId, compareUtf8, ownCommit, ownOpening, ownRange } from "./checks.js";
import type { RuntimeStorage, RuntimeStore, StorageCommit } from "./contract.js";
import { SortedIndex } from "./sorted-index.js";

/** What all handles of one runtime share. */
interface Shelf {
  head: string | null;
  records: SortedIndex<Uint8Array>;
  readonly handles: Set<MemoryStore>;
}

/**
 * Volatile storage: it lives as long as the object that this function gives, and is shared by whoever holds that.
 * The reference for every adapter: it does what the contract says, refuses with a `TypeError` what breaks it
 * before anything happens, and never waits, not even for a living holder.
 */
export function memoryStorage(): RuntimeStorage {
  const shelves = new Map<string, Shelf>();

  return {
    async open(runtimeId, options) {
      checkRuntimeId(runtimeId);
      const { signal, readOnly } = ownOpening(options);
      signal?.throwIfAborted();
      let shelf = shelves.get(runtimeId);
      if (shelf === undefined) {
        shelf = { head: null, records: new SortedIndex(), handles: new Set() };
        shelves.set(runtimeId, shelf);
      }
      const { handles } = shelf;
      const store = new MemoryStore(shelf, readOnly, () => {
        handles.delete(store);
        if (handles.size === 0 && shelves.get(runtimeId)?.head === null) {
          shelves.delete(runtimeId);
        }
      });
      handles.add(store);
      return store;
    },

    async list() {
      const present = [...shelves].filter(([, shelf]) => shelf.head !== null);
      return present.map(([runtimeId]) => runtimeId).sort(compareUtf8);
    },

    async delete(runtimeId) {
      checkRuntimeId(runtimeId);
      const shelf = shelves.get(runtimeId);
      if (shelf === undefined || shelf.head === null) {
        return;
      }
      shelf.head = null;
      shelf.records = new SortedIndex();
      if (shelf.handles.size === 0) {
        shelves.delete(runtimeId);
      }
      for (const handle of shelf.handles) {
        handle.disturb();
      }
    },
  };
}

class MemoryStore implements RuntimeStore {
  readonly durability = "memory";
  readonly #shelf: Shelf;
  readonly #readOnly: boolean;
  readonly #release: () => void;
  /** The `to` of every creation that this handle has applied. */
  readonly #created = new Set<string>();
  #disturbed: Promise<void>;
  #settleDisturbed: (() => void) | undefined;
  #closed = false;

  constructor(shelf: Shelf, readOnly: boolean, release: () => void) {
    this.#shelf = shelf;
    this.#readOnly = readOnly;
    this.#release = release;
    this.#disturbed = this.#untilDisturbed();
  }

  /**
   * Settles once another handle has committed, or the store was deleted, since this handle's last applied commit;
   * that commit is what replaces a promise that has settled.
   */
  get disturbed(): Promise<void> {
    return this.#disturbed;
  }

  async head(): Promise<string | null> {
    this.#checkOpen();
    return this.#shelf.head;
  }

  async read(range: { gte: string; lt: string; limit?: number }): Promise<Array<[string, Uint8Array]>> {
    this.#checkOpen();
    const { gte, lt, limit } = ownRange(range);
    const found = this.#shelf.records.range(gte, lt, limit);
    return found.map(([key, value]) => [key, value.slice()]);
  }

  async commit(commit: StorageCommit): Promise<string | null> {
    this.#checkOpen();
    if (this.#readOnly) {
      throw new Error("this handle was opened to read only");
    }
    const { from, to, ops } = ownCommit(commit);
    const shelf = this.#shelf;
    if (shelf.head !== from || (from === null && this.#created.has(to))) {
      return shelf.head;
    }
    for (const [key, value] of ops) {
      if (value === null) {
        shelf.records.delete(key);
      } else {
        shelf.records.set(key, value);
      }
    }
    shelf.head = to;
    if (from === null) {
      this.#created.add(to);
    }
    if (this.#settleDisturbed === undefined) {
      this.#disturbed = this.#untilDisturbed();
    }
    for (const handle of shelf.handles) {
      if (handle !== this) {
        handle.disturb();
      }
    }
    return to;
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#release();
    }
  }

  disturb(): void {
    this.#settleDisturbed?.();
    this.#settleDisturbed = undefined;
  }

  #untilDisturbed(): Promise<void> {
    return new Promise((resolve) => {
      this.#settleDisturbed = resolve;
    });
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new Error("this handle is closed");
    }
  }
}
