/* y-indexeddb: one update of a shared array; stored once a transaction that began after its own can begin. */
import { IndexeddbPersistence } from "y-indexeddb";
import { Doc } from "yjs";

export async function open(name) {
  const doc = new Doc();
  const persistence = new IndexeddbPersistence(name, doc);
  await persistence.whenSynced;
  const messages = doc.getArray("messages");
  const stored = () =>
    new Promise((resolve, reject) => {
      const transaction = persistence.db.transaction(["updates"], "readonly");
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
      transaction.objectStore("updates").count();
    });
  return {
    append(content) {
      messages.push([{ role: "user", content, recordedAt: Date.now() }]);
      return stored();
    },
    close: () => persistence.destroy(),
  };
}
