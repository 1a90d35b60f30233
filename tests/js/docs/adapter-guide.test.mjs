// The guide for authors of adapters, taken at its word: its blocks make the files that their headings name, and the
// conformance kit passes on them.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { memoryStorage, Runtime } from "worker-runtime";
import { faultyStorage, storageConformance } from "worker-runtime/testing";

const guide = await readFile(new URL("../../../docs/adapter-guide.md", import.meta.url), "utf8");

/** The text of each file, its blocks joined. */
function files() {
  const found = new Map();
  for (const [, name, text] of guide.matchAll(/^```js (\S+)\n(.*?)^```$/gms)) {
    found.set(name, (found.get(name) ?? "") + text);
  }
  return found;
}

describe("the guide for authors of adapters", () => {
  let folder;
  let makeStorage = () => memoryStorage();

  before(async () => {
    // Beside this file, so that the blocks find the package as this file does.
    folder = await mkdtemp(join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "guide-"));
    for (const [name, text] of files()) {
      await writeFile(join(folder, name), text);
    }
    const at = (name) => pathToFileURL(join(folder, name)).href;
    const { databaseStorage } = await import(at("adapter.mjs"));
    const { Database } = await import(at("database.mjs"));
    makeStorage = () => databaseStorage(new Database());
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("builds three files", () => {
    assert.deepEqual([...files().keys()].sort(), ["adapter.mjs", "adapter.test.mjs", "database.mjs"]);
  });

  for (const { name, run } of storageConformance(async () => ({ storage: makeStorage() }))) {
    it(name, run);
  }

  it("keeps a runtime through faults", async () => {
    const storage = makeStorage();
    const options = { runtimeId: "kept", storageTimeoutMs: 50 };
    const runtime = await Runtime.open({
      ...options,
      storage: faultyStorage(storage, { seed: 1, rate: 0.2 }),
    });
    const { workerRef } = await runtime.createWorker(undefined, { operationId: "create" });
    for (let number = 0; number < 20; number += 1) {
      const options = { operationId: `say ${number}` };
      const say = () => runtime.sendInput(workerRef, { kind: "user", content: `${number}` }, options);
      await say().catch(say).catch(say);
    }
    await runtime.close();
    const again = await Runtime.open({ ...options, storage });
    assert.equal(again.workerDetail(workerRef).transcriptLen, 20);
    await again.close();
  });
});
