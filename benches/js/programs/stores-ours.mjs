/* The runtime on IndexedDB, as the stores beside it are asked: append a message. */

import { Runtime } from "/package/dist/entry/index.js";
import { indexedDbStorage } from "/package/dist/entry/indexeddb.js";

export async function open() {
  const runtime = await Runtime.open({ storage: indexedDbStorage() });
  const { workerRef } = await runtime.createWorker();
  return {
    append: (content) => runtime.sendInput(workerRef, { kind: "user", content }),
    close: () => runtime.close(),
  };
}
