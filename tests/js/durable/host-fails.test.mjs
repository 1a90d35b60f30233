/** SPEC 6, "When the host fails": each row of the table, and the sentences after it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime, StorageLost, StorageRejected } from "worker-runtime";
import {
  contents,
  deferred,
  idle,
  loss,
  open,
  pause,
  planned,
  quota,
  rejection,
  says,
  until,
  watched,
  withWorker,
} from "./support.mjs";

/** Answers the next commits from `script`, one entry each: a function of (commit, next), or `undefined` to hand it on. */
function script(plan, ...entries) {
  plan.commit = (commit, next, store) => {
    const entry = entries.shift();
    return entry === undefined ? next() : entry(commit, next, store);
  };
}

test("answers `to`: durable", async (t) => {
  const { runtime, workerRef, say, storage } = await withWorker(t, {});
  await say("durable");
  const { from, to } = storage.commits().at(-1);
  assert.match(to, /^[0-9a-f]{32}$/);
  assert.notEqual(from, to);
  await runtime.close();
  assert.deepEqual(await contents(await open(t, storage), workerRef), ["durable"]);
});

for (const [name, answer] of [
  ["another head", "f".repeat(32)],
  ["null", null],
]) {
  test(`the first offering is answered with ${name}: fenced, not applied`, async (t) => {
    const plan = {};
    const { runtime, say, storage, workerRef } = await withWorker(t, plan);
    const next = watched(runtime.subscribeEvents(runtime.eventCursorNow()).next());
    const before = storage.commits().length;
    script(plan, async () => answer);
    const committing = say("under way");
    await Promise.resolve();
    const waiting = say("waiting");
    await rejection(() => committing, "storage_conflict", { outcome: "not_applied" });
    await rejection(() => waiting, "storage_conflict", { outcome: "not_applied" });
    await rejection(() => next.promise, "storage_conflict");
    await rejection(() => say("later"), "storage_conflict");
    await rejection(() => runtime.createWorker(), "storage_conflict");
    await rejection(() => runtime.stopRuntime(), "storage_conflict");
    await rejection(() => runtime.readEvents({ runtimeId: "r", nextEventId: 1 }, 1), "storage_conflict");
    await rejection(
      () => runtime.transcriptProjection(workerRef, { start: 0, limit: 1 }),
      "storage_conflict",
    );
    for (const method of ["status", "summary", "diagnostics", "listWorkers", "eventCursorNow"]) {
      assert.throws(() => runtime[method](), { code: "storage_conflict" }, method);
    }
    assert.throws(() => runtime.workerDetail(workerRef), { code: "storage_conflict" });
    assert.throws(() => runtime.subscribeEvents({ runtimeId: "r", nextEventId: 1 }), {
      code: "storage_conflict",
    });
    assert.equal(runtime.runtimeId, "r");
    await runtime.close();
    assert.equal(storage.commits().length, before + 1, "nothing is published any more");
  });

  test(`a later offering is answered with ${name}: fenced, unknown`, async (t) => {
    const plan = {};
    const { say } = await withWorker(t, plan);
    script(
      plan,
      async () => Promise.reject(new Error("who knows")),
      async () => answer,
    );
    await rejection(() => say("x"), "storage_conflict", { outcome: "unknown" });
  });
}

for (const code of ["quota", "too_large", "denied"]) {
  test(`StorageRejected (${code}), one mutation: it fails with the host's error, the runtime goes on`, async (t) => {
    const plan = {};
    const { say, runtime, workerRef } = await withWorker(t, plan);
    const host = new StorageRejected(code);
    script(plan, () => Promise.reject(host));
    const error = await rejection(() => say("refused"), "storage_failed", { outcome: "not_applied" });
    assert.equal(error.cause, host);
    assert.equal((await say("accepted")).transcriptSequence, 1);
    assert.deepEqual(await contents(runtime, workerRef), ["accepted"]);
  });
}

test("StorageRejected of another copy of the package is recognised by name and code", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan);
  const other = { name: "StorageRejected", code: "quota" };
  script(plan, () => Promise.reject(other));
  const error = await rejection(() => say("x"), "storage_failed", { outcome: "not_applied" });
  assert.equal(error.cause, other);
});

test("something named StorageRejected without a known code is unknown", async (t) => {
  const plan = {};
  const { say, storage } = await withWorker(t, plan);
  storage.calls.length = 0;
  script(plan, () => Promise.reject(Object.assign(new Error("?"), { name: "StorageRejected", code: "odd" })));
  await say("x");
  assert.equal(storage.commits().length, 2);
});

test("StorageRejected, several: each is offered alone, in order, under a new token, and only those refused fail", async (t) => {
  const plan = {};
  const { say, storage, runtime, workerRef } = await withWorker(t, plan);
  storage.calls.length = 0;
  const size = ({ ops }) => ops.reduce((sum, [, value]) => sum + (value?.length ?? 0), 0);
  plan.commit = (commit, next) => (size(commit) > 20_000 ? Promise.reject(quota()) : next());
  const texts = ["a", "b".repeat(30_000), "c", "d".repeat(30_000), "e"];
  const order = [];
  const results = await Promise.allSettled(
    texts.map((text, i) =>
      say(text).finally(() => {
        order.push(i);
      }),
    ),
  );
  assert.deepEqual(
    results.map((result) => result.reason?.details.outcome ?? result.value.transcriptSequence),
    [1, "not_applied", 2, "not_applied", 3],
  );
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.deepEqual(await contents(runtime, workerRef), ["a", "c", "e"]);
  const offered = storage.commits();
  assert.equal(offered.length, 6, "one together, five alone");
  assert.equal(new Set(offered.map(({ to }) => to)).size, 6, "each under a token of its own");
});

test("StorageRejected, several: what waits behind them keeps its place", async (t) => {
  const plan = {};
  const { say, runtime, workerRef } = await withWorker(t, plan);
  const turn = deferred();
  script(plan, async () => {
    await turn.promise;
    throw quota();
  });
  const calls = [say("1"), say("2")];
  await idle();
  calls.push(
    say("3"),
    runtime.stopWorker(workerRef),
    say("too late").catch((error) => error.code),
  );
  turn.resolve();
  const [one, two, three, , refused] = await Promise.all(calls);
  assert.deepEqual(
    [one, two, three].map((ack) => ack.transcriptSequence),
    [1, 2, 3],
  );
  assert.equal(refused, "invalid_request");
});

test("rejects otherwise: the byte-identical commit is offered again, with back-off, until it is decided", async (t) => {
  const plan = {};
  const { say, storage, runtime, workerRef } = await withWorker(t, plan);
  storage.calls.length = 0;
  const copies = [];
  const times = [];
  let left = 4;
  plan.commit = (commit, next) => {
    copies.push(
      JSON.stringify({ ...commit, ops: commit.ops.map(([key, value]) => [key, value && [...value]]) }),
    );
    times.push(performance.now());
    return left-- > 0 ? Promise.reject(new Error("flaky")) : next();
  };
  const said = watched(say("in the end"));
  const behind = watched(say("behind"));
  await until(() => copies.length >= 2, "a second offering");
  assert.equal(said.status, "pending");
  assert.equal(behind.status, "pending");
  await said.promise;
  assert.equal(new Set(copies.slice(0, 5)).size, 1, "byte-identical");
  assert.ok(
    times[4] - times[3] > times[1] - times[0],
    `the pauses grow: ${times.map((at) => Math.round(at - times[0]))}`,
  );
  await behind.promise;
  assert.deepEqual(await contents(runtime, workerRef), ["in the end", "behind"]);
});

test("what is offered again is byte-identical whatever was done to the lists of the offering before", async (t) => {
  const plan = {};
  const { say, storage, runtime, workerRef } = await withWorker(t, plan);
  for (const spoil of [
    (commit) => commit.ops.splice(0),
    (commit) => commit.ops.map((op) => op.splice(0)),
    (commit) => Object.assign(commit, { from: "f".repeat(32), to: "e".repeat(32), ops: [] }),
  ]) {
    let failures = 2;
    plan.commit = (commit, next) => {
      if (failures-- > 0) {
        spoil(commit);
        throw new Error("whatever was taken from the list is not stored");
      }
      return next();
    };
    await say("kept");
  }
  delete plan.commit;
  await runtime.close();
  assert.deepEqual(await contents(await open(t, storage.inner), workerRef), ["kept", "kept", "kept"]);
});

test("a lost acknowledgement: the repeat is answered with `to`, and the mutation happened once", async (t) => {
  const plan = {};
  const { say, runtime, workerRef } = await withWorker(t, plan);
  script(plan, async (_commit, next) => {
    await next();
    throw new Error("the answer was lost");
  });
  assert.equal((await say("once")).transcriptSequence, 1);
  assert.deepEqual(await contents(runtime, workerRef), ["once"]);
});

for (const nonsense of [undefined, 7, "", {}, [], true, Number.NaN, new Uint8Array(16)]) {
  test(`answers nonsense (${Object.prototype.toString.call(nonsense)} ${nonsense}): unknown, offered again`, async (t) => {
    const plan = {};
    const { say, storage } = await withWorker(t, plan);
    storage.calls.length = 0;
    script(plan, async () => nonsense);
    assert.equal((await say("x")).transcriptSequence, 1);
    const [first, second] = storage.commits();
    assert.equal(first.to, second.to);
  });
}

test("answers with the head that it should have left: nonsense as well", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan);
  script(plan, async ({ from }) => from);
  assert.equal((await say("x")).transcriptSequence, 1);
});

test("does not answer within storageTimeoutMs: unknown, offered again", async (t) => {
  const plan = {};
  const { say, storage } = await withWorker(t, plan, { storageTimeoutMs: 30 });
  storage.calls.length = 0;
  script(
    plan,
    () => new Promise(() => {}),
    () => new Promise(() => {}),
  );
  const begin = performance.now();
  assert.equal((await say("x")).transcriptSequence, 1);
  assert.ok(performance.now() - begin >= 58);
  assert.equal(new Set(storage.commits().map(({ to }) => to)).size, 1);
  assert.equal(storage.commits().length, 3);
});

test("the late answer of an earlier offering decides as well", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan, { storageTimeoutMs: 20 });
  let answers = 0;
  script(
    plan,
    async (_commit, next) => {
      await pause(60);
      answers += 1;
      return next();
    },
    () => new Promise(() => {}),
    () => new Promise(() => {}),
    () => new Promise(() => {}),
    () => new Promise(() => {}),
  );
  assert.equal((await say("x")).transcriptSequence, 1);
  assert.equal(answers, 1);
});

test("after an unknown offering a StorageRejected decides nothing by itself", async (t) => {
  const plan = {};
  const { say, storage } = await withWorker(t, plan);
  storage.calls.length = 0;
  script(
    plan,
    () => Promise.reject(new Error("unknown")),
    () => Promise.reject(quota()),
    () => Promise.reject(quota()),
  );
  assert.equal((await say("x")).transcriptSequence, 1);
  assert.equal(storage.commits().length, 4);
  assert.equal(new Set(storage.commits().map(({ to }) => to)).size, 1);
});

test("undecided until another commit with the same `from` was applied, which fences", async (t) => {
  const plan = {};
  const { say, storage } = await withWorker(t, plan);
  plan.commit = () => Promise.reject(new Error("unreachable"));
  const said = watched(say("x"));
  await pause(50);
  assert.equal(said.status, "pending");
  const rival = await Runtime.open({ storage: storage.inner, runtimeId: "r" });
  t.after(() => rival.close());
  delete plan.commit;
  await rejection(() => said.promise, "storage_conflict", { outcome: "unknown" });
});

test("throws synchronously: unknown like any other rejection", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan);
  script(plan, () => {
    throw new Error("at the call");
  });
  assert.equal((await say("x")).transcriptSequence, 1);
});

test("throws StorageRejected synchronously: rejected like any other", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan);
  script(plan, () => {
    throw quota();
  });
  await rejection(() => say("x"), "storage_failed", { outcome: "not_applied" });
});

test("answers twice: the first answer counts", async (t) => {
  const plan = {};
  const { say, runtime, workerRef } = await withWorker(t, plan);
  script(plan, (commit, next) => ({
    // biome-ignore lint/suspicious/noThenProperty: a host may give any kind of promise
    then(fulfilled, rejected) {
      next().then((head) => {
        fulfilled(head);
        fulfilled("0".repeat(32));
        rejected(new Error("and again"));
        fulfilled(commit.to);
      });
    },
  }));
  assert.equal((await say("x")).transcriptSequence, 1);
  assert.equal((await say("y")).transcriptSequence, 2);
  assert.deepEqual(await contents(runtime, workerRef), ["x", "y"]);
});

test("a `then` that throws, before or after it answered", async (t) => {
  const plan = {};
  const { say } = await withWorker(t, plan);
  script(
    plan,
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a host may give any kind of promise
      get then() {
        throw new Error("no then");
      },
    }),
    (commit, next) => ({
      // biome-ignore lint/suspicious/noThenProperty: a host may give any kind of promise
      then(fulfilled) {
        next();
        fulfilled(commit.to);
        throw new Error("too late");
      },
    }),
  );
  assert.equal((await say("x")).transcriptSequence, 1);
});

test("answers after close: nothing happens", async (t) => {
  const plan = {};
  const { say, runtime, storage } = await withWorker(t, plan, { storageTimeoutMs: 30 });
  const turn = deferred();
  plan.commit = (_commit, next) => turn.promise.then(next);
  const said = say("x");
  const closed = runtime.close();
  await rejection(() => said, "storage_failed", { outcome: "unknown" });
  await closed;
  const offered = storage.commits().length;
  turn.resolve();
  await pause(30);
  assert.equal(storage.commits().length, offered);
});

test("calls back into the runtime from every method: nothing deadlocks", async (t) => {
  const plan = {};
  const storage = planned(plan);
  const runtime = await open(t, storage, { cacheBytes: 0 });
  const { workerRef } = await runtime.createWorker();
  const inner = [];
  let calls = 0;
  const back = (_argument, next) => {
    if (calls++ < 40) {
      inner.push(
        runtime.sendInput(workerRef, says("from within")),
        runtime.readEvents(runtime.eventCursorFromStart(), 5),
      );
      runtime.listWorkers();
    }
    return next();
  };
  Object.assign(plan, { commit: back, head: back, read: back });
  for (let i = 0; i < 600; i += 100) {
    await Promise.all(
      Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("y".repeat(2_000)))),
    );
  }
  await runtime.transcriptProjection(workerRef, { start: 0, limit: 5 });
  await Promise.all(inner);
  plan.commit = (_argument, next) => {
    void runtime.close();
    return next();
  };
  assert.ok((await runtime.sendInput(workerRef, says("last"))).transcriptSequence > 600);
  await runtime.close();
  assert.ok(inner.length > 0);
});

for (const [name, make] of [
  ["StorageLost", () => new StorageLost("gone")],
  ["an error of that name", () => loss()],
]) {
  test(`${name} from commit ends the runtime like a fence, with storage_lost`, async (t) => {
    const plan = {};
    const { say, runtime } = await withWorker(t, plan);
    const next = watched(runtime.subscribeEvents(runtime.eventCursorNow()).next());
    const host = make();
    script(plan, () => Promise.reject(host));
    const said = say("x");
    await Promise.resolve();
    const waiting = say("y");
    const error = await rejection(() => said, "storage_lost", { outcome: "unknown" });
    assert.equal(error.cause, host);
    await rejection(() => waiting, "storage_lost", { outcome: "not_applied" });
    await rejection(() => next.promise, "storage_lost");
    assert.throws(() => runtime.status(), { code: "storage_lost" });
    await rejection(() => say("z"), "storage_lost");
    await runtime.close();
  });
}

/** A runtime whose history is in the store, so that a page has to be read. */
async function withHistory(t, plan, options) {
  const parts = await withWorker(t, plan, { cacheBytes: 0, ...options });
  for (let i = 0; i < 8; i++) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => parts.say(`${i * 100 + n} ${"h".repeat(700)}`)));
  }
  // Until nothing more is regrouped, which would read as well, however busy the machine is.
  for (let calls = 0; calls !== parts.storage.calls.length; ) {
    calls = parts.storage.calls.length;
    await pause(200);
  }
  const at = (start) => parts.runtime.transcriptProjection(parts.workerRef, { start, limit: 3 });
  // What was read last is there even with no room for it: some other page, far from the one that will be asked for.
  assert.equal((await at(0)).items.length, 3);
  return { ...parts, page: () => at(600) };
}

for (const method of ["read", "head"]) {
  test(`StorageLost from ${method} ends the runtime with storage_lost`, async (t) => {
    const plan = {};
    const { runtime, page, say } = await withHistory(t, plan);
    plan[method] = () => Promise.reject(loss());
    await rejection(page, "storage_lost");
    assert.throws(() => runtime.summary(), { code: "storage_lost" });
    await rejection(() => say("x"), "storage_lost");
  });

  test(`a ${method} that rejects gives storage_failed with the cause, and is not retried by itself`, async (t) => {
    const plan = {};
    const { runtime, page, storage } = await withHistory(t, plan);
    const host = new Error("disk");
    let failures = 1;
    plan[method] = (_argument, next) => (failures-- > 0 ? Promise.reject(host) : next());
    const before = storage.count("read");
    const error = await rejection(page, "storage_failed");
    assert.equal(error.cause, host);
    assert.equal(storage.count("read"), before + 1, "the page was not read again");
    assert.equal((await page()).items.length, 3);
    assert.equal(runtime.status(), "running");
  });

  test(`a ${method} that is not answered in time gives storage_failed`, async (t) => {
    const plan = {};
    const { page } = await withHistory(t, plan, { storageTimeoutMs: 25 });
    plan[method] = () => new Promise(() => {});
    const error = await rejection(page, "storage_failed");
    assert.ok(error.cause instanceof Error);
    delete plan[method];
    assert.equal((await page()).items.length, 3);
  });

  test(`a ${method} that throws at the call, or answers nonsense, gives storage_failed`, async (t) => {
    const plan = {};
    const { page } = await withHistory(t, plan);
    plan[method] = () => {
      throw new Error("at the call");
    };
    await rejection(page, "storage_failed");
    for (const nonsense of [undefined, 5, {}, "", [["key"]], [[1, 2]], [["~", new Uint8Array(1)]]]) {
      plan[method] = async () => nonsense;
      await rejection(page, "storage_failed");
    }
    delete plan[method];
    assert.equal((await page()).items.length, 3);
  });
}

test("a read error rejects one `next()` of a subscription, then it is done", async (t) => {
  const plan = {};
  const { runtime } = await withHistory(t, plan);
  const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
  plan.read = () => Promise.reject(new Error("disk"));
  const calls = [subscription.next(), subscription.next()];
  await rejection(() => calls[0], "storage_failed");
  assert.deepEqual(await calls[1], { value: undefined, done: true });
  assert.deepEqual(await subscription.next(), { value: undefined, done: true });
  delete plan.read;
  const again = runtime.subscribeEvents(subscription.cursor);
  assert.equal((await again.next()).value.id, 1);
});

test("stored bytes are never views of the module's memory", async (t) => {
  const { say, storage } = await withWorker(t, {});
  await say("text");
  for (const { ops } of storage.commits()) {
    for (const [, value] of ops) {
      assert.ok(value === null || value.buffer.byteLength < 1_000_000);
    }
  }
});

test("every key and value keeps the contract", async (t) => {
  const { say, storage } = await withWorker(t, {});
  await Promise.all(Array.from({ length: 700 }, () => say("k".repeat(1_500))));
  await idle();
  for (const { ops } of storage.commits()) {
    const keys = ops.map(([key]) => key);
    assert.equal(new Set(keys).size, keys.length);
    for (const [key, value] of ops) {
      assert.match(key, /^[!-~]{1,200}$/);
      assert.ok(value === null || (value instanceof Uint8Array && value.length <= 1_048_576));
    }
  }
});

test("a runtime on a storage that is slow and silent by turns still gets everything done", async (t) => {
  const plan = {};
  const inner = memoryStorage();
  const storage = planned(plan, inner);
  const runtime = await open(t, storage, { storageTimeoutMs: 10 });
  const { workerRef } = await runtime.createWorker();
  let n = 0;
  plan.commit = async (_commit, next) => {
    n += 1;
    if (n % 3 === 0) {
      return new Promise(() => {});
    }
    await pause(n % 3 === 1 ? 15 : 0);
    return next();
  };
  const texts = Array.from({ length: 12 }, (_, i) => `t${i}`);
  for (const text of texts) {
    await runtime.sendInput(workerRef, says(text));
  }
  assert.deepEqual(await contents(runtime, workerRef), texts);
});
