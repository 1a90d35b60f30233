import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { planned, regrouped, user } from "./support.mjs";

const EVENTS = 600;

/** A store whose events have to be read. */
async function storedEvents() {
  const inner = memoryStorage();
  const runtime = await Runtime.open({ storage: inner, runtimeId: "log" });
  const { workerRef } = await runtime.createWorker();
  const sent = Array.from({ length: EVENTS }, (_, at) =>
    runtime.sendInput(workerRef, user(`${at} `.repeat(400))),
  );
  await Promise.all(sent);
  await regrouped();
  await runtime.close();
  return inner;
}

/** The ids that each of `count` subscriptions from the start hands out, and how often the store was read meanwhile. */
async function readAll(t, inner, count) {
  const storage = planned({}, inner);
  const runtime = await Runtime.open({ storage, runtimeId: "log" });
  t.after(() => runtime.close());
  const before = storage.count("read");
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
      const seen = [];
      while (seen.length < EVENTS) seen.push((await subscription.next()).value.id);
      return seen;
    }),
  );
  const reads = storage.count("read") - before;
  await runtime.close();
  return { ids, reads };
}

test("subscribers at the same cursor cost one read of the log, however many they are", async (t) => {
  const inner = await storedEvents();
  const one = await readAll(t, inner, 1);
  const many = await readAll(t, inner, 100);
  assert.ok(one.reads > 0, "the events are not resident");
  assert.equal(many.reads, one.reads);
  const expected = Array.from({ length: EVENTS }, (_, at) => at + 1);
  for (const seen of many.ids) assert.deepEqual(seen, expected);
});

test("subscribers that share a read that fails are each told, and a later one reads anew", async (t) => {
  const storage = planned({}, await storedEvents());
  const runtime = await Runtime.open({ storage, runtimeId: "log" });
  t.after(() => runtime.close());
  const read = storage.plan.read;
  storage.plan.read = () => Promise.reject(new Error("disk"));
  const told = await Promise.allSettled(
    Array.from({ length: 5 }, () => runtime.subscribeEvents(runtime.eventCursorFromStart()).next()),
  );
  for (const { reason } of told) assert.equal(reason?.code, "storage_failed");
  storage.plan.read = read;
  assert.equal((await runtime.subscribeEvents(runtime.eventCursorFromStart()).next()).value.id, 1);
});
