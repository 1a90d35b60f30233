/* Durable appends to IndexedDB, in a page. */
import { measureAppends } from "./appends.mjs";
import { commitByHand, openDatabase, strictly } from "./raw-indexeddb.mjs";

export async function measureInIndexedDb(rounds) {
  const { Runtime } = await import("/package/dist/entry/index.js");
  const { indexedDbStorage } = await import("/package/dist/entry/indexeddb.js");
  const runtime = await Runtime.open({ storage: indexedDbStorage() });
  const database = await openDatabase("raw");
  let key = 0;
  const raw = {
    append: (text) =>
      strictly(database, (rows, commit) => {
        key += 1;
        rows.put({ sequence: key, role: "user", content: text, recordedAt: Date.now() }, key);
        commit();
      }),
  };
  const grouped = {
    commit(contents) {
      key += 1;
      return commitByHand(database, [[key, new TextEncoder().encode(contents.join("\n"))]], `head ${key}`);
    },
  };
  const rows = await measureAppends({ runtime, raw, grouped, rounds, alone: 200, batches: 3 });
  await runtime.close();
  database.close();
  return rows;
}
