// The conformance kit on this browser's IndexedDB, in a window or, as a worker's own script, in a worker.
import { indexedDbStorage } from "./node_modules/worker-runtime/dist/entry/indexeddb.js";
import { storageConformance } from "./node_modules/worker-runtime/dist/entry/testing.js";

export async function runKit(options) {
  const make = () => indexedDbStorage(options);
  const cases = storageConformance(async () => ({ storage: make(), another: async () => make() }));
  const failures = [];
  for (const { name, run } of cases) {
    await run().catch((error) => failures.push(`${name}: ${error?.message ?? error}`));
  }
  return { cases: cases.length, failures };
}

if (typeof window === "undefined") {
  addEventListener("message", async ({ data }) => postMessage(await runKit(data)));
}
