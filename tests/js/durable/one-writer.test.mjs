/** SPEC 6, "One writer": fencing, disturbances, and reading what may have moved. */
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
  pause,
  planned,
  regrouped,
  rejection,
  says,
  snapshot,
  until,
  watched,
  withWorker,
} from "./support.mjs";

/** Whoever has the store open does not hear of it until it asks. */
const deaf = {
  get disturbed() {
    return new Promise(() => {});
  },
};

test("a second opening takes the store over; the first is fenced and publishes nothing more", async (t) => {
  const { runtime, storage, workerRef, say } = await withWorker(t, deaf);
  await say("first");
  const second = await open(t, storage.inner);
  const said = await second.sendInput(workerRef, says("second"));
  await rejection(() => say("never"), "storage_conflict", { outcome: "not_applied" });
  await rejection(() => runtime.createWorker(), "storage_conflict");
  const before = await snapshot(storage.inner);
  await runtime.close();
  assert.deepEqual(await snapshot(storage.inner), before, "nothing of the winner is overwritten");
  assert.equal(said.transcriptSequence, 2);
  assert.deepEqual(await contents(second, workerRef), ["first", "second"]);
});

test("a late callback of a dead runtime can never be accepted again", async (t) => {
  const { runtime, storage, workerRef, say } = await withWorker(t, { ...deaf });
  const turn = deferred();
  storage.plan.commit = (_commit, next) => turn.promise.then(next);
  const frozen = watched(say("frozen"));
  await idle();
  const second = await open(t, storage.inner);
  await second.sendInput(workerRef, says("second"));
  turn.resolve();
  await rejection(() => frozen.promise, "storage_conflict", { outcome: "not_applied" });
  assert.deepEqual(await contents(second, workerRef), ["second"]);
  await runtime.close();
});

test("deleting a runtime in its storage fences whoever has it open", async (t) => {
  const { runtime, storage, say } = await withWorker(t, deaf);
  await storage.inner.delete("r");
  await rejection(() => say("x"), "storage_conflict", { outcome: "not_applied" });
  await runtime.close();
  assert.deepEqual(await storage.inner.list(), []);
});

test("a store that says that it was disturbed: the runtime asks `head()` and is fenced at once", async (t) => {
  for (const act of [
    (storage) => Runtime.open({ storage, runtimeId: "r" }),
    (storage) => storage.delete("r"),
  ]) {
    const { runtime, storage } = await withWorker(t, {});
    const next = watched(runtime.subscribeEvents(runtime.eventCursorNow()).next());
    const other = await act(storage.inner);
    await rejection(() => next.promise, "storage_conflict");
    assert.throws(() => runtime.status(), { code: "storage_conflict" });
    await other?.close();
  }
});

test("a disturbance without need is harmless, however it settles and however often", async (t) => {
  const turns = [];
  const plan = {
    get disturbed() {
      if (turns.length === 0 || turns.at(-1).done) {
        turns.push(deferred());
      }
      return turns.at(-1).promise;
    },
  };
  const { runtime, storage, say } = await withWorker(t, plan);
  const heads = storage.count("head");
  for (const settle of ["resolve", "reject", "resolve"]) {
    const turn = turns.at(-1);
    turn.done = true;
    turn[settle](new Error("whatever"));
    await pause(30);
  }
  assert.equal(storage.count("head"), heads + 3, "asked once each time");
  assert.equal((await say("x")).transcriptSequence, 1);
  assert.equal(runtime.status(), "running");
});

test("a store that is disturbed all the time is not asked all the time", async (t) => {
  const { runtime, storage } = await withWorker(t, {
    get disturbed() {
      return Promise.resolve();
    },
  });
  const heads = storage.count("head");
  await pause(200);
  const asked = storage.count("head") - heads;
  assert.ok(asked >= 2 && asked <= 30, `${asked} times in 200 ms`);
  assert.equal(runtime.status(), "running");
});

test("a disturbance whose `head()` fails is looked into again", async (t) => {
  const turn = deferred();
  const { runtime, storage, say } = await withWorker(t, { disturbed: turn.promise });
  storage.plan.head = () => Promise.reject(new Error("not now"));
  await storage.inner.delete("r");
  turn.resolve();
  await idle();
  assert.equal(runtime.status(), "running", "a failure is no evidence");
  delete storage.plan.head;
  await until(
    () => {
      try {
        runtime.status();
        return false;
      } catch (error) {
        return error.code === "storage_conflict";
      }
    },
    "the fence",
    6_000,
  );
  await rejection(() => say("x"), "storage_conflict");
});

test("an open runtime with subscribers whose store cannot say so asks at least every 5 s", async (t) => {
  const storage = planned({}, memoryStorage(), { disturbed: false });
  const quiet = planned({}, memoryStorage(), { disturbed: false });
  const lonely = planned({}, memoryStorage(), { disturbed: false });
  const runtime = await open(t, storage);
  const unasked = await open(t, quiet);
  const left = await open(t, lonely);
  const ended = left.subscribeEvents(left.eventCursorNow());
  await ended.return();
  await ended.return();
  left.subscribeEvents(left.eventCursorNow(), { signal: AbortSignal.abort() });
  const signal = {
    aborted: false,
    addEventListener: () => {
      throw new Error("no listeners");
    },
  };
  assert.throws(() => left.subscribeEvents(left.eventCursorNow(), { signal }), { code: "invalid_request" });
  const heads = lonely.count("head");
  const next = watched(runtime.subscribeEvents(runtime.eventCursorNow()).next());
  const subscription = unasked.subscribeEvents(unasked.eventCursorNow());
  await storage.inner.delete("r");
  await quiet.inner.delete("r");
  await until(() => next.status === "rejected", "the fence", 5_000);
  assert.equal(next.error.code, "storage_conflict");
  const hasEnded = () => {
    try {
      return unasked.status() === undefined;
    } catch {
      return true;
    }
  };
  await until(hasEnded, "the other", 5_000);
  await assert.rejects(subscription.next(), { code: "storage_conflict" }, "nobody waited when it was fenced");
  await pause(200);
  assert.equal(lonely.count("head"), heads, "nobody subscribes there");
});

/** A runtime with a history that has to be read. */
async function withHistory(t, plan = { ...deaf }, options = {}) {
  const parts = await withWorker(t, plan, { cacheBytes: 0, ...options });
  for (let i = 0; i < 8; i++) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => parts.say(`${i * 100 + n} ${"h".repeat(700)}`)));
  }
  await regrouped();
  const page = (start = 0) => parts.runtime.transcriptProjection(parts.workerRef, { start, limit: 3 });
  assert.equal((await page()).items.length, 3);
  return { ...parts, page };
}

test("reading: nothing is believed until `head()`, asked after the last `read` has answered", async (t) => {
  const { storage, page } = await withHistory(t);
  storage.calls.length = 0;
  await page();
  const methods = storage.calls.map(({ method }) => method);
  assert.ok(methods.includes("read"));
  assert.equal(methods.at(-1), "head");
  const turn = deferred();
  storage.plan.read = (_range, next) => turn.promise.then(next);
  storage.calls.length = 0;
  const pending = page();
  await idle();
  assert.equal(storage.count("head"), 0, "not before the read has answered");
  turn.resolve();
  await pending;
});

test("reading: where the head has moved the runtime is fenced: storage_conflict, never corrupt or missing", async (t) => {
  for (const [name, spoil] of [
    ["all is gone", async () => []],
    ["other bytes", async (_range, next) => (await next()).map(([key, value]) => [key, value.fill(7)])],
    ["an error", () => Promise.reject(new Error("taken over"))],
    ["all is well", (_range, next) => next()],
  ]) {
    const { storage, page, runtime } = await withHistory(t);
    storage.plan.read = async (range, next) => {
      await (await Runtime.open({ storage: storage.inner, runtimeId: "r" })).close();
      return spoil(range, next);
    };
    await rejection(page, "storage_conflict");
    assert.throws(() => runtime.status(), { code: "storage_conflict" }, name);
  }
});

test("reading: a deleted store gives storage_conflict", async (t) => {
  const { storage, page } = await withHistory(t);
  await storage.inner.delete("r");
  await rejection(page, "storage_conflict");
});

test("reading: with its own head, damage is told with its key", async (t) => {
  for (const [spoil, code] of [
    [async () => [], "storage_missing"],
    [async (_range, next) => (await next()).map(([key, value]) => [key, value.fill(7)]), "storage_corrupt"],
  ]) {
    const { storage, page, runtime } = await withHistory(t);
    storage.plan.read = spoil;
    const error = await rejection(page, code);
    assert.equal(typeof error.details.key, "string");
    assert.equal(runtime.status(), "running");
    delete storage.plan.read;
    assert.equal((await page()).items.length, 3, "once it is well, it is well");
  }
});

test("reading: the `to` of its own commit under way is its own as well", async (t) => {
  const { storage, page, say } = await withHistory(t);
  const turn = deferred();
  storage.plan.commit = async (_commit, next) => {
    const head = await next();
    await turn.promise;
    return head;
  };
  const said = watched(say("applied, not acknowledged"));
  await idle();
  assert.equal((await page()).items.length, 3);
  assert.equal(said.status, "pending");
  turn.resolve();
  await said.promise;
});

test("reading: what an undecided commit wrote is not shown", async (t) => {
  const { storage, runtime, workerRef, say } = await withHistory(t);
  const before = await everything(runtime);
  const turn = deferred();
  storage.plan.commit = async (_commit, next) => {
    const head = await next();
    await turn.promise;
    return head;
  };
  const said = say("hidden");
  await idle();
  assert.deepEqual(await everything(runtime), before);
  turn.resolve();
  await said;
  assert.equal((await contents(runtime, workerRef)).at(-1), "hidden");
});

test("reading: an answer that is older than a commit of its own is its own as well", async (t) => {
  const { storage, page, say } = await withHistory(t);
  let heads = 0;
  storage.plan.head = async (_argument, next) => {
    const head = await next();
    if (heads++ === 0) {
      await say("meanwhile");
      await say("and again");
    }
    return head;
  };
  assert.equal((await page()).items.length, 3);
});

test("reading: where only its own commits moved records, it reads again", async (t) => {
  const plan = { ...deaf };
  const { runtime, storage, workerRef, say } = await withHistory(t, plan);
  // Reads are slow, and while they are under way the runtime goes on to write and regroup.
  let slow = 0;
  plan.read = async (_range, next) => {
    if (slow++ % 2 === 0) {
      await Promise.all(Array.from({ length: 120 }, () => say("w".repeat(3_000))));
      await idle();
    }
    return next();
  };
  const pages = await Promise.all(
    [0, 200, 400, 600].map((start) => runtime.transcriptProjection(workerRef, { start, limit: 5 })),
  );
  for (const [i, page] of pages.entries()) {
    assert.deepEqual(
      page.items.map((item) => item.content.split(" ")[0]),
      Array.from({ length: 5 }, (_, n) => `${i * 200 + n}`),
    );
  }
  const regrouped = storage.commits().filter(({ ops }) => ops.some(([key]) => key === "root"));
  assert.ok(regrouped.length > 3, "records were regrouped meanwhile");
});

test("reading: records that a regrouping under way has moved are no damage", async (t) => {
  const plan = { ...deaf };
  const { runtime, workerRef, say } = await withWorker(t, plan, { cacheBytes: 0 });
  const fill = async (rounds) => {
    for (let i = 0; i < rounds; i++) {
      await Promise.all(Array.from({ length: 90 }, (_, n) => say(`${n} ${"m".repeat(3_000)}`)));
      await regrouped();
    }
  };
  // Thirty-two runs become one: its inputs are deleted by a commit that stays undecided for a while.
  await fill(31);
  const turn = deferred();
  let last = 0;
  plan.commit = async (commit, next) => {
    const head = await next();
    const deleted = commit.ops.filter(([key, value]) => key.startsWith("r/") && value === null);
    if (deleted.length > 0 && last === 0) {
      // A record's key ends with the last of its entries.
      last = Number.parseInt(deleted.at(-1)[0].split("/").at(-1), 16);
      await turn.promise;
    }
    return head;
  };
  const filling = watched(fill(6));
  await until(() => last > 0, "a merge that deletes what it has read");
  // Any page pushes out of the cache what the merge has read.
  await runtime.readEvents({ runtimeId: "r", nextEventId: 1 }, 1);
  const read = watched(runtime.transcriptProjection(workerRef, { start: last - 2, limit: 2 }));
  await pause(30);
  assert.equal(read.status, "pending", "neither the old records nor the new ones are to be had");
  turn.resolve();
  assert.deepEqual(
    (await read.promise).items.map((item) => item.sequence),
    [last - 1, last],
  );
  await filling.promise;
});

test("many pages at once, with hardly any cache, all come out right", async (t) => {
  const { runtime, workerRef } = await withHistory(t, { ...deaf }, { cacheBytes: 1 });
  const starts = Array.from({ length: 40 }, (_, i) => i * 20);
  const pages = await Promise.all(
    starts.map((start) => runtime.transcriptProjection(workerRef, { start, limit: 7 })),
  );
  for (const [i, { items }] of pages.entries()) {
    assert.deepEqual(
      items.map((item) => item.sequence),
      Array.from({ length: 7 }, (_, n) => starts[i] + n + 1),
    );
  }
  const events = await allEvents(runtime);
  assert.equal(events.length, 802);
});
