/** SPEC 6: regrouping of what was written goes by ordinary commits, and never at the expense of a mutation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import {
  contents,
  deferred,
  everything,
  open,
  pause,
  quota,
  regrouped,
  rejection,
  until,
  watched,
  withWorker,
} from "./support.mjs";

const isRegrouping = ({ from, ops }) => from !== null && ops.some(([key]) => key === "root");

/** Says so much that regrouping is due, but not urgent. */
const fill = (say, rounds = 1) =>
  Array.from({ length: rounds }).reduce(
    (done) => done.then(() => Promise.all(Array.from({ length: 100 }, () => say("u".repeat(2_800))))),
    Promise.resolve(),
  );

test("what was written is regrouped where no mutation waits, and reads the same", async (t) => {
  const { runtime, storage, say, workerRef } = await withWorker(t, {});
  await fill(say);
  const before = await everything(runtime);
  await until(() => storage.commits().some(isRegrouping), "a regrouping");
  await regrouped();
  assert.deepEqual(await everything(runtime), before);
  await runtime.close();
  const later = await open(t, storage.inner, { cacheBytes: 0 });
  assert.equal((await contents(later, workerRef)).length, 100);
});

test("while mutations wait, it waits, unless it is urgent", async (t) => {
  const { storage, say } = await withWorker(t, {});
  storage.calls.length = 0;
  // Just above what makes regrouping due, and more than goes into one commit.
  await Promise.all(Array.from({ length: 800 }, () => say("v".repeat(500))));
  await until(() => storage.commits().some(isRegrouping), "it is done afterwards");
  const kinds = storage.commits().map((commit) => (isRegrouping(commit) ? "regrouping" : "mutations"));
  assert.deepEqual(kinds.slice(0, 5), ["mutations", "mutations", "mutations", "mutations", "regrouping"]);
});

/** What an opening would have had to read after each commit: how much of what was committed last, at the most. */
function largestTail(commits) {
  let tail = 0;
  let largest = 0;
  for (const commit of commits) {
    const chunk = commit.ops
      .filter(([key, value]) => key.startsWith("c/") && value !== null)
      .reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    tail = isRegrouping(commit) && chunk === 0 ? 0 : tail + chunk;
    largest = Math.max(largest, tail);
  }
  return largest;
}

test("where it is urgent it goes first, so that an opening never has more than 1 MiB to read", async (t) => {
  const { storage, say, runtime, workerRef } = await withWorker(t, {});
  let said = 0;
  for (const [count, units] of [
    [3_000, 2_000],
    [1_000, 4_000],
    [40, 300_000],
    [4, 1_040_000],
  ]) {
    storage.calls.length = 0;
    await Promise.all(Array.from({ length: count }, () => say("w".repeat(units))));
    said += count;
    const largest = largestTail(storage.commits());
    assert.ok(largest <= 1_048_576, `${largest} bytes of ${count} inputs of ${units}`);
    const regroupings = storage.commits().filter(isRegrouping).length;
    assert.ok(regroupings > 0);
    assert.ok(regroupings <= storage.commits().length / 2 + 1, "more regroupings than mutations' commits");
  }
  assert.equal((await runtime.workerDetail(workerRef)).transcriptLen, said);
});

test("a thousand usual inputs at once wait for no regrouping", async (t) => {
  const { storage, say } = await withWorker(t, {});
  storage.calls.length = 0;
  await Promise.all(Array.from({ length: 1_000 }, () => say("w".repeat(200))));
  assert.deepEqual(storage.commits().map(isRegrouping), [false, false, false, false]);
});

test("where the storage refuses to be regrouped, mutations larger than what is left go on", async (t) => {
  const plan = {};
  const { storage, say, runtime, workerRef } = await withWorker(t, plan);
  plan.commit = (commit, next) => (isRegrouping(commit) ? Promise.reject(quota()) : next());
  for (let i = 0; i < 4; i++) {
    await Promise.all(Array.from({ length: 6 }, () => say("w".repeat(300_000))));
  }
  assert.ok(largestTail(storage.commits().filter((commit) => !isRegrouping(commit))) > 3_000_000);
  assert.equal((await contents(runtime, workerRef)).length, 24);
  delete plan.commit;
  await say("last");
  await regrouped();
  storage.calls.length = 0;
  await Promise.all(Array.from({ length: 6 }, () => say("w".repeat(300_000))));
  assert.ok(largestTail(storage.commits()) <= 1_048_576);
});

test("a refused regrouping is dropped, retried only after a later mutation has succeeded, and fails none", async (t) => {
  const plan = {};
  const { storage, say, runtime, workerRef } = await withWorker(t, plan);
  plan.commit = (commit, next) => (isRegrouping(commit) ? Promise.reject(quota()) : next());
  const refused = () => storage.commits().filter(isRegrouping).length;
  await fill(say);
  await until(() => refused() === 1, "the first attempt");
  await pause(1_200);
  assert.equal(refused(), 1, "not tried again by itself");
  await say("another");
  await until(() => refused() === 2, "the second attempt");
  await fill(say, 4);
  assert.ok(refused() > 2);
  delete plan.commit;
  await say("last");
  await until(
    () => storage.commits().filter(isRegrouping).length > refused() - 1,
    "an attempt that succeeds",
  );
  await regrouped();
  assert.equal((await contents(runtime, workerRef)).length, 502);
  await runtime.close();
  assert.equal((await contents(await open(t, storage.inner), workerRef)).length, 502);
});

test("each attempt has a token of its own", async (t) => {
  const plan = {};
  const { storage, say } = await withWorker(t, plan);
  plan.commit = (commit, next) => (isRegrouping(commit) ? Promise.reject(quota()) : next());
  await fill(say);
  for (let i = 0; i < 3; i++) {
    await say("again");
    await regrouped();
  }
  const tokens = storage.commits().map(({ to }) => to);
  assert.equal(new Set(tokens).size, tokens.length);
});

test("an undecided regrouping is offered again; mutations wait for it and succeed", async (t) => {
  const plan = {};
  const { storage, say, runtime, workerRef } = await withWorker(t, plan, { storageTimeoutMs: 20 });
  const fates = ["never", "applied and lost", "rejected after", "unknown"];
  plan.commit = async (commit, next) => {
    if (isRegrouping(commit)) {
      const fate = fates.shift();
      if (fate === "never") {
        return new Promise(() => {});
      }
      if (fate === "applied and lost") {
        await next();
        throw new Error("lost");
      }
      if (fate !== undefined) {
        throw fate === "unknown" ? new Error("unknown") : quota();
      }
    }
    return next();
  };
  await fill(say);
  await until(() => fates.length < 4, "the regrouping");
  const said = await say("behind it");
  assert.equal(said.transcriptSequence, 101);
  assert.deepEqual(fates, []);
  const regroupings = storage.commits().filter(isRegrouping);
  assert.equal(new Set(regroupings.slice(0, 5).map(({ to }) => to)).size, 1);
  assert.equal((await contents(runtime, workerRef)).length, 101);
});

test("a mutation that waits for an undecided regrouping can be given up: not applied", async (t) => {
  const plan = {};
  const { storage, say } = await withWorker(t, plan, { storageTimeoutMs: 50 });
  plan.commit = (commit, next) => (isRegrouping(commit) ? new Promise(() => {}) : next());
  await fill(say);
  await until(() => storage.commits().some(isRegrouping), "the regrouping");
  const giveUp = new AbortController();
  const said = say("x", { signal: giveUp.signal });
  giveUp.abort();
  await rejection(() => said, "storage_failed", { outcome: "not_applied" });
});

test("a regrouping that finds the head moved fences the runtime", async (t) => {
  const plan = {
    get disturbed() {
      return new Promise(() => {});
    },
  };
  const { storage, say, runtime } = await withWorker(t, plan);
  const next = watched(runtime.subscribeEvents(runtime.eventCursorNow()).next());
  const turn = deferred();
  plan.commit = async (commit, go) => {
    if (isRegrouping(commit)) {
      await turn.promise;
    }
    return go();
  };
  await fill(say);
  await until(() => storage.commits().some(isRegrouping), "the regrouping");
  await (await Runtime.open({ storage: storage.inner, runtimeId: "r" })).close();
  const waiting = say("x");
  turn.resolve();
  await rejection(() => waiting, "storage_conflict", { outcome: "not_applied" });
  assert.equal(next.status, "fulfilled", "what came before was handed out");
  assert.throws(() => runtime.status(), { code: "storage_conflict" });
});

test("after a second of quiet what can wait is done", async (t) => {
  const { storage, say } = await withWorker(t, {});
  for (let i = 0; i < 7; i++) {
    await fill(say);
    await regrouped();
  }
  const done = storage.commits().length;
  await pause(300);
  assert.equal(storage.commits().length, done, "nothing is due");
  await until(() => storage.commits().length > done, "the work of quiet times", 3_000);
  await regrouped();
  const merged = storage.commits().length;
  await pause(1_300);
  assert.equal(storage.commits().length, merged, "and then it is quiet");
});

test("others have their turn while a quiet store that answers at once is regrouped", async (t) => {
  const { storage, runtime } = await withWorker(t, {});
  const workers = await Promise.all(Array.from({ length: 500 }, () => runtime.createWorker()));
  let turns = 0;
  let next = setImmediate(function count() {
    turns += 1;
    next = setImmediate(count);
  });
  t.after(() => clearImmediate(next));
  const turnOf = [];
  storage.plan.commit = (commit, through) => {
    if (isRegrouping(commit)) turnOf.push(turns);
    return through();
  };
  for (let round = 0; round < 80; round++) {
    await Promise.all(
      workers.map(({ workerRef }) =>
        runtime.sendInput(workerRef, { kind: "user", content: "w".repeat(250) }),
      ),
    );
  }
  const written = turnOf.length;
  for (let before = -1; before < turnOf.length; await pause(1_500)) before = turnOf.length;
  const steps = turnOf.slice(written);
  assert.ok(steps.length > 20, `${steps.length} steps`);
  assert.ok(new Set(steps).size > 5, `${steps.length} steps in ${new Set(steps).size} turns`);
});

test("with records that cannot be read, regrouping gives up and mutations go on", async (t) => {
  const plan = {};
  const { storage, say } = await withWorker(t, plan, { cacheBytes: 0, storageTimeoutMs: 30 });
  for (let i = 0; i < 31; i++) {
    await fill(say);
    await regrouped();
  }
  for (const fate of [() => Promise.reject(new Error("disk")), () => new Promise(() => {}), async () => []]) {
    plan.read = fate;
    await fill(say, 2);
    await regrouped();
  }
  assert.ok(storage.count("read") > 0, "a merge wanted to read");
  delete plan.read;
  await pause(50);
  await say("still here");
  await until(
    () => storage.commits().some(({ ops }) => ops.some(([key]) => key.startsWith("t/"))),
    "settled segments",
  );
});

test("an opening takes the regrouping up where the one before has left it", async (t) => {
  const { storage, say, runtime, workerRef } = await withWorker(t, {});
  storage.plan.commit = (commit, next) => (isRegrouping(commit) ? Promise.reject(quota()) : next());
  await fill(say, 3);
  await runtime.close();
  delete storage.plan.commit;
  storage.calls.length = 0;
  const later = await open(t, storage);
  await until(() => storage.commits().filter(isRegrouping).length >= 2, "regrouping beside the takeover");
  assert.equal((await contents(later, workerRef)).length, 300);
});
