import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { openRuntime, rejection, thrown, trapModule, user } from "./support.mjs";

const FOREIGN = { runtimeId: "other", workerId: "worker-00000001" };

/** One mutation and what can be wrong with it, from what is checked first to what is checked last. */
async function wrongs(t) {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const { workerRef: ended } = await runtime.createWorker();
  await runtime.stopWorker(ended);
  const unknown = { ...workerRef, workerId: "worker-00000063" };
  return { runtime, workerRef, ended, unknown };
}

test("malformed, then blank, then runtime, then Worker, then status", async (t) => {
  const { runtime, workerRef, ended, unknown } = await wrongs(t);
  for (const ref of [FOREIGN, unknown, ended]) {
    await rejection(() => runtime.sendInput(ref, { kind: "user", content: 1 }), "invalid_request", {
      path: "content",
    });
    await rejection(() => runtime.sendInput(ref, user(" ")), "invalid_request", { path: "content" });
  }
  await rejection(() => runtime.sendInput({ ...FOREIGN, workerId: "x" }, user("x")), "wrong_runtime");
  await rejection(() => runtime.sendInput(unknown, user("x")), "worker_not_found");
  const status = await rejection(() => runtime.sendInput(ended, user("x")), "invalid_request");
  assert.equal(status.details.path, undefined, "the argument is as it should be");
  await runtime.sendInput(workerRef, user("x"));
});

test("malformed, then receipt, then runtime stopped, then blank and ref", async (t) => {
  const { runtime, workerRef, unknown } = await wrongs(t);
  const options = { operationId: "op" };
  const receipt = await runtime.sendInput(workerRef, user("x"), options);
  await runtime.stopRuntime();
  await rejection(() => runtime.sendInput(workerRef, { kind: "user" }, options), "invalid_request", {
    path: "content",
  });
  assert.deepEqual(await runtime.sendInput(workerRef, user("x"), options), receipt);
  await rejection(() => runtime.sendInput(workerRef, user(" "), options), "operation_conflict");
  await rejection(() => runtime.sendInput(FOREIGN, user("x"), options), "operation_conflict");
  await rejection(() => runtime.sendInput(workerRef, user(" ")), "runtime_stopped");
  await rejection(() => runtime.sendInput(FOREIGN, user("x")), "runtime_stopped");
  await rejection(() => runtime.sendInput(unknown, user("x")), "runtime_stopped");
  await rejection(() => runtime.createWorker({ configBundle: { id: "" } }), "runtime_stopped");
  await rejection(() => runtime.createWorker({ configBundle: { id: 1 } }), "invalid_request");
  await rejection(() => runtime.createWorker({ intent: { kind: "unknown" } }), "invalid_request");
  await rejection(() => runtime.stopWorker(FOREIGN), "runtime_stopped");
  await rejection(() => runtime.stopWorker(FOREIGN, 1), "invalid_request");
});

test("transcriptProjection: malformed argument, limit, ref", async (t) => {
  const { runtime, workerRef, unknown } = await wrongs(t);
  for (const ref of [FOREIGN, unknown]) {
    await rejection(() => runtime.transcriptProjection(ref, { start: -1, limit: 1000 }), "invalid_request", {
      path: "start",
    });
    await rejection(() => runtime.transcriptProjection(ref, { start: 0, limit: 1000 }), "limit_too_large", {
      requested: 1000,
      max: 256,
    });
  }
  await rejection(
    () => runtime.transcriptProjection({ runtimeId: "x" }, { start: 0, limit: 1000 }),
    "invalid_request",
    { path: "workerId" },
  );
  await rejection(() => runtime.transcriptProjection(FOREIGN, { start: 0, limit: 1 }), "wrong_runtime");
  await rejection(() => runtime.transcriptProjection(unknown, { start: 0, limit: 0 }), "worker_not_found");
  await runtime.transcriptProjection(workerRef, { start: 0, limit: 256 });
});

test("readEvents: malformed argument, the cursor's runtime, limit", async (t) => {
  const { runtime } = await wrongs(t);
  const foreign = { runtimeId: "other", nextEventId: 1 };
  await rejection(() => runtime.readEvents(foreign, -1), "invalid_request", { path: "limit" });
  await rejection(() => runtime.readEvents({ ...foreign, nextEventId: 0.5 }, 1000), "invalid_request", {
    path: "nextEventId",
  });
  await rejection(() => runtime.readEvents(foreign, 1000), "wrong_runtime_cursor");
  await rejection(() => runtime.readEvents(runtime.eventCursorFromStart(), 1000), "limit_too_large");
});

test("closed comes before everything else, and over poisoned", async () => {
  const runtime = await Runtime.create();
  const { workerRef } = await runtime.createWorker();
  await runtime.close();
  await rejection(() => runtime.sendInput(null, null, null), "runtime_closed");
  await rejection(
    () => runtime.sendInput(workerRef, user("x"), { signal: AbortSignal.abort() }),
    "runtime_closed",
  );
  thrown(() => runtime.workerDetail(null), "runtime_closed");
  await trapModule();
  await rejection(() => runtime.createWorker(), "runtime_closed");
});

test("poisoned comes before malformed arguments", async () => {
  const runtime = await Runtime.create();
  await trapModule();
  await rejection(() => runtime.sendInput(null, null, null), "runtime_poisoned");
  thrown(() => runtime.workerDetail(null), "runtime_poisoned");
  await runtime.close();
  thrown(() => runtime.status(), "runtime_closed");
});
