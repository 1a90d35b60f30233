/** SPEC 7, order of checks: closed, then lost or fenced, and only then the arguments. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { idle, loss, rejection, says, thrown, withWorker } from "./support.mjs";

/** Calls with nothing right about them, or all of it. */
function calls(runtime, workerRef) {
  const foreign = { runtimeId: "other", workerId: "nobody" };
  return {
    promised: [
      () => runtime.createWorker(5),
      () => runtime.createWorker(),
      () => runtime.sendInput(foreign, { kind: "tool" }, { operationId: "" }),
      () => runtime.sendInput(workerRef, says("once"), { operationId: "op" }),
      () => runtime.recordOutput(null),
      () => runtime.stopWorker(foreign, 7),
      () => runtime.cancelWorker(workerRef),
      () => runtime.stopRuntime(),
      () => runtime.transcriptProjection(foreign, { start: -1, limit: 10_000 }),
      () => runtime.readEvents({ runtimeId: "other", nextEventId: -1 }, 10_000),
    ],
    answered: [
      () => runtime.status(),
      () => runtime.summary(),
      () => runtime.diagnostics(),
      () => runtime.listWorkers(),
      () => runtime.workerDetail(foreign),
      () => runtime.eventCursorFromStart(),
      () => runtime.eventCursorNow(),
      () => runtime.subscribeEvents({ runtimeId: "other", nextEventId: -1 }),
    ],
  };
}

async function assertEverything(runtime, workerRef, code) {
  const { promised, answered } = calls(runtime, workerRef);
  for (const call of promised) {
    await rejection(call, code);
  }
  for (const call of answered) {
    thrown(call, code);
  }
  await rejection(() => runtime.exportLines()[Symbol.asyncIterator]().next(), code);
  await rejection(() => runtime.exportLines({ signal: 5 })[Symbol.asyncIterator]().next(), code);
  assert.equal(runtime.runtimeId, "r");
}

for (const [code, end] of [
  ["storage_conflict", async () => null],
  ["storage_lost", () => Promise.reject(loss())],
]) {
  test(`${code} comes before malformed arguments and receipts, and runtime_closed before it`, async (t) => {
    const plan = {};
    const { runtime, workerRef, say } = await withWorker(t, plan);
    await say("once", { operationId: "op" });
    plan.commit = end;
    await rejection(() => say("x"), code);
    await assertEverything(runtime, workerRef, code);
    await runtime.close();
    await idle();
    await assertEverything(runtime, workerRef, "runtime_closed");
  });
}
