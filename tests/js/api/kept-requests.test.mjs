// What Workers were created with is kept by JavaScript up to a bound, and read from the core beyond that: never all of it anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { internal, openRuntime } from "./support.mjs";

const { moduleInstance } = await internal("core/loader.js");
const MOST_UNITS = 16 * 1024 * 1024;

/** Counts how many Workers' requests the core is asked for from here on. */
async function countRequests(t) {
  const { boundary } = await moduleInstance();
  const { requests } = boundary;
  const asked = { workers: 0 };
  boundary.requests = (handle, number, count) => {
    asked.workers += count;
    return requests(handle, number, count);
  };
  t.after(() => {
    boundary.requests = requests;
  });
  return asked;
}

/** A runtime with `count` Workers of so long an objective, and their refs. */
async function withWorkers(t, count, units) {
  const runtime = await openRuntime(t);
  const objective = (at) => `${at} `.padEnd(units, "o");
  const created = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      runtime.createWorker({ intent: { kind: "task", objective: objective(at) } }),
    ),
  );
  const check = ({ intent }, at) => assert.ok(intent.objective === objective(at), `objective ${at}`);
  return { runtime, refs: created.map(({ workerRef }) => workerRef), check };
}

test("where all requests are kept, none is asked for", async (t) => {
  const { runtime, refs, check } = await withWorkers(t, 100, 100_000);
  const asked = await countRequests(t);
  runtime.listWorkers().forEach(check);
  for (const [at, ref] of refs.entries()) {
    check(runtime.workerDetail(ref), at);
  }
  assert.equal(asked.workers, 0);
});

test("beyond the bound a list asks for those that are not kept, and again for no others", async (t) => {
  const [count, units] = [24, 1024 * 1024];
  const { runtime, check } = await withWorkers(t, count, units);
  const asked = await countRequests(t);
  for (let list = 1; list <= 3; list++) {
    runtime.listWorkers().forEach(check);
    assert.equal(asked.workers, list * (count - Math.floor(MOST_UNITS / units) + 1), `list ${list}`);
  }
});

test("a Worker that is asked for is kept from then on, and the oldest makes room", async (t) => {
  const { runtime, refs, check } = await withWorkers(t, 20, 1024 * 1024);
  const asked = await countRequests(t);
  const detail = (at) => {
    const before = asked.workers;
    check(runtime.workerDetail(refs[at]), at);
    return asked.workers - before;
  };
  assert.deepEqual([19, 0, 0, 19].map(detail), [0, 1, 0, 0]);
});

test("a request above the bound is kept alone", async (t) => {
  const { runtime, check } = await withWorkers(t, 2, MOST_UNITS);
  const asked = await countRequests(t);
  runtime.listWorkers().forEach(check);
  runtime.listWorkers().forEach(check);
  assert.equal(asked.workers, 2);
});

test("a creation that is repeated counts once", async (t) => {
  const { runtime, refs, check } = await withWorkers(t, 8, 1024 * 1024);
  const request = { intent: { kind: "task", objective: "repeated".padEnd(1024 * 1024, ".") } };
  for (let time = 0; time < 12; time++) {
    await runtime.createWorker(request, { operationId: "one" });
  }
  await runtime.createWorker();
  const asked = await countRequests(t);
  for (const [at, ref] of refs.entries()) {
    check(runtime.workerDetail(ref), at);
  }
  assert.equal(asked.workers, 0);
});

test("after an opening a list keeps what it has read, each with its Worker", async (t) => {
  const open = () => Runtime.open({ storage, runtimeId: "r" });
  const storage = memoryStorage();
  const before = await open();
  for (let at = 0; at < 1_100; at++) {
    before.createWorker({ intent: { kind: "task", objective: `objective ${at}` } });
  }
  await before.createWorker();
  const expected = before.listWorkers();
  await before.close();
  const runtime = await open();
  t.after(() => runtime.close());
  // In the middle of what is read.
  const { workerRef, intent } = runtime.workerDetail(expected[700].workerRef);
  assert.deepEqual(
    { workerRef, intent },
    { workerRef: expected[700].workerRef, intent: expected[700].intent },
  );
  assert.deepEqual(runtime.listWorkers(), expected);
  const asked = await countRequests(t);
  assert.deepEqual(runtime.listWorkers(), expected);
  assert.deepEqual(
    expected.map(({ workerRef }) => runtime.workerDetail(workerRef).intent),
    expected.map(({ intent }) => intent),
  );
  assert.equal(asked.workers, 0);
});
