/** What the connection's PRAGMAs promise. */
import assert from "node:assert/strict";
import { databaseFile, opened } from "../support.mjs";

const PROMISES = {
  wal: { off: "process-crash", normal: "process-crash", full: "power-loss", extra: "power-loss" },
  delete: { off: "process-crash", normal: "process-crash", full: "process-crash", extra: "power-loss" },
  truncate: { off: "process-crash", normal: "process-crash", full: "power-loss", extra: "power-loss" },
  persist: { off: "process-crash", normal: "process-crash", full: "power-loss", extra: "power-loss" },
  memory: { full: "memory", extra: "memory" },
  off: { full: "memory", extra: "memory" },
};

async function durabilityOn(context, path, pragmas) {
  const { database, storage } = opened(context, path, { pragmas });
  const store = await storage.open("r");
  const { durability } = store;
  await store.close();
  return { durability, journal: database.prepare("PRAGMA journal_mode").get().journal_mode };
}

export const durability = [
  {
    name: "durability is what the PRAGMAs come to",
    async run(context) {
      for (const [journal, promises] of Object.entries(PROMISES)) {
        for (const [synchronous, promised] of Object.entries(promises)) {
          const pragmas = [`journal_mode = ${journal}`, `synchronous = ${synchronous}`];
          const found = await durabilityOn(context, databaseFile(context), pragmas);
          // Some hosts allow nobody to go without a journal.
          if (journal !== "off" || found.journal === "off") {
            assert.deepEqual(found, { durability: promised, journal }, `${journal}, ${synchronous}`);
          }
        }
      }
    },
  },
  {
    name: "durability of what has no file is that of memory",
    async run(context) {
      for (const path of [":memory:", ""]) {
        assert.equal((await durabilityOn(context, path, ["synchronous = extra"])).durability, "memory");
      }
    },
  },
];
