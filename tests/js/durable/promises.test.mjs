/** SPEC 6, "Promises to the caller": every test is named for the sentence that it checks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import {
  allEvents,
  contents,
  deferred,
  everything,
  idle,
  open,
  planned,
  quota,
  rejection,
  says,
  snapshot,
  watched,
  withWorker,
} from "./support.mjs";

/** Holds back every commit until `release` is called. */
function gate(plan) {
  const waiting = [];
  plan.commit = (_commit, next) => {
    const turn = deferred();
    waiting.push(turn);
    return turn.promise.then(next);
  };
  return {
    waiting,
    release: () => waiting.shift()?.resolve(),
    open: () => {
      delete plan.commit;
      for (const turn of waiting.splice(0)) {
        turn.resolve();
      }
    },
  };
}

test("a mutation fulfils after the host has confirmed it, and nobody sees it earlier", async (t) => {
  const plan = {};
  const { runtime, workerRef, say } = await withWorker(t, plan);
  const before = await everything(runtime);
  const subscription = runtime.subscribeEvents(runtime.eventCursorNow());
  const next = watched(subscription.next());
  const commits = gate(plan);
  const said = watched(say("hello"));
  const created = watched(runtime.createWorker());
  await idle();
  assert.equal(said.status, "pending");
  assert.equal(created.status, "pending");
  assert.equal(next.status, "pending");
  assert.deepEqual(await everything(runtime), before);
  commits.open();
  const { eventId } = await said.promise;
  assert.equal(runtime.workerDetail(workerRef).lastEventId, eventId);
  assert.equal((await next.promise).value.id, eventId);
  assert.deepEqual(await contents(runtime, workerRef), ["hello"]);
});

test("by the time a mutation's promise fulfils, subscriptions have been woken", async (t) => {
  const { runtime, say } = await withWorker(t, {});
  const order = [];
  const subscription = runtime.subscribeEvents(runtime.eventCursorNow());
  const next = subscription.next().then(() => order.push("subscription"));
  await say("hello").then(() => order.push("mutation"));
  await next;
  assert.deepEqual(order, ["subscription", "mutation"]);
});

test("promises settle in the order of the calls", async (t) => {
  const { runtime, workerRef, say } = await withWorker(t, {});
  const order = [];
  const note = (name) => () => order.push(name);
  const calls = [
    say("one").then(note(1)),
    runtime.createWorker().then(note(2)),
    say("two").then(note(3)),
    runtime.stopWorker(workerRef).then(note(4)),
    say("too late").catch(note(5)),
    runtime.stopWorker(workerRef).then(note(6)),
    runtime.createWorker().then(note(7)),
  ];
  await Promise.all(calls);
  assert.deepEqual(order, [1, 2, 3, 4, 5, 6, 7]);
});

test("what waits while a commit is under way goes into the next one together, without delay", async (t) => {
  const plan = {};
  const { runtime, say, storage } = await withWorker(t, plan);
  const commits = gate(plan);
  const first = say("first");
  await idle();
  assert.equal(commits.waiting.length, 1);
  const rest = Array.from({ length: 20 }, (_, i) => say(`later ${i}`));
  await idle();
  assert.equal(commits.waiting.length, 1, "one commit is in flight");
  const before = storage.commits().length;
  commits.release();
  await first;
  await idle();
  assert.equal(storage.commits().length, before + 1, "all that waited is in one commit");
  commits.open();
  const acks = await Promise.all(rest);
  assert.deepEqual(
    acks.map((ack) => ack.transcriptSequence),
    Array.from({ length: 20 }, (_, i) => i + 2),
  );
  assert.equal((await allEvents(runtime)).length, 23);
});

test("a commit has at most 256 mutations", async (t) => {
  const { say, storage } = await withWorker(t, {});
  const before = storage.commits().length;
  await Promise.all(Array.from({ length: 600 }, (_, i) => say(`m${i}`)));
  assert.equal(storage.commits().length - before, 3);
});

const bytesOf = ({ ops }) => ops.reduce((sum, [, value]) => sum + (value?.byteLength ?? 0), 0);
const userCommits = (storage) =>
  storage.commits().filter(({ ops }) => ops.some(([key, value]) => key.startsWith("c/") && value !== null));

test("a commit has at most 1 MiB, unless one mutation is larger, which then goes alone", async (t) => {
  const { say, storage, runtime, workerRef } = await withWorker(t, {});
  storage.calls.length = 0;
  const texts = [
    ...Array.from({ length: 9 }, (_, i) => `${i}`.repeat(300_000)),
    "L".repeat(3_000_000),
    "after",
    "x".repeat(900_000),
  ];
  await Promise.all(texts.map((text) => say(text)));
  const sizes = userCommits(storage).map(bytesOf);
  assert.deepEqual(
    sizes.map((size) => Math.floor(size / 300_000)),
    [3, 3, 3, 10, 3],
    `${sizes}`,
  );
  assert.ok(sizes.every((size) => size <= 1_048_576 || size > 3_000_000));
  for (const { ops } of storage.commits()) {
    assert.ok(
      ops.every(([key, value]) => (value?.byteLength ?? 0) <= (key.startsWith("c/") ? 60 : 48) * 1024),
      "contents are split over records",
    );
  }
  assert.deepEqual(await contents(runtime, workerRef), texts);
});

test("an unacknowledged mutation is wholly there or wholly absent after a restore", async (t) => {
  for (const applied of [false, true]) {
    const plan = {};
    const { runtime, say, workerRef, storage } = await withWorker(t, plan, { storageTimeoutMs: 20 });
    await say("acknowledged");
    plan.commit = async (_commit, next) => {
      if (applied) {
        await next();
      }
      throw new Error("unknown");
    };
    const lost = [say("a"), say("b")].map(watched);
    await idle();
    const later = await Runtime.open({ storage: storage.inner, runtimeId: "r" });
    t.after(() => later.close());
    assert.deepEqual(
      await contents(later, workerRef),
      applied ? ["acknowledged", "a", "b"] : ["acknowledged"],
    );
    await runtime.close();
    for (const { promise } of lost) {
      await assert.rejects(promise);
    }
  }
});

test("a refusal that rests on an undecided mutation settles only when that one is decided", async (t) => {
  const plan = {};
  const { runtime, workerRef, say } = await withWorker(t, plan);
  const commits = gate(plan);
  const stopped = watched(runtime.stopWorker(workerRef, "enough"));
  const refused = watched(say("too late"));
  const repeated = watched(runtime.cancelWorker(workerRef));
  await idle();
  assert.deepEqual([stopped.status, refused.status, repeated.status], ["pending", "pending", "pending"]);
  commits.open();
  const ack = await stopped.promise;
  await rejection(() => refused.promise, "invalid_request");
  assert.deepEqual(await repeated.promise, ack);
});

test("where what it rests on fails, it is executed anew", async (t) => {
  const plan = {};
  const { runtime, workerRef, say } = await withWorker(t, plan);
  let refusals = 1;
  plan.commit = (_commit, next) => (refusals-- > 0 ? Promise.reject(quota()) : next());
  const stopped = runtime.stopWorker(workerRef, "enough");
  const said = say("after all");
  const cancelled = runtime.cancelWorker(workerRef);
  const error = await rejection(() => stopped, "storage_failed", { outcome: "not_applied" });
  assert.equal(error.cause.code, "quota");
  assert.equal((await said).transcriptSequence, 1);
  assert.equal((await cancelled).status, "cancelled");
});

test("an operation id is answered as at first after a stop, a reload, a takeover and a lost acknowledgement", async (t) => {
  const plan = {};
  const { runtime, workerRef, storage } = await withWorker(t, plan);
  const created = await runtime.createWorker(
    { intent: { kind: "task", objective: "o" } },
    { operationId: "create" },
  );
  const said = await runtime.sendInput(workerRef, says("once"), { operationId: "say" });
  const stopped = await runtime.stopWorker(workerRef, "why", { operationId: "stop" });
  // The acknowledgement of this one is lost, and the host is gone before the runtime hears of it.
  plan.commit = async (_commit, next) => {
    await next();
    return new Promise(() => {});
  };
  const lost = watched(runtime.cancelWorker(created.workerRef, "lost", { operationId: "cancel" }));
  await idle();

  const check = async (other, name) => {
    assert.deepEqual(
      await other.createWorker({ intent: { kind: "task", objective: "o" } }, { operationId: "create" }),
      created,
      name,
    );
    assert.deepEqual(await other.sendInput(workerRef, says("once"), { operationId: "say" }), said, name);
    assert.deepEqual(await other.stopWorker(workerRef, "why", { operationId: "stop" }), stopped, name);
    const cancelled = await other.cancelWorker(created.workerRef, "lost", { operationId: "cancel" });
    assert.equal(cancelled.status, "cancelled", name);
    await rejection(
      () => other.sendInput(workerRef, says("other"), { operationId: "say" }),
      "operation_conflict",
      { operationId: "say" },
    );
    await rejection(
      () => other.recordOutput(workerRef, { kind: "tool", content: "once" }, { operationId: "say" }),
      "operation_conflict",
    );
    return cancelled;
  };

  const taken = await Runtime.open({ storage: storage.inner, runtimeId: "r" });
  t.after(() => taken.close());
  const cancelled = await check(taken, "after a takeover");
  await rejection(() => lost.promise, "storage_conflict", { outcome: "unknown" });
  assert.equal((await allEvents(taken)).filter((event) => event.kind === "worker_cancelled").length, 1);
  await taken.stopRuntime();
  assert.deepEqual(await check(taken, "after a stop"), cancelled);
  await taken.close();
  const reloaded = await open(t, storage.inner);
  assert.deepEqual(await check(reloaded, "after a reload"), cancelled);
  await rejection(
    () => reloaded.sendInput(workerRef, says("new"), { operationId: "new" }),
    "runtime_stopped",
  );
});

test("a second call of an operation waits for the first and shares its receipt", async (t) => {
  const plan = {};
  const { runtime, workerRef, say } = await withWorker(t, plan);
  const commits = gate(plan);
  const first = watched(say("once", { operationId: "op" }));
  await idle();
  const second = watched(say("once", { operationId: "op" }));
  await idle();
  assert.equal(second.status, "pending");
  commits.open();
  assert.deepEqual(await second.promise, await first.promise);
  assert.deepEqual(await contents(runtime, workerRef), ["once"]);
});

test("where the first fails, the second runs itself", async (t) => {
  const plan = {};
  const { runtime, workerRef, say } = await withWorker(t, plan);
  let refusals = 1;
  plan.commit = (_commit, next) => (refusals-- > 0 ? Promise.reject(quota()) : next());
  const first = say("once", { operationId: "op" });
  const second = say("once", { operationId: "op" });
  await rejection(() => first, "storage_failed", { outcome: "not_applied" });
  assert.equal((await second).transcriptSequence, 1);
  assert.deepEqual(await contents(runtime, workerRef), ["once"]);
});

test("a call that was refused, or that changed nothing, is not remembered", async (t) => {
  const { runtime, workerRef, storage } = await withWorker(t, {});
  await rejection(() => runtime.sendInput(workerRef, says(" "), { operationId: "op" }), "invalid_request");
  assert.equal((await runtime.sendInput(workerRef, says("x"), { operationId: "op" })).transcriptSequence, 1);
  await runtime.stopWorker(workerRef);
  await runtime.stopWorker(workerRef, "again", { operationId: "again" });
  await runtime.close();
  const later = await open(t, storage);
  const other = await later.createWorker(undefined, { operationId: "again" });
  assert.equal(other.workerId, "worker-00000002");
});

test("at least the last 4,096 operations are remembered, in the same commit as their change", async (t) => {
  const { runtime, say, storage, workerRef } = await withWorker(t, {});
  const count = 4_500;
  const acks = await Promise.all(
    Array.from({ length: count }, (_, i) => say(`m${i}`, { operationId: `op ${i}` })),
  );
  await runtime.close();
  const later = await open(t, storage);
  for (let i = count - 4_096; i < count; i += 61) {
    const again = await later.sendInput(workerRef, says(`m${i}`), { operationId: `op ${i}` });
    assert.deepEqual(again, acks[i]);
  }
  assert.equal(later.workerDetail(workerRef).transcriptLen, count);
});

test("a caller gives up on what was not handed to the storage: withdrawn, not applied", async (t) => {
  const plan = {};
  const { runtime, say, workerRef, storage } = await withWorker(t, plan);
  const commits = gate(plan);
  const first = say("first");
  await idle();
  const giveUp = new AbortController();
  const second = say("second", { signal: giveUp.signal });
  const third = say("third");
  giveUp.abort(new Error("enough"));
  const error = await rejection(() => second, "storage_failed", { outcome: "not_applied" });
  assert.equal(error.cause.message, "enough");
  commits.open();
  await Promise.all([first, third]);
  assert.deepEqual(await contents(runtime, workerRef), ["first", "third"]);
  await runtime.close();
  assert.deepEqual(await contents(await open(t, storage), workerRef), ["first", "third"]);
});

test("a caller gives up afterwards: unknown, and the effect appears when the commit is decided", async (t) => {
  const plan = {};
  const { runtime, say, workerRef } = await withWorker(t, plan);
  const commits = gate(plan);
  const giveUp = new AbortController();
  const said = say("effect", { signal: giveUp.signal });
  await idle();
  giveUp.abort("reason");
  const error = await rejection(() => said, "storage_failed", { outcome: "unknown" });
  assert.equal(error.cause, "reason");
  assert.deepEqual(await contents(runtime, workerRef), []);
  commits.open();
  await say("next");
  assert.deepEqual(await contents(runtime, workerRef), ["effect", "next"]);
});

test("the work written for one mutation does not grow with what is stored", async (t) => {
  const { say, storage } = await withWorker(t, {});
  const cost = async () => {
    storage.calls.length = 0;
    await say("the same text");
    const written = userCommits(storage).at(-1);
    return { bytes: bytesOf(written), ops: written.ops.length };
  };
  const early = await cost();
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 256 }, () => say("x".repeat(200))));
  }
  const late = await cost();
  assert.equal(late.ops, early.ops);
  assert.ok(late.bytes <= early.bytes + 16, `${early.bytes} bytes at first, ${late.bytes} later`);
});

/** The bytes and records read since `calls` was emptied. */
function measured(inner = memoryStorage()) {
  const plan = {};
  const storage = planned(plan, inner);
  storage.read = { bytes: 0, records: 0 };
  plan.read = async (_range, next) => {
    const records = await next();
    storage.read.records += records.length;
    storage.read.bytes += records.reduce((sum, [, value]) => sum + value.byteLength, 0);
    return records;
  };
  return storage;
}

test("opening reads the root record, the Worker table and at most 1 MiB of what was committed last", async (t) => {
  const storage = measured();
  const runtime = await open(t, storage);
  const { workerRef } = await runtime.createWorker();
  const opened = [];
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 30; i++) {
      await Promise.all(
        Array.from({ length: 64 }, () => runtime.sendInput(workerRef, says("y".repeat(4_000)))),
      );
    }
    const copy = await Runtime.inspect(storage, "r");
    storage.read = { bytes: 0, records: 0 };
    await (await Runtime.inspect(storage, "r")).close();
    opened.push(storage.read.bytes);
    await copy.close();
  }
  assert.ok(
    opened.every((bytes) => bytes <= 1.1 * 1_048_576),
    `bytes read by an opening, as 30 MB were written: ${opened}`,
  );
});

test("a page reads that page, however long the history is and however little may be resident", async (t) => {
  const storage = measured();
  const runtime = await open(t, storage, { cacheBytes: 0, limits: { maxTranscriptProjectionItems: 20 } });
  const { workerRef } = await runtime.createWorker();
  const count = 12_000;
  for (let i = 0; i < count; i += 1_000) {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        runtime.sendInput(workerRef, says(`${i + n} ${"z".repeat(500)}`)),
      ),
    );
  }
  for (const start of [0, 100, count / 2, count - 3_000]) {
    storage.read = { bytes: 0, records: 0 };
    const page = await runtime.transcriptProjection(workerRef, { start, limit: 20 });
    assert.deepEqual(
      page.items.map((item) => item.content.split(" ")[0]),
      Array.from({ length: 20 }, (_, n) => `${start + n}`),
    );
    assert.ok(storage.read.bytes <= 160_000, `${storage.read.bytes} bytes for a page of 10 KB at ${start}`);
    const batch = await runtime.readEvents({ runtimeId: "r", nextEventId: start + 3 }, 20);
    assert.deepEqual(
      batch.events.map((event) => event.id),
      Array.from({ length: 20 }, (_, n) => start + n + 3),
    );
  }
});

test("the persisted limits and display name win over those given at a later open", async (t) => {
  const storage = memoryStorage();
  const limits = { maxTranscriptProjectionItems: 7, maxEventBatchItems: 9 };
  await (await Runtime.open({ storage, runtimeId: "r", displayName: "first", limits })).close();
  const later = await open(t, storage, {
    displayName: "second",
    limits: { maxTranscriptProjectionItems: 1, maxEventBatchItems: 1 },
  });
  assert.equal(later.summary().displayName, "first");
  assert.deepEqual(later.summary().limits, limits);
  await rejection(() => later.readEvents(later.eventCursorFromStart(), 10), "limit_too_large", { max: 9 });
  const long = "n".repeat(5_000);
  await (await Runtime.open({ storage, runtimeId: "long", displayName: long })).close();
  assert.equal((await open(t, storage, { runtimeId: "long" })).summary().displayName, long);
});

test("runtime_started is recorded once, at creation, and a restore changes nothing that can be read", async (t) => {
  const storage = memoryStorage();
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  const { workerRef } = await runtime.createWorker({ intent: { kind: "role", role: "clerk" } });
  await runtime.sendInput(workerRef, says("hello"));
  await runtime.recordOutput(workerRef, { kind: "assistant", content: "hi" });
  await runtime.cancelWorker(workerRef, "");
  const before = await everything(runtime);
  await runtime.close();
  const later = await open(t, storage);
  assert.deepEqual(await everything(later), before);
  assert.equal((await snapshot(storage)).records[0][0].startsWith("c/"), true);
});

test("a runtime without an id gets one, which finds it again", async (t) => {
  const storage = memoryStorage();
  const runtime = await Runtime.open({ storage });
  assert.match(runtime.runtimeId, /^runtime-[0-9a-f]{32}$/);
  assert.deepEqual(await storage.list(), [runtime.runtimeId]);
  const { workerRef } = await runtime.createWorker();
  await runtime.close();
  const later = await open(t, storage, { runtimeId: runtime.runtimeId });
  assert.equal(later.workerDetail(workerRef).status, "running");
  assert.equal(later.summary().backend, "storage");
  assert.equal(later.summary().durability, "memory");
});
