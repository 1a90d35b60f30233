/* Dexie: one `add` on a table. */
import { Dexie } from "dexie";

export async function open(name) {
  const database = new Dexie(name);
  database.version(1).stores({ messages: "++id" });
  await database.open();
  return {
    append: (content) => database.messages.add({ role: "user", content, recordedAt: Date.now() }),
    close: () => database.close(),
  };
}
