import assert from "node:assert/strict";
import { test } from "node:test";
import { allEvents, everything, openRuntime, rejection, user } from "./support.mjs";

for (const [first, status, kind, message] of [
  ["stopWorker", "stopped", "worker_stopped", "worker stopped"],
  ["cancelWorker", "cancelled", "worker_cancelled", "worker cancelled"],
]) {
  test(`${first}: the first call wins, later ones answer with it and change nothing`, async (t) => {
    const runtime = await openRuntime(t);
    const { workerRef } = await runtime.createWorker();
    assert.deepEqual(await runtime[first](workerRef, "done"), { workerRef, status, eventId: 3 });
    const before = await everything(runtime);
    for (const again of ["stopWorker", "cancelWorker"]) {
      assert.deepEqual(await runtime[again](workerRef), { workerRef, status, eventId: 3 });
      assert.deepEqual(await runtime[again](workerRef, "other"), { workerRef, status, eventId: 3 });
    }
    assert.deepEqual(await everything(runtime), before);
    assert.equal(runtime.workerDetail(workerRef).status, status);
    assert.equal(runtime.workerDetail(workerRef).lastEventId, 3);
    const { recordedAt, ...event } = (await allEvents(runtime))[2];
    assert.deepEqual(event, { id: 3, kind, message: "done", workerRef });
    assert.ok(Number.isInteger(recordedAt));
  });

  test(`${first}: the reason is the message as given, also an empty one`, async (t) => {
    const runtime = await openRuntime(t);
    const reasons = [undefined, "", " ", "\u{1f600}", "worker stopped", "a\0b"];
    for (const reason of reasons) {
      const { workerRef } = await runtime.createWorker();
      await (reason === undefined ? runtime[first](workerRef) : runtime[first](workerRef, reason));
    }
    const events = (await allEvents(runtime)).filter((event) => event.kind === kind);
    assert.deepEqual(
      events.map((event) => event.message),
      reasons.map((reason) => reason ?? message),
    );
  });
}

test("an ended Worker takes neither inputs nor outputs", async (t) => {
  const runtime = await openRuntime(t);
  for (const end of ["stopWorker", "cancelWorker"]) {
    const { workerRef } = await runtime.createWorker();
    await runtime.sendInput(workerRef, user("before"));
    await runtime[end](workerRef);
    const before = await everything(runtime);
    await rejection(() => runtime.sendInput(workerRef, user("x")), "invalid_request");
    await rejection(
      () => runtime.recordOutput(workerRef, { kind: "assistant", content: "x" }),
      "invalid_request",
    );
    assert.deepEqual(await everything(runtime), before);
  }
});

test("stopping the runtime stops its running Workers without events of their own", async (t) => {
  const runtime = await openRuntime(t, { runtimeId: "r" });
  const { workerRef: running } = await runtime.createWorker();
  const { workerRef: cancelled } = await runtime.createWorker();
  await runtime.cancelWorker(cancelled);
  assert.equal(runtime.status(), "running");
  assert.equal(await runtime.stopRuntime(), 5);
  assert.equal(runtime.status(), "stopped");
  assert.deepEqual(
    runtime.listWorkers().map((worker) => [worker.status, worker.lastEventId]),
    [
      ["stopped", 2],
      ["cancelled", 4],
    ],
  );
  assert.equal(runtime.workerDetail(running).status, "stopped");
  const { activeWorkerCount, stoppedWorkerCount, cancelledWorkerCount, workerCount, status } =
    runtime.summary();
  assert.deepEqual(
    [status, workerCount, activeWorkerCount, stoppedWorkerCount, cancelledWorkerCount],
    ["stopped", 2, 0, 1, 1],
  );
  const last = (await allEvents(runtime)).at(-1);
  assert.equal(last.kind, "runtime_stopped");
  assert.equal(last.message, "runtime r stopped");
  assert.ok(!("workerRef" in last));
  assert.equal(await runtime.stopRuntime(), 5);
  assert.equal(runtime.eventCursorNow().nextEventId, 6);
});

test("a stopped runtime is readable, and refuses every mutation but another stop", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, user("x"));
  await runtime.stopRuntime();
  const before = await everything(runtime);
  const mutations = [
    () => runtime.createWorker(),
    () => runtime.sendInput(workerRef, user("x")),
    () => runtime.recordOutput(workerRef, { kind: "tool", content: "x" }),
    () => runtime.stopWorker(workerRef),
    () => runtime.cancelWorker(workerRef),
  ];
  for (const mutation of mutations) {
    await rejection(mutation, "runtime_stopped");
  }
  assert.equal(await runtime.stopRuntime(), 4);
  assert.deepEqual(await everything(runtime), before);
  assert.equal((await runtime.transcriptProjection(workerRef, { start: 0, limit: 1 })).items[0].content, "x");
});

test("mutations take effect in the order of their calls, all in flight together", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const settled = [];
  const note = (name) => (value) =>
    settled.push([name, value?.eventId ?? value?.code ?? value?.lastEventId ?? value]);
  await Promise.all(
    Object.entries({
      one: runtime.sendInput(workerRef, user("1")),
      two: runtime.createWorker(),
      three: runtime.recordOutput(
        { ...workerRef, workerId: "worker-00000002" },
        { kind: "tool", content: "3" },
      ),
      four: runtime.sendInput(workerRef, user(" ")),
      five: runtime.stopWorker(workerRef),
      six: runtime.sendInput(workerRef, user("6")),
      seven: runtime.cancelWorker(workerRef),
      eight: runtime.stopRuntime(),
      nine: runtime.createWorker(),
      ten: runtime.stopRuntime(),
    }).map(([name, promise]) => promise.then(note(name), note(name))),
  );
  assert.deepEqual(settled, [
    ["one", 3],
    ["two", 4],
    ["three", 5],
    ["four", "invalid_request"],
    ["five", 6],
    ["six", "invalid_request"],
    ["seven", 6],
    ["eight", 7],
    ["nine", "runtime_stopped"],
    ["ten", 7],
  ]);
});

test("by the time a mutation fulfils, every read shows it", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, user("x")).then(async ({ eventId }) => {
    assert.equal(runtime.eventCursorNow().nextEventId, eventId + 1);
    assert.equal(runtime.listWorkers()[0].transcriptLen, 1);
    assert.equal(runtime.workerDetail(workerRef).lastEventId, eventId);
  });
  await runtime.stopWorker(workerRef).then(() => assert.equal(runtime.summary().stoppedWorkerCount, 1));
  await runtime.stopRuntime().then(() => assert.equal(runtime.status(), "stopped"));
});

test("close refuses later calls at once, completes earlier ones, and may be called twice", async () => {
  const { Runtime } = await import("worker-runtime");
  const runtime = await Runtime.create();
  const { workerRef } = await runtime.createWorker();
  const earlier = [runtime.sendInput(workerRef, user("1")), runtime.createWorker(), runtime.stopRuntime()];
  const page = runtime.transcriptProjection(workerRef, { start: 0, limit: 1 });
  const closing = runtime.close();
  const later = rejection(() => runtime.sendInput(workerRef, user("2")), "runtime_closed");
  const again = runtime.close();
  assert.deepEqual(
    (await Promise.all(earlier)).map((value) => value.eventId ?? value.lastEventId ?? value),
    [3, 4, 5],
  );
  assert.ok((await page).totalItems <= 1, "a page called for before close is answered");
  await Promise.all([closing, again, later]);
  await runtime.close();
  await runtime[Symbol.asyncDispose]();
});

test("a closed runtime answers with nothing but its id", async () => {
  const { Runtime } = await import("worker-runtime");
  const { thrown } = await import("./support.mjs");
  const runtime = await Runtime.create({ runtimeId: "gone" });
  const { workerRef } = await runtime.createWorker();
  const cursor = runtime.eventCursorNow();
  await runtime.close();
  assert.equal(runtime.runtimeId, "gone");
  for (const call of [
    () => runtime.status(),
    () => runtime.summary(),
    () => runtime.diagnostics(),
    () => runtime.listWorkers(),
    () => runtime.workerDetail(workerRef),
    () => runtime.workerDetail(null),
    () => runtime.eventCursorFromStart(),
    () => runtime.eventCursorNow(),
    () => runtime.subscribeEvents(cursor),
    () => runtime.subscribeEvents(),
  ]) {
    thrown(call, "runtime_closed");
  }
  for (const call of [
    () => runtime.createWorker(),
    () => runtime.createWorker(null),
    () => runtime.sendInput(workerRef, user("x")),
    () => runtime.sendInput(),
    () => runtime.recordOutput(workerRef, { kind: "tool", content: "x" }),
    () => runtime.stopWorker(workerRef),
    () => runtime.cancelWorker(workerRef),
    () => runtime.stopRuntime(),
    () => runtime.transcriptProjection(workerRef, { start: 0, limit: 0 }),
    () => runtime.transcriptProjection(),
    () => runtime.readEvents(cursor, 0),
    () => runtime.readEvents(),
    () => runtime.exportLines()[Symbol.asyncIterator]().next(),
  ]) {
    await rejection(call, "runtime_closed");
  }
});
