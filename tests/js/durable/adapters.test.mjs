/** The same runtime on every adapter that runs in Node.js. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { memoryStorage } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { sameRuntimeCases } from "./same-runtime.mjs";

async function files(t) {
  const directory = await mkdtemp(join(tmpdir(), "worker-runtime-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return () => nodeFsStorage({ directory });
}

const adapters = {
  async memory() {
    const storage = memoryStorage();
    return { storage: () => storage, durability: "memory", waits: false };
  },
  async files(t) {
    return { storage: await files(t), durability: "power-loss", waits: true };
  },
  async indexeddb() {
    const indexedDB = new IDBFactory();
    const storage = () => indexedDbStorage({ indexedDB });
    return { storage, durability: "power-loss", waits: true };
  },
};

for (const [adapter, make] of Object.entries(adapters)) {
  for (const { name, run } of sameRuntimeCases(adapter, make)) {
    test(name, run);
  }
}
