/** Methods taken from their object: those that return a promise reject all the same, the others throw. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { openRuntime, rejection, thrown, user } from "./support.mjs";

const REJECTING = [
  "createWorker",
  "sendInput",
  "recordOutput",
  "stopWorker",
  "cancelWorker",
  "stopRuntime",
  "transcriptProjection",
  "readEvents",
  "close",
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose"),
];
const THROWING = [
  "status",
  "summary",
  "diagnostics",
  "listWorkers",
  "workerDetail",
  "eventCursorFromStart",
  "eventCursorNow",
  "subscribeEvents",
];

for (const holder of [undefined, null, 5, {}, Runtime.prototype, Object.create(Runtime.prototype)]) {
  test(`on ${holder === null || typeof holder !== "object" ? String(holder) : "an object that is no runtime"}`, async (t) => {
    const runtime = await openRuntime(t);
    const { workerRef } = await runtime.createWorker();
    const cursor = runtime.eventCursorFromStart();
    const given = {
      sendInput: [workerRef, user("x")],
      recordOutput: [workerRef, { kind: "tool", content: "x" }],
      transcriptProjection: [workerRef, { start: 0, limit: 1 }],
      readEvents: [cursor, 1],
      workerDetail: [workerRef],
      subscribeEvents: [cursor],
    };
    for (const name of REJECTING) {
      const call = () => runtime[name].apply(holder, given[name] ?? [workerRef]);
      await rejection(call, "invalid_request", { path: "this" });
    }
    for (const name of THROWING) {
      thrown(() => runtime[name].apply(holder, given[name] ?? []), "invalid_request", { path: "this" });
    }
    const lines = runtime.exportLines.apply(holder, [])[Symbol.asyncIterator]();
    await rejection(() => lines.next(), "invalid_request", { path: "this" });
    assert.equal(runtime.status(), "running");
    assert.equal(runtime.eventCursorNow().nextEventId, 3);
  });
}

test("those of a view", async (t) => {
  const storage = memoryStorage();
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  t.after(() => runtime.close());
  const view = await Runtime.inspect(storage, "r");
  t.after(() => view.close());
  const { readEvents, close, status } = view;
  await rejection(() => readEvents(view.eventCursorFromStart(), 1), "invalid_request", { path: "this" });
  await rejection(() => close(), "invalid_request", { path: "this" });
  thrown(() => status(), "invalid_request", { path: "this" });
});

test("those of a subscription", async (t) => {
  const runtime = await openRuntime(t);
  const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
  for (const holder of [undefined, null, 5, {}]) {
    for (const name of ["next", "return", "throw"]) {
      const promise = subscription[name].call(holder);
      assert.ok(promise instanceof Promise);
      await assert.rejects(promise);
    }
  }
  assert.equal((await subscription.next()).value.id, 1);
});

test("the functions of the class need no class", async () => {
  const { create, open, inspect, importLines } = Runtime;
  const storage = memoryStorage();
  const memory = await create();
  const stored = await open({ storage });
  const view = await inspect(storage, stored.runtimeId);
  const other = memoryStorage();
  assert.equal(await importLines(other, stored.exportLines()), stored.runtimeId);
  for (const opened of [view, stored, memory]) {
    await opened.close();
  }
});
