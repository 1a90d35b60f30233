import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { crc32 } from "./crc32.mjs";
import { allEvents, assertRefusal, openRuntime, user } from "./support.mjs";

async function collect(lines) {
  const all = [];
  for await (const line of lines) {
    assert.equal(typeof line, "string");
    assert.ok(!line.includes("\n"), "a line is a line");
    all.push(line);
  }
  return all;
}

async function conversation(t, entries = 600) {
  const runtime = await openRuntime(t, { displayName: "shown" });
  const workers = [
    await runtime.createWorker({
      intent: { kind: "task", objective: "line\nbreak\u2028" },
      configBundle: { id: "b" },
    }),
    await runtime.createWorker({ requestedCapabilities: [{ name: "c", reason: "" }] }),
    await runtime.createWorker(),
  ];
  await Promise.all(
    Array.from({ length: entries }, (_, i) =>
      i % 2 === 0
        ? runtime.sendInput(workers[i % 3].workerRef, user(`in ${i} \u{1f600}\n`))
        : runtime.recordOutput(workers[i % 3].workerRef, { kind: "tool", content: `out ${i}` }),
    ),
  );
  await runtime.stopWorker(workers[0].workerRef, "", { operationId: "stop" });
  await runtime.cancelWorker(workers[1].workerRef);
  return { runtime, workers };
}

test("the export tells everything that can be read", async (t) => {
  const { runtime } = await conversation(t);
  await runtime.stopRuntime();
  const lines = await collect(runtime.exportLines());
  const [header, ...rest] = lines.map((line) => JSON.parse(line));
  const trailer = rest.pop();
  const { runtimeId } = runtime;
  assert.deepEqual(header, {
    type: "header",
    format: "worker-runtime-export",
    version: 1,
    runtimeId,
    displayName: "shown",
    limits: { maxTranscriptProjectionItems: 256, maxEventBatchItems: 256 },
  });
  const events = rest.filter((line) => line.type === "event");
  const ref = (workerId) => (workerId === undefined ? {} : { workerRef: { runtimeId, workerId } });
  assert.deepEqual(
    events.map(({ id, kind, message, recordedAt, workerId }) => ({
      id,
      kind,
      message,
      ...ref(workerId),
      recordedAt,
    })),
    await allEvents(runtime),
  );
  assert.deepEqual(
    rest
      .filter((line) => line.type === "diagnostic")
      .map(({ type, workerId, ...line }) => ({ ...line, ...ref(workerId) })),
    runtime.diagnostics(),
  );
  for (const { workerRef } of runtime.listWorkers()) {
    const own = events.filter((event) => event.workerId === workerRef.workerId);
    const detail = runtime.workerDetail(workerRef);
    for (const [key, value] of Object.entries(own[0].request)) {
      assert.deepEqual(value, detail[key], key);
    }
    const { items } = await runtime.transcriptProjection(workerRef, { start: 0, limit: 256 });
    assert.deepEqual(
      own
        .filter((event) => event.entry)
        .map(({ id, recordedAt, entry }) => ({ ...entry, workerRef, eventId: id, recordedAt })),
      items,
    );
  }
  const [operation, ...others] = rest.filter((line) => line.type === "operation");
  assert.deepEqual(others, []);
  assert.match(operation.key, /^[0-9a-f]{32}$/);
  assert.match(operation.fingerprint, /^[0-9a-f]{16}$/);
  const stopped = events.find((event) => event.kind === "worker_stopped");
  assert.deepEqual(
    [operation.kind, operation.eventId, operation.workerId],
    ["worker_stopped", stopped.id, stopped.workerId],
  );
  assert.deepEqual(trailer, {
    type: "trailer",
    events: events.length,
    workers: 3,
    entries: 600,
    diagnostics: runtime.diagnostics().length,
    operations: 1,
    crc32: crc32(
      lines
        .slice(0, -1)
        .map((line) => `${line}\n`)
        .join(""),
    ),
  });
});

test("is the state at the first next, whatever happens meanwhile", async (t) => {
  const { runtime, workers } = await conversation(t, 300);
  const lines = runtime.exportLines();
  const late = await runtime.sendInput(workers[2].workerRef, user("before the first next"));
  const iterator = lines[Symbol.asyncIterator]();
  const seen = [(await iterator.next()).value];
  await runtime.sendInput(workers[2].workerRef, user("after the first next"));
  await runtime.createWorker();
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
    seen.push(step.value);
    if (seen.length % 50 === 0) {
      await runtime.sendInput(workers[2].workerRef, user("during"));
    }
  }
  const parsed = seen.map((line) => JSON.parse(line));
  const events = parsed.filter((line) => line.type === "event");
  assert.equal(events.at(-1).id, late.eventId);
  assert.equal(events.at(-1).entry.content, "before the first next");
  assert.ok(events.filter((event) => event.kind.startsWith("worker_input")).every((event) => event.entry));
  assert.deepEqual([parsed.at(-1).workers, parsed.at(-1).events], [3, late.eventId]);
  assert.ok(parsed.every((line) => line.type !== "diagnostic" || line.workerId <= "worker-00000003"));
});

test("an abort rejects with the signal's reason as cause, then it is done", async (t) => {
  const { runtime } = await conversation(t, 10);
  const controller = new AbortController();
  const iterator = runtime.exportLines({ signal: controller.signal })[Symbol.asyncIterator]();
  await iterator.next();
  const reason = new Error("enough");
  controller.abort(reason);
  const error = await iterator.next().catch((caught) => caught);
  assertRefusal(error, "storage_failed");
  assert.equal(error.cause, reason);
  assert.equal((await iterator.next()).done, true);
  const before = runtime.exportLines({ signal: AbortSignal.abort() })[Symbol.asyncIterator]();
  assertRefusal(await before.next().catch((caught) => caught), "storage_failed");
});

test("close in the middle ends it with runtime_closed", async () => {
  const runtime = await Runtime.create();
  await runtime.createWorker();
  const iterator = runtime.exportLines()[Symbol.asyncIterator]();
  await iterator.next();
  await runtime.close();
  assertRefusal(await iterator.next().catch((caught) => caught), "runtime_closed");
});

test("an empty runtime, and a consumer that leaves early", async (t) => {
  const runtime = await openRuntime(t);
  const lines = (await collect(runtime.exportLines())).map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => line.type),
    ["header", "event", "trailer"],
  );
  for await (const line of runtime.exportLines()) {
    assert.equal(JSON.parse(line).type, "header");
    break;
  }
});
