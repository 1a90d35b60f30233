import assert from "node:assert/strict";
import { Runtime, RuntimeError } from "worker-runtime";

/** A runtime that is closed when the test ends. */
export async function openRuntime(t, options) {
  const runtime = await Runtime.create(options);
  t.after(() => runtime.close());
  return runtime;
}

export function assertRefusal(error, code, details) {
  assert.ok(error instanceof RuntimeError, `a RuntimeError, not ${error?.stack ?? String(error)}`);
  assert.ok(error instanceof Error);
  assert.equal(error.name, "RuntimeError");
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.length > 0, "a message for a person");
  assert.equal(typeof error.details, "object");
  for (const value of Object.values(error.details)) {
    assert.ok(typeof value === "string" || typeof value === "number", "details are flat plain data");
  }
  if (details !== undefined) {
    for (const [key, value] of Object.entries(details)) {
      assert.deepEqual(error.details[key], value, `details.${key}`);
    }
  }
  return error;
}

/** The refusal of a method that returns a promise: it must reject, not throw. */
export async function rejection(call, code, details) {
  const promise = call();
  assert.ok(promise instanceof Promise, "a promise");
  const error = await promise.then(
    (value) => assert.fail(`fulfilled with ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  return assertRefusal(error, code, details);
}

/** The refusal of a method that answers at once. */
export function thrown(call, code, details) {
  let value;
  try {
    value = call();
  } catch (error) {
    return assertRefusal(error, code, details);
  }
  return assert.fail(`answered ${JSON.stringify(value)}`);
}

export const user = (content) => ({ kind: "user", content });
export const assistant = (content) => ({ kind: "assistant", content });

/** All events of a runtime. */
export async function allEvents(runtime) {
  const events = [];
  let cursor = runtime.eventCursorFromStart();
  for (;;) {
    const batch = await runtime.readEvents(cursor, 256);
    events.push(...batch.events);
    cursor = batch.cursor;
    if (!batch.hasMore) {
      return events;
    }
  }
}

/** What can be seen of a runtime, to compare it before and after a call that must leave no trace. */
export async function everything(runtime) {
  const workers = runtime.listWorkers();
  const transcripts = [];
  for (const { workerRef } of workers) {
    transcripts.push(await runtime.transcriptProjection(workerRef, { start: 0, limit: 256 }));
  }
  return {
    summary: runtime.summary(),
    diagnostics: runtime.diagnostics(),
    workers,
    details: workers.map(({ workerRef }) => runtime.workerDetail(workerRef)),
    transcripts,
    events: await allEvents(runtime),
    now: runtime.eventCursorNow(),
  };
}

/** An internal module of the very package that the tests use. */
export function internal(path) {
  return import(new URL(`../${path}`, import.meta.resolve("worker-runtime")).href);
}

/** Traps the module instance in which runtimes are made now. */
export async function trapModule() {
  const { moduleInstance } = await internal("core/loader.js");
  const instance = await moduleInstance();
  try {
    instance.boundary.__test_trap();
  } catch (error) {
    return instance.failure(error);
  }
  return assert.fail("the module did not trap");
}
