/* RxDB on its Dexie storage: one `insert`. */
import { createRxDatabase } from "rxdb/plugins/core";
import { getRxStorageDexie } from "rxdb/plugins/storage-dexie";

const schema = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    id: { type: "string", maxLength: 20 },
    role: { type: "string" },
    content: { type: "string" },
    recordedAt: { type: "number" },
  },
};

export async function open(name) {
  const database = await createRxDatabase({ name, storage: getRxStorageDexie(), multiInstance: false });
  const { messages } = await database.addCollections({ messages: { schema } });
  let sequence = 0;
  return {
    append(content) {
      sequence += 1;
      return messages.insert({
        id: String(sequence).padStart(20, "0"),
        role: "user",
        content,
        recordedAt: Date.now(),
      });
    },
    close: () => database.close(),
  };
}
