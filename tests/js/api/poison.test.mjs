import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { inFreshProcess } from "./fresh-process.mjs";
import { assertRefusal, openRuntime, rejection, thrown, trapModule, user } from "./support.mjs";

test("after a trap every handle answers runtime_poisoned, but for runtimeId and close", async () => {
  const runtimes = [await Runtime.create({ runtimeId: "one" }), await Runtime.create({ runtimeId: "two" })];
  const refs = await Promise.all(runtimes.map(async (runtime) => (await runtime.createWorker()).workerRef));
  const cursors = runtimes.map((runtime) => runtime.eventCursorNow());
  const error = await trapModule();
  assertRefusal(error, "runtime_poisoned");
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
  for (const [i, runtime] of runtimes.entries()) {
    assert.equal(runtime.runtimeId, ["one", "two"][i]);
    for (const call of [
      () => runtime.status(),
      () => runtime.summary(),
      () => runtime.diagnostics(),
      () => runtime.listWorkers(),
      () => runtime.workerDetail(refs[i]),
      () => runtime.eventCursorFromStart(),
      () => runtime.eventCursorNow(),
      () => runtime.subscribeEvents(cursors[i]),
    ]) {
      thrown(call, "runtime_poisoned");
    }
    for (const call of [
      () => runtime.createWorker(),
      () => runtime.sendInput(refs[i], user("x")),
      () => runtime.recordOutput(refs[i], { kind: "tool", content: "x" }),
      () => runtime.stopWorker(refs[i]),
      () => runtime.cancelWorker(refs[i]),
      () => runtime.stopRuntime(),
      () => runtime.transcriptProjection(refs[i], { start: 0, limit: 1 }),
      () => runtime.readEvents(cursors[i], 1),
      () => runtime.exportLines()[Symbol.asyncIterator]().next(),
    ]) {
      await rejection(call, "runtime_poisoned");
    }
    await runtime.close();
    await runtime.close();
    thrown(() => runtime.status(), "runtime_closed");
  }
});

test("a new create works, beside the handles that are poisoned", async (t) => {
  const poisoned = await Runtime.create();
  await trapModule();
  const fresh = await openRuntime(t);
  const { workerRef } = await fresh.createWorker();
  assert.equal((await fresh.sendInput(workerRef, user("x"))).eventId, 3);
  thrown(() => poisoned.status(), "runtime_poisoned");
  const again = await openRuntime(t);
  assert.equal(again.status(), "running");
  await poisoned.close();
  assert.equal(fresh.summary().workerCount, 1);
});

test("undecided mutations have the outcome unknown", async () => {
  const runtime = await Runtime.create();
  const { workerRef } = await runtime.createWorker();
  const { moduleInstance } = await import(
    new URL("../core/loader.js", import.meta.resolve("worker-runtime")).href
  );
  const instance = await moduleInstance();
  const calls = [
    rejection(() => runtime.createWorker(), "runtime_poisoned", { outcome: "unknown" }),
    rejection(() => runtime.sendInput(workerRef, user("x")), "runtime_poisoned", { outcome: "unknown" }),
    rejection(() => runtime.stopRuntime(), "runtime_poisoned", { outcome: "unknown" }),
  ];
  try {
    instance.boundary.__test_trap();
    assert.fail("no trap");
  } catch (error) {
    instance.failure(error);
  }
  await Promise.all(calls);
  await runtime.close();
});

test("a trap in the middle of a commit: undecided mutations are unknown, and nothing hangs", async () => {
  const runtime = await Runtime.create();
  const { workerRef } = await runtime.createWorker();
  const { moduleInstance } = await import(
    new URL("../core/loader.js", import.meta.resolve("worker-runtime")).href
  );
  const instance = await moduleInstance();
  const { merge } = instance.boundary;
  instance.boundary.merge = () => instance.boundary.__test_trap();
  const calls = Array.from({ length: 600 }, (_, i) =>
    rejection(() => runtime.sendInput(workerRef, user("x"), { operationId: `${i}` }), "runtime_poisoned", {
      outcome: "unknown",
    }),
  );
  await Promise.all(calls);
  instance.boundary.merge = merge;
  thrown(() => runtime.status(), "runtime_poisoned");
  await runtime.close();
});

test("runtimes that are dropped without close are freed, but not in a module that has trapped", () =>
  inFreshProcess(
    `
    const { Runtime } = await import("worker-runtime");
    const { moduleInstance } = await import(new URL("../core/loader.js", import.meta.resolve("worker-runtime")).href);
    const instance = await moduleInstance();
    const freed = [];
    const { close_handle } = instance.boundary;
    instance.boundary.close_handle = (handle) => {
      freed.push(handle);
      close_handle(handle);
    };
    const used = await Runtime.create();
    const subscribed = (await Runtime.create()).subscribeEvents;
    let subscription;
    await (async () => {
      const dropped = await Runtime.create();
      subscription = dropped.subscribeEvents(dropped.eventCursorFromStart());
      for (let i = 0; i < 100; i++) {
        const runtime = await Runtime.create();
        await runtime.createWorker();
        runtime.subscribeEvents(runtime.eventCursorNow()).next();
      }
    })();
    for (let i = 0; i < 20 && freed.length < 90; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(freed.length >= 90, \`\${freed.length} freed\`);
    assert.equal(new Set(freed).size, freed.length);
    assert.equal(used.status(), "running");
    assert.equal((await subscription.next()).value.kind, "runtime_started", "a subscription keeps its runtime");
    const before = freed.length;
    await (async () => {
      for (let i = 0; i < 20; i++) {
        await Runtime.create();
      }
      try {
        instance.boundary.__test_trap();
      } catch (error) {
        instance.failure(error);
      }
    })();
    for (let i = 0; i < 5; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(freed.length, before);
  `,
    ["--expose-gc"],
  ));
