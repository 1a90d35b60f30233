import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { openRuntime, rejection, thrown, user } from "./support.mjs";

test("a runtime without an id gets one from 128 random bits", async (t) => {
  const ids = new Set();
  for (let i = 0; i < 50; i++) {
    const runtime = await openRuntime(t);
    assert.match(runtime.runtimeId, /^runtime-[0-9a-f]{32}$/);
    ids.add(runtime.runtimeId);
  }
  assert.equal(ids.size, 50);
});

test("a given id is taken as it is, up to 256 bytes of UTF-8", async (t) => {
  for (const runtimeId of [
    "a",
    " a ",
    "../x",
    "é".repeat(128),
    "x".repeat(256),
    "\u{1f600}".repeat(64),
    "\ufeff",
    "\0",
  ]) {
    const runtime = await openRuntime(t, { runtimeId });
    assert.equal(runtime.runtimeId, runtimeId);
    assert.equal(runtime.summary().runtimeId, runtimeId);
    assert.equal(runtime.eventCursorNow().runtimeId, runtimeId);
    const worker = await runtime.createWorker();
    assert.deepEqual(worker.workerRef, { runtimeId, workerId: "worker-00000001" });
  }
});

test("a blank or longer id is refused", async () => {
  const blanks = [
    "",
    " ",
    "\t\n\v\f\r",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2000\u200a",
    "\u2028\u2029",
    "\u202f\u205f",
    "\u3000",
  ];
  for (const runtimeId of [...blanks, "x".repeat(257), `${"é".repeat(128)}x`, "\u{1f600}".repeat(65)]) {
    await rejection(() => Runtime.create({ runtimeId }), "invalid_request", { path: "runtimeId" });
  }
});

test("Worker ids count up in hex and are never used again", async (t) => {
  const runtime = await openRuntime(t);
  const created = await Promise.all(Array.from({ length: 300 }, () => runtime.createWorker()));
  assert.deepEqual(
    created.map((worker) => worker.workerId),
    created.map((_, i) => `worker-${(i + 1).toString(16).padStart(8, "0")}`),
  );
  await runtime.stopWorker(created[299].workerRef);
  await rejection(
    () => runtime.createWorker({ intent: { kind: "task", objective: " " } }),
    "invalid_request",
  );
  assert.equal((await runtime.createWorker()).workerId, "worker-0000012d");
});

test("a ref survives structuredClone and JSON", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  for (const ref of [
    structuredClone(workerRef),
    JSON.parse(JSON.stringify(workerRef)),
    { ...workerRef, extra: 1 },
  ]) {
    assert.equal((await runtime.sendInput(ref, user("x"))).workerRef.workerId, workerRef.workerId);
    assert.deepEqual(runtime.workerDetail(ref).workerRef, workerRef);
  }
});

test("every operation that takes a ref checks the runtime, then the Worker", async (t) => {
  const runtime = await openRuntime(t);
  const other = await openRuntime(t);
  const { workerRef } = await other.createWorker();
  const { runtimeId } = runtime;
  const unknown = { runtimeId, workerId: "worker-00000001" };
  const operations = [
    (ref) => runtime.sendInput(ref, user("x")),
    (ref) => runtime.recordOutput(ref, { kind: "tool", content: "x" }),
    (ref) => runtime.stopWorker(ref),
    (ref) => runtime.cancelWorker(ref, "why"),
    (ref) => runtime.transcriptProjection(ref, { start: 0, limit: 1 }),
  ];
  const foreign = {
    expectedRuntimeId: runtimeId,
    actualRuntimeId: other.runtimeId,
    workerId: workerRef.workerId,
  };
  for (const operation of operations) {
    await rejection(() => operation(workerRef), "wrong_runtime", foreign);
    await rejection(() => operation(unknown), "worker_not_found", unknown);
  }
  thrown(() => runtime.workerDetail(workerRef), "wrong_runtime", foreign);
  thrown(() => runtime.workerDetail(unknown), "worker_not_found", unknown);
});

test("no other spelling of an id names a Worker", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  for (const workerId of [
    "worker-1",
    "worker-000000001",
    "WORKER-00000001",
    "worker-00000001 ",
    "worker-+0000001",
    "1",
    "",
    "worker-00000000",
    "worker-ffffffff",
    "worker-100000001",
  ]) {
    thrown(() => runtime.workerDetail({ ...workerRef, workerId }), "worker_not_found", { workerId });
    await rejection(() => runtime.sendInput({ ...workerRef, workerId }, user("x")), "worker_not_found", {
      workerId,
    });
  }
  for (const runtimeId of [`${runtime.runtimeId} `, "", runtime.runtimeId.toUpperCase()]) {
    thrown(() => runtime.workerDetail({ ...workerRef, runtimeId }), "wrong_runtime");
  }
});

test("a cursor of another runtime is refused", async (t) => {
  const runtime = await openRuntime(t);
  const other = await openRuntime(t);
  const cursor = other.eventCursorFromStart();
  const details = { expectedRuntimeId: runtime.runtimeId, actualRuntimeId: other.runtimeId };
  await rejection(() => runtime.readEvents(cursor, 1), "wrong_runtime_cursor", details);
  thrown(() => runtime.subscribeEvents(cursor), "wrong_runtime_cursor", details);
});

test("a Runtime cannot be made by hand", () => {
  thrown(() => new Runtime(), "invalid_request");
  thrown(() => Reflect.construct(Runtime, [{}]), "invalid_request");
});
