import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { allEvents, internal, openRuntime, rejection, user } from "./support.mjs";

const MIB = 1024 * 1024;

/** Lets the memory of the instance in which runtimes are made grow to `gibibytes`, as if it were in use. */
async function fill(gibibytes) {
  const { moduleInstance } = await internal("core/loader.js");
  const { memory } = (await moduleInstance()).exchange;
  memory.grow(gibibytes * 16 * 1024 - memory.buffer.byteLength / 65_536);
}

/** Whenever it grows, engines make a new buffer of all of it, and soon collect garbage for that. */
test("a large memory grows by large steps: of many open runtimes, one more costs as much as before", async () => {
  const { moduleInstance } = await internal("core/loader.js");
  const { memory } = (await moduleInstance()).exchange;
  const sizes = new Set();
  const open = [];
  while (memory.buffer.byteLength < 64 * MIB) {
    open.push(await Runtime.create());
    if (memory.buffer.byteLength > 16 * MIB) {
      sizes.add(memory.buffer.byteLength);
    }
  }
  await Promise.all(open.map((runtime) => runtime.close()));
  assert.ok(open.length > 4_000 && sizes.size < 100, `${sizes.size} sizes at ${open.length} runtimes`);
});

test("a full module refuses mutations and goes on reading; a new runtime has room", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, user("executed"));
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 1);
  await fill(3.6);
  for (const call of [
    () => runtime.createWorker(),
    () => runtime.sendInput(workerRef, user("x"), { operationId: "op" }),
    () => runtime.recordOutput(workerRef, { kind: "tool", content: "x" }, { operationId: "other" }),
  ]) {
    await rejection(call, "storage_failed", { outcome: "not_applied" });
  }
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 1);
  const { items } = await runtime.transcriptProjection(workerRef, { start: 0, limit: 1 });
  assert.equal(items[0].content, "executed");
  assert.equal((await allEvents(runtime)).length, 3);
  assert.equal((await runtime.stopWorker(workerRef)).status, "stopped");
  const next = await openRuntime(t);
  assert.equal((await next.createWorker()).workerId, "worker-00000001");
});

test("in a crowded module nothing is answered before it is executed, in any runtime", async (t) => {
  const runtimes = [await openRuntime(t), await openRuntime(t)];
  const [ref, other] = await Promise.all(
    runtimes.map(async (runtime) => (await runtime.createWorker()).workerRef),
  );
  assert.equal((await runtimes[0].sendInput(ref, user("ahead"))).eventId, 3);
  await fill(1.1);
  assert.equal((await runtimes[1].createWorker()).workerId, "worker-00000002");
  const calls = [runtimes[0].sendInput(ref, user("queued")), runtimes[1].sendInput(other, user("queued"))];
  assert.equal(runtimes[0].workerDetail(ref).transcriptLen, 1);
  assert.equal(runtimes[1].workerDetail(other).transcriptLen, 0);
  assert.deepEqual(
    (await Promise.all(calls)).map((ack) => ack.transcriptSequence),
    [2, 1],
  );
});

test("a page of long texts is whole", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const contents = Array.from({ length: 7 }, (_, i) => `${i}`.repeat(6 * 1024 * 1024));
  await Promise.all(contents.map((content) => runtime.sendInput(workerRef, user(content))));
  for (const limit of [7, 8, 256]) {
    const page = await runtime.transcriptProjection(workerRef, { start: 0, limit });
    assert.ok(page.items.every((item, i) => item.content === contents[i]));
    assert.equal(page.items.length, 7);
    assert.ok(!("nextStart" in page));
  }
  const part = await runtime.transcriptProjection(workerRef, { start: 1, limit: 5 });
  assert.deepEqual([part.items.length, part.nextStart, part.totalItems], [5, 6, 7]);
  const reasons = contents.slice(0, 4);
  for (const reason of reasons) {
    await runtime.stopWorker((await runtime.createWorker()).workerRef, reason);
  }
  const batch = await runtime.readEvents({ runtimeId: runtime.runtimeId, nextEventId: 10 }, 8);
  assert.equal(batch.events.length, 8);
  const messages = batch.events
    .filter((event) => event.kind === "worker_stopped")
    .map((event) => event.message);
  assert.ok(messages.every((message, i) => message === reasons[i]) && messages.length === 4);
});
