import { checkRuntimeId, compareUtf8, ownOpening } from "./checks.js";
import type { RuntimeStorage } from "./contract.js";
import { openChannel } from "./indexeddb/channel.js";
import { type Body, Connection } from "./indexeddb/connection.js";
import { makePlace } from "./indexeddb/place.js";
import { type HeadRecord, readHeads, removeRecords } from "./indexeddb/records.js";
import { IndexedDbStore } from "./indexeddb/store.js";
import { Witness } from "./indexeddb/witness.js";

export interface IndexedDbOptions {
  /** The database that holds all runtimes. Default "worker-runtime". */
  databaseName?: string;
  /**
   * `strict` (default): a fulfilled commit has been flushed to the disk and survives a loss of power. `relaxed`: about
   * twice as fast one after another, but a killed browser has been seen to lose all of it; its stores
   * therefore call their durability "memory".
   */
  durability?: "strict" | "relaxed";
  /** The factory to use instead of the host's own. Such a storage uses no lock or witness outside this page. */
  indexedDB?: IDBFactory;
}

/**
 * Keeps runtimes in one IndexedDB database of this origin, whose version is 1 for ever.
 *
 * Its methods reject with `StorageRejected("denied")` where IndexedDB is absent or denied, and with an error that
 * says so where the database did not open within 5 s. A store of which only the witness in local storage is left rejects
 * with `StorageLost`, once a handle; a handle that has reported it then takes what is there for the truth.
 */
export function indexedDbStorage(options: IndexedDbOptions = {}): RuntimeStorage {
  const { databaseName = "worker-runtime", durability = "strict", indexedDB } = options;
  if (durability !== "strict" && durability !== "relaxed") {
    throw new TypeError('`durability` is "strict" or "relaxed"');
  }
  const place = makePlace(databaseName, durability, indexedDB);

  async function once<T>(mode: IDBTransactionMode, body: Body<T>): Promise<T> {
    const connection = new Connection(place);
    try {
      return await connection.run(mode, body);
    } finally {
      connection.close();
    }
  }

  return {
    async open(runtimeId, options) {
      checkRuntimeId(runtimeId);
      const { signal, takeover, readOnly } = ownOpening(options);
      signal?.throwIfAborted();
      const store = new IndexedDbStore(place, runtimeId, readOnly);
      await store.open(signal, takeover);
      return store;
    },

    async list() {
      const found = await once<string[]>("readonly", (records, step, answer) => {
        readHeads(place, records, step, answer);
      });
      return found.sort(compareUtf8);
    },

    async delete(runtimeId) {
      checkRuntimeId(runtimeId);
      const witness = new Witness(place, runtimeId);
      await once<void>("readwrite", (records, step, answer) => {
        step(records.get(runtimeId), (record: HeadRecord | undefined) => {
          if (record?.witnessed && !witness.possible) {
            records.put({ ...record, head: null } satisfies HeadRecord, runtimeId);
          } else {
            records.delete(runtimeId);
          }
          removeRecords(place, records, step, runtimeId, () => {
            witness.remove();
            answer();
          });
        });
      });
      const channel = openChannel(place.nameOf(runtimeId));
      channel?.postMessage(null);
      channel?.close();
    },
  };
}
