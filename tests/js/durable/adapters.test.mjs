/** The same runtime on every adapter that runs in Node.js. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { memoryStorage, Runtime } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { contents, everything, idle, rejection, says, until, watched } from "./support.mjs";

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

const start = (storage, options) => Runtime.open({ storage, runtimeId: "r", ...options });

async function fill(runtime, rounds = 4) {
  const refs = [];
  for (let i = 0; i < 3; i++) {
    refs.push((await runtime.createWorker(undefined, { operationId: `create ${i}` })).workerRef);
  }
  for (let i = 0; i < rounds; i++) {
    await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        runtime.sendInput(refs[n % 3], says(`${i}/${n} ${"é".repeat(900)}`), { operationId: `${i}/${n}` }),
      ),
    );
  }
  await runtime.recordOutput(refs[0], { kind: "assistant", content: "B".repeat(1_500_000) });
  await runtime.cancelWorker(refs[1], "done");
  return refs;
}

for (const [name, make] of Object.entries(adapters)) {
  test(`${name}: everything is there again, with and without a cache`, async (t) => {
    const { storage, durability } = await make(t);
    const runtime = await start(storage(), { displayName: "d", limits: { maxEventBatchItems: 300 } });
    assert.equal(runtime.summary().durability, durability);
    await fill(runtime);
    const before = await everything(runtime);
    await runtime.close();
    for (const cacheBytes of [0, 16_777_216]) {
      const later = await start(storage(), { cacheBytes });
      assert.deepEqual(await everything(later), before);
      await later.close();
    }
    assert.deepEqual(await storage().list(), ["r"]);
  });

  test(`${name}: a second opening waits for a living holder where that can be told; takeover fences`, async (t) => {
    const { storage, waits } = await make(t);
    const first = await start(storage());
    const { workerRef } = await first.createWorker();
    const giveUp = new AbortController();
    const second = watched(start(storage(), { signal: giveUp.signal }));
    if (waits) {
      await idle();
      giveUp.abort("reason");
      assert.equal((await rejection(() => second.promise, "storage_locked")).cause, "reason");
    } else {
      await (await second.promise).close();
    }
    const third = await start(storage(), { takeover: true });
    await third.sendInput(workerRef, says("mine"));
    await rejection(() => first.sendInput(workerRef, says("never")), "storage_conflict");
    assert.deepEqual(await contents(third, workerRef), ["mine"]);
    const fourth = watched(start(storage()));
    await third.close();
    assert.deepEqual(await contents(await fourth.promise, workerRef), ["mine"]);
    await first.close();
    await (await fourth.promise).close();
  });

  test(`${name}: a takeover and a deletion are noticed without a mutation`, async (t) => {
    for (const act of [
      async (storage) => (await start(storage, { takeover: true })).close(),
      (storage) => storage.delete("r"),
    ]) {
      const { storage } = await make(t);
      const shared = storage();
      const runtime = await start(shared);
      const next = watched(runtime.subscribeEvents(runtime.eventCursorNow()).next());
      await act(shared);
      await until(() => next.status === "rejected", "the fence", 6_000);
      assert.equal(next.error.code, "storage_conflict");
      await runtime.close();
    }
  });

  test(`${name}: inspection writes nothing and waits for nobody; exports go from one to another`, async (t) => {
    const { storage } = await make(t);
    const runtime = await start(storage());
    await fill(runtime, 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const view = await Runtime.inspect(storage(), "r");
    assert.deepEqual(await everything(view), await everything(runtime));
    const target = memoryStorage();
    await Runtime.importLines(target, view.exportLines());
    await view.close();
    const imported = await start(target);
    const { storage: other } = await make(t);
    await Runtime.importLines(other(), imported.exportLines());
    const back = await start(other());
    assert.deepEqual((await everything(back)).transcripts, (await everything(runtime)).transcripts);
    assert.deepEqual(await back.diagnostics(), await runtime.diagnostics());
    // Also while somebody has it open.
    await rejection(() => Runtime.importLines(other(), imported.exportLines()), "invalid_request");
    await Promise.all([back.close(), imported.close(), runtime.close()]);
    const truncated = other();
    await truncated.delete("r");
    await rejection(() => Runtime.importLines(truncated, ["{}"]), "invalid_request");
    assert.deepEqual(await truncated.list(), []);
  });
}
