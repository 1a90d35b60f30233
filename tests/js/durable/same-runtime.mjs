/** The same runtime on whichever adapter, for any host. */
import assert from "node:assert/strict";
import { memoryStorage, Runtime } from "worker-runtime";
import { contents, everything, idle, rejection, says, until, watched } from "./support.mjs";

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

const cases = {
  async "everything is there again, with and without a cache"(t, make) {
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
  },

  async "a second opening waits for a living holder where that can be told; takeover fences"(t, make) {
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
  },

  async "a takeover and a deletion are noticed without a mutation"(t, make) {
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
  },

  async "inspection writes nothing and waits for nobody; exports go from one to another"(t, make) {
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
  },
};

/**
 * Cases `{ name, run(context) }`. `make(context)` answers `{ storage, durability, waits }`: what opens the same medium each
 * time it is called, and whether that waits for a holder in this process.
 */
export const sameRuntimeCases = (adapter, make) =>
  Object.entries(cases).map(([name, body]) => ({
    name: `${adapter}: ${name}`,
    run: (context) => body(context, make),
  }));
