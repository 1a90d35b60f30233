/** Repeats of operations whose callers give up while another commit is under way. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStorage } from "worker-runtime";
import { contents, idle, open, planned, rejection, says } from "./support.mjs";

const CALLS = {
  createWorker: (runtime, _, options) => runtime.createWorker({ intent: intent("x") }, options),
  sendInput: (runtime, worker, options) => runtime.sendInput(worker, says("x"), options),
  recordOutput: (runtime, worker, options) =>
    runtime.recordOutput(worker, { kind: "tool", content: "x" }, options),
  stopWorker: (runtime, worker, options) => runtime.stopWorker(worker, "x", options),
  cancelWorker: (runtime, worker, options) => runtime.cancelWorker(worker, "x", options),
};
const OTHERS = {
  createWorker: (runtime, _, options) => runtime.createWorker({ intent: intent("y") }, options),
  sendInput: (runtime, worker, options) => runtime.sendInput(worker, says("y"), options),
  recordOutput: (runtime, worker, options) =>
    runtime.recordOutput(worker, { kind: "tool", content: "y" }, options),
  stopWorker: (runtime, worker, options) => runtime.stopWorker(worker, "y", options),
  cancelWorker: (runtime, worker, options) => runtime.cancelWorker(worker, "y", options),
};
const intent = (objective) => ({ kind: "task", objective });

/** A runtime that remembers one operation, is open anew, and has a commit under way that is never answered. */
async function stuck(t, call) {
  const inner = memoryStorage();
  const before = await open(t, inner);
  const { workerRef } = await before.createWorker();
  const { workerRef: other } = await before.createWorker();
  const receipt = await call(before, workerRef, { operationId: "op" });
  await before.close();
  const storage = planned({}, inner);
  const runtime = await open(t, storage, { storageTimeoutMs: 500 });
  await idle();
  storage.plan.commit = () => new Promise(() => undefined);
  const underWay = runtime.sendInput(other, says("under way")).catch((error) => error);
  await idle();
  assert.ok(storage.commits().length > 1);
  return { runtime, workerRef, receipt, underWay };
}

for (const [name, call] of Object.entries(CALLS)) {
  describe(`${name}, given up while another commit is under way`, () => {
    test("answers with its receipt where it is remembered", async (t) => {
      const { runtime, workerRef, receipt, underWay } = await stuck(t, call);
      const controller = new AbortController();
      const repeat = call(runtime, workerRef, { operationId: "op", signal: controller.signal });
      await idle();
      controller.abort(new Error("given up"));
      assert.deepEqual(await repeat, receipt);
      const late = { operationId: "op", signal: AbortSignal.abort() };
      assert.deepEqual(await call(runtime, workerRef, late), receipt);
      await runtime.close();
      assert.equal((await underWay).details.outcome, "unknown");
    });

    test("is refused where another request has its id", async (t) => {
      const { runtime, workerRef } = await stuck(t, call);
      const controller = new AbortController();
      const { signal } = controller;
      const conflict = rejection(
        () => OTHERS[name](runtime, workerRef, { operationId: "op", signal }),
        "operation_conflict",
      );
      await idle();
      controller.abort();
      await conflict;
      const late = { operationId: "op", signal: AbortSignal.abort() };
      await rejection(() => OTHERS[name](runtime, workerRef, late), "operation_conflict");
    });

    test("is withdrawn where its id is new", async (t) => {
      const { runtime, workerRef } = await stuck(t, CALLS.sendInput);
      const controller = new AbortController();
      const { signal } = controller;
      const withdrawn = rejection(
        () => call(runtime, workerRef, { operationId: "new", signal }),
        "storage_failed",
        { outcome: "not_applied" },
      );
      await idle();
      controller.abort();
      await withdrawn;
      const late = { operationId: "new", signal: AbortSignal.abort() };
      await rejection(() => call(runtime, workerRef, late), "storage_failed", { outcome: "not_applied" });
    });
  });
}

for (const name of ["stopWorker", "cancelWorker"]) {
  test(`${name} of a Worker that has ended is withdrawn where its id is new`, async (t) => {
    const { runtime, workerRef } = await stuck(t, CALLS.stopWorker);
    const controller = new AbortController();
    const outcome = { outcome: "not_applied" };
    const call = (signal) => () => CALLS[name](runtime, workerRef, { operationId: "new", signal });
    const withdrawn = rejection(call(controller.signal), "storage_failed", outcome);
    await idle();
    controller.abort();
    await withdrawn;
    await rejection(call(AbortSignal.abort()), "storage_failed", outcome);
  });
}

test("what is given up does not disturb the commit under way, nor what waits behind it", async (t) => {
  const storage = planned();
  const runtime = await open(t, storage);
  const { workerRef } = await runtime.createWorker();
  const receipt = await runtime.sendInput(workerRef, says("done"), { operationId: "op" });
  await idle();
  let release;
  storage.plan.commit = (_, next) =>
    new Promise((resolve) => {
      release = () => resolve(next());
    });
  const controller = new AbortController();
  const { signal } = controller;
  const underWay = [
    runtime.sendInput(workerRef, says("first")),
    runtime.createWorker({}, { operationId: "create" }),
  ];
  await idle();
  const repeat = runtime.sendInput(workerRef, says("done"), { operationId: "op", signal });
  const withdrawn = rejection(
    () => runtime.sendInput(workerRef, says("never"), { operationId: "other", signal }),
    "storage_failed",
    { outcome: "not_applied" },
  );
  const after = runtime.sendInput(workerRef, says("second"), { operationId: "after" });
  controller.abort();
  assert.deepEqual(await repeat, receipt);
  await withdrawn;
  delete storage.plan.commit;
  release();
  const [first, created] = await Promise.all(underWay);
  assert.equal(first.transcriptSequence, 2);
  assert.equal(created.workerRef.workerId, "worker-00000002");
  assert.equal((await after).transcriptSequence, 3);
  assert.deepEqual(await contents(runtime, workerRef), ["done", "first", "second"]);
});
