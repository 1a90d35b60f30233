/* idb: one `add` of its shortcut methods, in a transaction of its own, as durable as the browser's default. */
import { openDB } from "idb";

export async function open(name) {
  const database = await openDB(name, 1, {
    upgrade: (upgraded) => void upgraded.createObjectStore("messages", { autoIncrement: true }),
  });
  return {
    append: (content) => database.add("messages", { role: "user", content, recordedAt: Date.now() }),
    close: () => database.close(),
  };
}
