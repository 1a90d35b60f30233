import { checkRuntimeId, compareUtf8, ownOpening } from "./checks.js";
import type { RuntimeStorage } from "./contract.js";
import { openChannel } from "./indexeddb/channel.js";
import { type Body, Connection } from "./indexeddb/connection.js";
import type { Place } from "./indexeddb/place.js";
import { type HeadRecord, readHeads, removeRecords } from "./indexeddb/records.js";
import { IndexedDbStore } from "./indexeddb/store.js";
import { Witness } from "./indexeddb/witness.js";

/** The storage of `indexedDbStorage`, whose options are read and checked. */
export function databaseStorage(place: Place): RuntimeStorage {
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
