import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { openRuntime, rejection, user } from "./support.mjs";

const aborted = AbortSignal.abort(new Error("given up"));

test("a remembered operation answers a caller who had given up, a new one is withdrawn", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const ack = await runtime.sendInput(workerRef, user("x"), { operationId: "op" });
  const again = { operationId: "op", signal: aborted };
  assert.deepEqual(await runtime.sendInput(workerRef, user("x"), again), ack);
  const unseen = { operationId: "new", signal: aborted };
  const outcome = { outcome: "not_applied" };
  const before = runtime.sendInput(workerRef, user("before"));
  const withdrawn = rejection(
    () => runtime.sendInput(workerRef, user("y"), unseen),
    "storage_failed",
    outcome,
  );
  const after = runtime.sendInput(workerRef, user("after"), { operationId: "after" });
  await Promise.all([before, withdrawn, after]);
  await rejection(() => runtime.createWorker({}, { ...unseen }), "storage_failed", outcome);
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 3);
  assert.equal(runtime.listWorkers().length, 1);
});

test("who gives up a repeat of what the storage already has is told that the outcome is unknown", async (t) => {
  const storage = memoryStorage();
  let hold;
  const slow = {
    list: () => storage.list(),
    delete: (id) => storage.delete(id),
    async open(id, options) {
      const store = await storage.open(id, options);
      return {
        durability: "memory",
        head: () => store.head(),
        read: (range) => store.read(range),
        close: () => store.close(),
        async commit(commit) {
          await hold?.promise;
          return store.commit(commit);
        },
      };
    },
  };
  const runtime = await Runtime.open({ storage: slow, runtimeId: "r" });
  t.after(() => runtime.close());
  const { workerRef } = await runtime.createWorker();
  hold = {};
  hold.promise = new Promise((resolve) => {
    hold.release = resolve;
  });
  const first = runtime.sendInput(workerRef, user("x"), { operationId: "op" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const controller = new AbortController();
  const options = { operationId: "op", signal: controller.signal };
  const second = rejection(() => runtime.sendInput(workerRef, user("x"), options), "storage_failed", {
    outcome: "unknown",
  });
  const other = { operationId: "other", signal: controller.signal };
  const third = rejection(() => runtime.sendInput(workerRef, user("x"), other), "storage_failed", {
    outcome: "not_applied",
  });
  controller.abort();
  await Promise.all([second, third]);
  hold.release();
  await first;
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 1);
});
