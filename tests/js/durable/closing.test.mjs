/** SPEC 6, "`close`", and SPEC 7: what works after it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import {
  contents,
  deferred,
  idle,
  open,
  pause,
  planned,
  regrouped,
  rejection,
  says,
  trapModule,
  until,
  watched,
  withWorker,
} from "./support.mjs";

test("later calls get runtime_closed at once; earlier ones are completed", async (t) => {
  const plan = {};
  const { runtime, say, storage, workerRef } = await withWorker(t, plan);
  const turn = deferred();
  plan.commit = (_commit, next) => turn.promise.then(next);
  const earlier = Array.from({ length: 600 }, (_, i) => say(`m${i}`));
  const closed = watched(runtime.close());
  await rejection(() => say("late"), "runtime_closed");
  assert.throws(() => runtime.summary(), { code: "runtime_closed" });
  await idle();
  assert.equal(closed.status, "pending");
  turn.resolve();
  assert.equal((await Promise.all(earlier)).length, 600);
  await closed.promise;
  assert.equal(storage.count("close"), 1);
  assert.equal((await contents(await open(t, storage.inner), workerRef)).length, 600);
});

test("an earlier call whose first offering is unknown is completed as well", async (t) => {
  const plan = {};
  const { runtime, say } = await withWorker(t, plan);
  let failures = 2;
  plan.commit = (_commit, next) => (failures-- > 0 ? Promise.reject(new Error("flaky")) : next());
  const said = say("x");
  const closed = runtime.close();
  assert.equal((await said).transcriptSequence, 1);
  await closed;
});

test("an undecided commit is waited for at most storageTimeoutMs, then outcome unknown, and nothing is offered again", async (t) => {
  for (const fate of [() => new Promise(() => {}), () => Promise.reject(new Error("unknown"))]) {
    const plan = {};
    const { runtime, say, storage } = await withWorker(t, plan, { storageTimeoutMs: 60 });
    plan.commit = fate;
    const committing = watched(say("committing"));
    await idle();
    const waiting = watched(say("waiting"));
    const begin = performance.now();
    await runtime.close();
    const took = performance.now() - begin;
    assert.ok(took >= 50 && took < 600, `${took} ms`);
    await rejection(() => committing.promise, "storage_failed", { outcome: "unknown" });
    await rejection(() => waiting.promise, "storage_failed", { outcome: "not_applied" });
    const offered = storage.count("commit");
    await pause(80);
    assert.equal(storage.count("commit"), offered);
    assert.equal(storage.count("close"), 1);
  }
});

test("an undecided regrouping is waited for as long, and what waits behind it is certainly not applied", async (t) => {
  for (const applied of [false, true]) {
    const plan = {};
    const { runtime, say, storage, workerRef } = await withWorker(t, plan, { storageTimeoutMs: 60 });
    plan.commit = (commit, next) => {
      if (!commit.ops.some(([key]) => key === "root")) {
        return next();
      }
      if (applied) {
        void next();
      }
      return new Promise(() => {});
    };
    await Promise.all(Array.from({ length: 100 }, () => say("u".repeat(2_800))));
    const said = storage.count("commit");
    await until(() => storage.count("commit") > said, "the regrouping");
    const waiting = watched(say("waiting"));
    const begin = performance.now();
    await runtime.close();
    const took = performance.now() - begin;
    assert.ok(took < 600, `${took} ms`);
    await rejection(() => waiting.promise, "storage_failed", { outcome: "not_applied" });
    const tos = new Set(
      storage
        .commits()
        .slice(said)
        .map(({ to }) => to),
    );
    assert.equal(tos.size, 1, "nothing else is offered");
    delete plan.commit;
    assert.equal((await contents(await open(t, storage.inner), workerRef)).length, 100);
  }
});

test("a store whose `close` is not answered, or fails, does not hold `close` up", async (t) => {
  for (const fate of [
    () => new Promise(() => {}),
    () => Promise.reject(new Error("no")),
    () => {
      throw new Error("at the call");
    },
  ]) {
    const storage = planned({ close: fate });
    const runtime = await open(t, storage, { storageTimeoutMs: 30 });
    await runtime.close();
  }
});

test("closing twice is harmless, also at once, and so is `await using`", async () => {
  const storage = planned();
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  await Promise.all([
    runtime.close(),
    runtime.close(),
    runtime[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")](),
  ]);
  await runtime.close();
  assert.equal(storage.count("close"), 1);
  assert.equal(runtime.runtimeId, "r");
});

test("a page that is being read is completed; a subscription ends with `done`", async (t) => {
  const plan = {};
  const { runtime, say, workerRef } = await withWorker(t, plan, { cacheBytes: 0 });
  for (let i = 0; i < 4; i++) {
    await Promise.all(Array.from({ length: 150 }, () => say("p".repeat(800))));
  }
  await regrouped();
  const next = runtime.subscribeEvents(runtime.eventCursorNow()).next();
  const turn = deferred();
  plan.read = (_range, go) => turn.promise.then(go);
  const page = watched(runtime.transcriptProjection(workerRef, { start: 0, limit: 2 }));
  await idle();
  assert.equal(page.status, "pending");
  const closed = runtime.close();
  assert.deepEqual(await next, { value: undefined, done: true });
  turn.resolve();
  assert.equal((await page.promise).items.length, 2);
  await closed;
});

test("a fenced runtime lets go of its store, and closes", async (t) => {
  const { runtime, storage, say } = await withWorker(t, {});
  storage.plan.commit = async () => null;
  await rejection(() => say("x"), "storage_conflict");
  await idle();
  assert.equal(storage.count("close"), 1);
  await runtime.close();
  assert.equal(storage.count("close"), 1);
  await rejection(() => say("y"), "runtime_closed");
});

test("runtime_poisoned: undecided mutations are unknown, the store is let go of, and a new open works", async (t) => {
  const plan = {};
  const storage = planned(plan);
  const runtime = await open(t, storage);
  const { workerRef } = await runtime.createWorker();
  const turn = deferred();
  plan.commit = (_commit, next) => turn.promise.then(next);
  const committing = watched(runtime.sendInput(workerRef, says("undecided")));
  await idle();
  const waiting = watched(runtime.sendInput(workerRef, says("waiting")));
  const page = watched(runtime.transcriptProjection(workerRef, { start: 0, limit: 1 }));
  await page.promise;
  await trapModule();
  await rejection(() => committing.promise, "runtime_poisoned", { outcome: "unknown" });
  await rejection(() => waiting.promise, "runtime_poisoned");
  await rejection(() => runtime.createWorker(), "runtime_poisoned");
  assert.throws(() => runtime.status(), { code: "runtime_poisoned" });
  assert.equal(runtime.runtimeId, "r");
  await idle();
  assert.equal(storage.count("close"), 1);
  await runtime.close();
  turn.resolve();
  await idle();
  delete plan.commit;
  const later = await open(t, storage);
  assert.ok((await contents(later, workerRef)).length <= 1);
  await later.sendInput(workerRef, says("again"));
});

test("a trap while an opening, a read or an inspection is under way", async (t) => {
  const inner = memoryStorage();
  const maker = await Runtime.open({ storage: inner, runtimeId: "r" });
  await maker.createWorker();
  await maker.close();
  for (const method of ["head", "read", "commit"]) {
    const turn = deferred();
    const storage = planned({ [method]: (_argument, next) => turn.promise.then(next) }, inner);
    const opening = watched(Runtime.open({ storage, runtimeId: "r" }));
    await idle();
    await trapModule();
    turn.resolve();
    await rejection(() => opening.promise, "runtime_poisoned");
    assert.equal(storage.count("close"), 1, method);
  }
  const runtime = await open(t, inner);
  assert.equal(runtime.listWorkers().length, 1);
});

test("a trap while an import or an export is under way", async () => {
  const storage = memoryStorage();
  const original = await Runtime.create({ runtimeId: "r" });
  await original.createWorker();
  const lines = [];
  for await (const line of original.exportLines()) {
    lines.push(line);
  }
  async function* source() {
    yield* lines.slice(0, 2);
    await trapModule();
    yield* lines.slice(2);
  }
  await rejection(() => Runtime.importLines(storage, source()), "runtime_poisoned");
  assert.deepEqual(await storage.list(), [], "what was written is deleted");
  await original.close();
});

test("a store that was let go of is not called any more, whatever it still answers", async () => {
  const inner = memoryStorage();
  await (await Runtime.open({ storage: inner, runtimeId: "r" })).close();
  const turn = deferred();
  let reads = 0;
  const plan = {};
  const storage = planned(plan, inner);
  // The first read is that of the root record.
  plan.read = (_range, next) => (++reads === 1 ? next() : turn.promise.then(next));
  const controller = new AbortController();
  const opening = Runtime.open({ storage, runtimeId: "r", signal: controller.signal });
  await until(() => reads > 1, "a read of what the root record speaks of");
  controller.abort();
  await assert.rejects(opening, { code: "storage_failed" });
  turn.resolve();
  await idle();
  const names = storage.calls.map(({ method }) => method);
  assert.deepEqual(names.slice(names.indexOf("close") + 1), []);
});
