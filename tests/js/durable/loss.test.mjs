/** SPEC 6: `StorageLost` from any method ends the runtime like a fence, whoever asked for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import {
  deferred,
  idle,
  loss,
  open,
  planned,
  regrouped,
  rejection,
  says,
  snapshot,
  until,
  watched,
  withWorker,
} from "./support.mjs";

const isRegrouping = ({ from, ops }) => from !== null && ops.some(([key]) => key === "root");

const fill = (say) => Promise.all(Array.from({ length: 100 }, () => say("u".repeat(2_800))));

/** Everything a runtime answers once its store was lost. */
async function assertLost({ runtime, say, workerRef, storage }, next, host) {
  assert.equal((await rejection(() => next, "storage_lost")).cause, host);
  const commits = storage.count("commit");
  assert.throws(() => runtime.status(), { code: "storage_lost" });
  await rejection(() => say("x"), "storage_lost", { outcome: "not_applied" });
  await rejection(() => runtime.transcriptProjection(workerRef, { start: 0, limit: 1 }), "storage_lost");
  assert.equal(runtime.runtimeId, "r");
  await idle();
  assert.equal(storage.count("commit"), commits, "nothing more is written");
  assert.equal(storage.count("close"), 1);
  await runtime.close();
}

test("a disturbance whose `head()` says so", async (t) => {
  const turn = deferred();
  const host = loss();
  const parts = await withWorker(t, { disturbed: turn.promise });
  const { runtime, storage } = parts;
  const next = runtime.subscribeEvents(runtime.eventCursorNow()).next();
  storage.plan.head = () => Promise.reject(host);
  turn.resolve();
  await assertLost(parts, next, host);
});

test("a regrouping", async (t) => {
  const host = loss();
  const plan = { commit: (commit, next) => (isRegrouping(commit) ? Promise.reject(host) : next()) };
  const parts = await withWorker(t, plan);
  const { runtime, say } = parts;
  const lastId = runtime.eventCursorNow().nextEventId + 100;
  const next = runtime.subscribeEvents({ runtimeId: "r", nextEventId: lastId }).next();
  await fill(say);
  await assertLost(parts, next, host);
});

test("what a regrouping reads", async (t) => {
  const host = loss();
  const parts = await withWorker(t, {}, { cacheBytes: 0 });
  const { runtime, say, storage } = parts;
  for (let i = 0; i < 15; i++) {
    await fill(say);
    await regrouped();
  }
  storage.plan.read = () => Promise.reject(host);
  const next = watched(runtime.subscribeEvents({ runtimeId: "r", nextEventId: 1_000_000 }).next());
  await fill(say);
  await fill(say).catch(() => undefined);
  await until(() => next.status !== "pending", "a merge that wants to read");
  await assertLost(parts, next.promise, host);
});

test("a mutation that waits for such a regrouping was certainly not applied", async (t) => {
  const turn = deferred();
  const plan = {};
  const { say, storage } = await withWorker(t, plan);
  plan.commit = (commit, next) => (isRegrouping(commit) ? turn.promise : next());
  await fill(say);
  await until(() => storage.commits().some(isRegrouping), "the regrouping");
  const waiting = say("x");
  turn.reject(loss());
  await rejection(() => waiting, "storage_lost", { outcome: "not_applied" });
});

test("an import, wherever it is; it touches nothing more", async () => {
  const original = await Runtime.create({ runtimeId: "r" });
  const { workerRef } = await original.createWorker();
  for (let i = 0; i < 5; i++) {
    await fill((text) => original.sendInput(workerRef, says(text)));
  }
  const lines = [];
  for await (const line of original.exportLines()) {
    lines.push(line);
  }
  await original.close();
  for (const [method, after] of [
    ["open", 0],
    ["head", 0],
    ["commit", 0],
    ["commit", 2],
  ]) {
    const host = loss();
    const storage = planned();
    storage.plan[method] = (_argument, next) =>
      storage.count(method) > after ? Promise.reject(host) : next();
    const error = await rejection(() => Runtime.importLines(storage, lines), "storage_lost");
    assert.equal(error.cause, host, `${method} after ${after}`);
    assert.equal(storage.count("delete"), 0, "nobody knows what is there now");
    const store = await snapshot(storage.inner);
    assert.equal(store.head === null, after === 0, `${method} after ${after}`);
    if (store.head !== null) {
      await assert.rejects(Runtime.inspect(storage.inner, "r"), { code: "storage_missing" });
    }
  }
});

test("closing a store that says so fulfils", async (t) => {
  const storage = planned({ close: () => Promise.reject(loss()) });
  const runtime = await open(t, storage);
  await runtime.createWorker();
  await runtime.close();
  const later = await open(t, storage.inner ?? memoryStorage());
  assert.equal(later.listWorkers().length, 1);
});
