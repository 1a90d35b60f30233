/* Durable appends to IndexedDB, in a page. */
import { measureAppends } from "./appends.mjs";
import { openDatabase } from "./raw-indexeddb.mjs";

export async function measureInIndexedDb(rounds) {
  const { Runtime } = await import("/package/dist/entry/index.js");
  const { indexedDbStorage } = await import("/package/dist/entry/indexeddb.js");
  const runtime = await Runtime.open({ storage: indexedDbStorage() });
  const database = await openDatabase("raw");
  let key = 0;
  const strictly = (work) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      key += 1;
      work(transaction.objectStore("rows"), () => transaction.commit());
    });
  const raw = {
    append: (text) =>
      strictly((rows, commit) => {
        rows.put({ sequence: key, role: "user", content: text, recordedAt: Date.now() }, key);
        commit();
      }),
  };
  const grouped = {
    commit: (contents) =>
      strictly((rows, commit) => {
        const record = new TextEncoder().encode(contents.join("\n"));
        rows.get("head").onsuccess = () => {
          rows.put(record, key);
          rows.put(`head ${key}`, "head");
          commit();
        };
      }),
  };
  const rows = await measureAppends({ runtime, raw, grouped, rounds, alone: 200, batches: 3 });
  await runtime.close();
  database.close();
  return rows;
}
