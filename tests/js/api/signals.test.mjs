import assert from "node:assert/strict";
import { test } from "node:test";
import { everything, openRuntime, rejection, user } from "./support.mjs";

const mutations = (runtime, workerRef) => ({
  createWorker: (options) => runtime.createWorker({}, options),
  sendInput: (options) => runtime.sendInput(workerRef, user("x"), options),
  recordOutput: (options) => runtime.recordOutput(workerRef, { kind: "tool", content: "x" }, options),
  stopWorker: (options) => runtime.stopWorker(workerRef, "r", options),
  cancelWorker: (options) => runtime.cancelWorker(workerRef, undefined, options),
});

test("a signal that has aborted before withdraws the mutation", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const before = await everything(runtime);
  const reason = new Error("too late");
  for (const [name, mutation] of Object.entries(mutations(runtime, workerRef))) {
    const error = await rejection(() => mutation({ signal: AbortSignal.abort(reason) }), "storage_failed", {
      outcome: "not_applied",
    });
    assert.equal(error.cause, reason, name);
  }
  assert.deepEqual(await everything(runtime), before);
});

test("a signal that aborts while the mutation waits withdraws it at once", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const before = await everything(runtime);
  for (const mutation of Object.values(mutations(runtime, workerRef))) {
    const controller = new AbortController();
    const call = rejection(() => mutation({ signal: controller.signal }), "storage_failed", {
      outcome: "not_applied",
    });
    controller.abort("why");
    assert.equal((await call).cause, "why");
  }
  assert.deepEqual(await everything(runtime), before);
});

test("the others go on without the one that was withdrawn", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const controller = new AbortController();
  const calls = [];
  for (let i = 0; i < 1000; i++) {
    const options = i % 3 === 1 ? { signal: controller.signal } : undefined;
    calls.push(runtime.sendInput(workerRef, user(`${i}`), options));
  }
  controller.abort();
  const outcomes = await Promise.allSettled(calls);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    calls.map((_, i) => (i % 3 === 1 ? "rejected" : "fulfilled")),
  );
  const { items } = await runtime.transcriptProjection(workerRef, { start: 0, limit: 256 });
  assert.deepEqual(
    items.slice(0, 4).map((item) => item.content),
    ["0", "2", "3", "5"],
  );
  assert.equal(
    runtime.workerDetail(workerRef).transcriptLen,
    outcomes.filter((outcome) => outcome.status === "fulfilled").length,
  );
});

test("malformed arguments come before a signal that has aborted", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const options = { signal: AbortSignal.abort() };
  await rejection(() => runtime.createWorker(null, options), "invalid_request");
  await rejection(() => runtime.sendInput(workerRef, { kind: "user" }, options), "invalid_request");
  await rejection(() => runtime.stopWorker(workerRef, 1, options), "invalid_request");
});

test("an abort after the answer does nothing, and nothing listens any more", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  let listener;
  const signal = {
    aborted: false,
    reason: "late",
    addEventListener: (_type, added) => {
      listener = added;
    },
    removeEventListener: (_type, removed) => {
      assert.equal(removed, listener);
      listener = undefined;
    },
  };
  const ack = await runtime.sendInput(workerRef, user("x"), { signal });
  assert.equal(listener, undefined);
  assert.equal(ack.eventId, 3);
});

test("a signal is known by what it can do", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const minimal = { aborted: false, addEventListener() {} };
  await runtime.sendInput(workerRef, user("x"), { signal: minimal });
  const event = new EventTarget();
  Object.defineProperty(event, "aborted", { value: false });
  await runtime.sendInput(workerRef, user("x"), { signal: event });
  const hostile = {
    aborted: false,
    addEventListener() {},
    removeEventListener() {
      throw new Error("not today");
    },
  };
  await runtime.sendInput(workerRef, user("x"), { signal: hostile });
  const deaf = {
    aborted: false,
    addEventListener() {
      throw new Error("cannot");
    },
  };
  const error = await rejection(
    () => runtime.sendInput(workerRef, user("x"), { signal: deaf }),
    "invalid_request",
    { path: "signal" },
  );
  assert.match(error.cause.message, /cannot/);
  for (const signal of [
    null,
    1,
    "x",
    true,
    {},
    [],
    () => {},
    { aborted: false },
    { aborted: 0, addEventListener() {} },
    { addEventListener() {} },
  ]) {
    await rejection(() => runtime.sendInput(workerRef, user("x"), { signal }), "invalid_request", {
      path: "signal",
    });
    assert.throws(() => runtime.subscribeEvents(runtime.eventCursorNow(), { signal }), {
      code: "invalid_request",
    });
  }
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 3);
});
