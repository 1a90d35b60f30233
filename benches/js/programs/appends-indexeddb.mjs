/* Durable appends to IndexedDB, in a page. */
import { measureAppends } from "./appends.mjs";
import { openDatabase } from "./raw-indexeddb.mjs";

export async function measureInIndexedDb(rounds) {
  const { Runtime } = await import("/package/dist/entry/index.js");
  const { indexedDbStorage } = await import("/package/dist/entry/indexeddb.js");
  const runtime = await Runtime.open({ storage: indexedDbStorage() });
  const database = await openDatabase("raw");
  let key = 0;
  const raw = {
    append: (text) =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
        key += 1;
        transaction
          .objectStore("rows")
          .put({ sequence: key, role: "user", content: text, recordedAt: Date.now() }, key);
        transaction.commit();
      }),
  };
  const rows = await measureAppends({ runtime, raw, rounds, alone: 200, batches: 3 });
  await runtime.close();
  database.close();
  return rows;
}
