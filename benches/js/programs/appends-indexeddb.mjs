/* Durable appends to IndexedDB, in a page. */
import { measureAppends } from "./appends.mjs";
import { commitByHand, openDatabase, strictly } from "./raw-indexeddb.mjs";

/** The writers that a runtime is compared with; `close` lets go of their database. */
export async function handWriters() {
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
  return { raw, grouped, close: () => database.close() };
}

/** `task`: rounds, and batches in each. */
export async function measureInIndexedDb(task) {
  const { Runtime } = await import("/package/dist/entry/index.js");
  const { indexedDbStorage } = await import("/package/dist/entry/indexeddb.js");
  const runtime = await Runtime.open({ storage: indexedDbStorage() });
  const { raw, grouped, close } = await handWriters();
  const rows = await measureAppends({ runtime, raw, grouped, alone: 200, ...task });
  await runtime.close();
  close();
  return rows;
}
