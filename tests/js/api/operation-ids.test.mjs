import assert from "node:assert/strict";
import { test } from "node:test";
import { everything, openRuntime, rejection, user } from "./support.mjs";

async function remembering(t) {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const { workerRef: other } = await runtime.createWorker();
  return { runtime, workerRef, other };
}

test("every mutation that takes one answers a repeat with the first receipt", async (t) => {
  const { runtime, workerRef, other } = await remembering(t);
  const request = { intent: { kind: "task", objective: "o" }, mountRefs: [{ name: "m", reference: "" }] };
  const mutations = [
    (options) => runtime.createWorker(request, options),
    (options) => runtime.sendInput(workerRef, user("x"), options),
    (options) => runtime.recordOutput(workerRef, { kind: "tool", content: "x" }, options),
    (options) => runtime.stopWorker(workerRef, "r", options),
    (options) => runtime.cancelWorker(other, undefined, options),
  ];
  const receipts = [];
  for (const [i, mutation] of mutations.entries()) {
    receipts.push(await mutation({ operationId: `op-${i}` }));
  }
  await runtime.stopWorker(receipts[0].workerRef);
  await runtime.stopRuntime();
  const before = await everything(runtime);
  for (const [i, mutation] of mutations.entries()) {
    assert.deepEqual(await mutation({ operationId: `op-${i}` }), receipts[i]);
  }
  assert.deepEqual(await everything(runtime), before);
  assert.equal(receipts[0].status, "running");
});

test("another request under the same id is a conflict", async (t) => {
  const { runtime, workerRef, other } = await remembering(t);
  const options = { operationId: "op" };
  await runtime.sendInput(workerRef, user("x"), options);
  for (const call of [
    () => runtime.sendInput(workerRef, user("y"), options),
    () => runtime.sendInput(workerRef, { kind: "system", content: "x" }, options),
    () => runtime.sendInput(other, user("x"), options),
    () => runtime.sendInput({ ...workerRef, runtimeId: "foreign" }, user("x"), options),
    () => runtime.recordOutput(workerRef, { kind: "assistant", content: "x" }, options),
    () => runtime.stopWorker(workerRef, "x", options),
    () => runtime.createWorker({}, options),
  ]) {
    await rejection(call, "operation_conflict", { operationId: "op" });
  }
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 1);
});

test("requests are compared after defaults", async (t) => {
  const { runtime } = await remembering(t);
  const options = { operationId: "op" };
  const first = await runtime.createWorker(undefined, options);
  const spelled = {
    intent: { kind: "assistant" },
    profile: { kind: "runtime_default" },
    requestedCapabilities: [],
    workspaceRefs: [],
    mountRefs: [],
  };
  for (const request of [undefined, {}, spelled, { intent: undefined }]) {
    assert.deepEqual(await runtime.createWorker(request, options), first);
  }
  await rejection(
    () => runtime.createWorker({ intent: { kind: "assistant", purpose: "" } }, options),
    "operation_conflict",
  );
});

test("a stop without a reason is another request than one with the default's words", async (t) => {
  const { runtime, workerRef } = await remembering(t);
  const options = { operationId: "op" };
  await runtime.stopWorker(workerRef, undefined, options);
  await rejection(() => runtime.stopWorker(workerRef, "worker stopped", options), "operation_conflict");
  await rejection(() => runtime.stopWorker(workerRef, "", options), "operation_conflict");
  await rejection(() => runtime.cancelWorker(workerRef, undefined, options), "operation_conflict");
});

test("a second call while the first is under way shares its receipt", async (t) => {
  const { runtime, workerRef } = await remembering(t);
  const calls = Array.from({ length: 5 }, () =>
    runtime.sendInput(workerRef, user("x"), { operationId: "op" }),
  );
  const conflict = rejection(
    () => runtime.sendInput(workerRef, user("y"), { operationId: "op" }),
    "operation_conflict",
  );
  const acks = await Promise.all(calls);
  for (const ack of acks) {
    assert.deepEqual(ack, acks[0]);
  }
  assert.equal(new Set(acks).size, 5, "each caller has an object of its own");
  await conflict;
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 1);
});

test("if the first is refused, the second runs itself", async (t) => {
  const { runtime, workerRef } = await remembering(t);
  const options = { operationId: "op" };
  await rejection(() => runtime.sendInput(workerRef, user(" "), options), "invalid_request");
  const blank = rejection(() => runtime.sendInput(workerRef, user(" "), options), "invalid_request");
  const ack = await runtime.sendInput(workerRef, user("x"), options);
  await blank;
  assert.equal(ack.transcriptSequence, 1);
  const controller = new AbortController();
  const withdrawn = rejection(
    () => runtime.createWorker({}, { operationId: "c", signal: controller.signal }),
    "storage_failed",
  );
  const second = runtime.createWorker({}, { operationId: "c" });
  controller.abort();
  await withdrawn;
  assert.equal((await second).workerId, "worker-00000003");
});

test("calls that changed nothing are not remembered", async (t) => {
  const { runtime, workerRef, other } = await remembering(t);
  await runtime.stopWorker(workerRef);
  await runtime.stopWorker(workerRef, "again", { operationId: "op" });
  const ack = await runtime.sendInput(other, user("x"), { operationId: "op" });
  assert.equal(ack.transcriptSequence, 1);
});

test("at least the last 4,096 are remembered", async (t) => {
  const { runtime, workerRef } = await remembering(t);
  const call = (i) => runtime.sendInput(workerRef, user(`${i}`), { operationId: `op-${i}` });
  const numbers = Array.from({ length: 5000 }, (_, i) => i);
  const acks = await Promise.all(numbers.map(call));
  const length = runtime.workerDetail(workerRef).transcriptLen;
  const again = await Promise.all(numbers.slice(-4096).map(call));
  assert.deepEqual(again, acks.slice(-4096));
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, length);
});

test("ids of every shape, and long ones beside long contents", async (t) => {
  const { runtime, workerRef } = await remembering(t);
  const ids = ["a", " a ", "\u{1f600}".repeat(64), "é".repeat(128), "x".repeat(256), "\0", "\ufeff"];
  const acks = await Promise.all(
    ids.map((operationId) => runtime.sendInput(workerRef, user(`for ${operationId}`), { operationId })),
  );
  assert.deepEqual(
    acks.map((ack) => ack.transcriptSequence),
    ids.map((_, i) => i + 1),
  );
  for (const [i, operationId] of ids.entries()) {
    assert.deepEqual(
      await runtime.sendInput(workerRef, user(`for ${operationId}`), { operationId }),
      acks[i],
    );
  }
  const { items } = await runtime.transcriptProjection(workerRef, { start: 0, limit: 9 });
  assert.deepEqual(
    items.map((item) => item.content),
    ids.map((id) => `for ${id}`),
  );
});
