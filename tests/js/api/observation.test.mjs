import assert from "node:assert/strict";
import { test } from "node:test";
import { allEvents, openRuntime, rejection, user } from "./support.mjs";

const MAX = Number.MAX_SAFE_INTEGER;

async function filled(t, options, entries = 10) {
  const runtime = await openRuntime(t, options);
  const { workerRef } = await runtime.createWorker();
  await Promise.all(Array.from({ length: entries }, (_, i) => runtime.sendInput(workerRef, user(`${i}`))));
  return { runtime, workerRef, at: (nextEventId) => ({ runtimeId: runtime.runtimeId, nextEventId }) };
}

test("a fresh runtime has one event", async (t) => {
  const runtime = await openRuntime(t);
  const [event, ...rest] = await allEvents(runtime);
  assert.deepEqual(rest, []);
  const { recordedAt, ...started } = event;
  assert.deepEqual(started, { id: 1, kind: "runtime_started", message: "runtime started" });
  assert.ok(Math.abs(recordedAt - Date.now()) < 60_000);
  assert.deepEqual(runtime.eventCursorFromStart(), { runtimeId: runtime.runtimeId, nextEventId: 1 });
  assert.deepEqual(runtime.eventCursorNow(), { runtimeId: runtime.runtimeId, nextEventId: 2 });
});

test("readEvents gives what follows the cursor, and the cursor to go on with", async (t) => {
  const { runtime, at } = await filled(t);
  for (let next = 0; next <= 14; next++) {
    for (const limit of [0, 1, 5, 12, 100]) {
      const batch = await runtime.readEvents(at(next), limit);
      const first = Math.max(1, next);
      const count = Math.max(0, Math.min(limit, 13 - first));
      assert.deepEqual(Object.keys(batch).sort(), ["cursor", "events", "hasMore", "runtimeId"]);
      assert.equal(batch.runtimeId, runtime.runtimeId);
      assert.deepEqual(
        batch.events.map((event) => event.id),
        Array.from({ length: count }, (_, i) => first + i),
      );
      assert.deepEqual(batch.cursor, at(count === 0 ? next : first + count));
      assert.equal(batch.hasMore, first + count <= 12, `from ${next}, limit ${limit}`);
    }
  }
});

test("a cursor beyond the end is legal, and is answered once the log has come to it", async (t) => {
  const { runtime, workerRef, at } = await filled(t, {}, 0);
  for (const next of [3, 4, 1000, MAX]) {
    assert.deepEqual(await runtime.readEvents(at(next), 256), {
      runtimeId: runtime.runtimeId,
      cursor: at(next),
      events: [],
      hasMore: false,
    });
  }
  await runtime.sendInput(workerRef, user("3"));
  await runtime.sendInput(workerRef, user("4"));
  assert.deepEqual(
    (await runtime.readEvents(at(4), 256)).events.map((event) => event.id),
    [4],
  );
});

test("transcriptProjection gives pages", async (t) => {
  const { runtime, workerRef } = await filled(t);
  for (let start = 0; start <= 12; start++) {
    for (const limit of [0, 1, 4, 10, 100]) {
      const page = await runtime.transcriptProjection(workerRef, { start, limit });
      const count = Math.max(0, Math.min(limit, 10 - start));
      assert.deepEqual(
        page.items.map((item) => item.content),
        Array.from({ length: count }, (_, i) => `${start + i}`),
      );
      const expected = { workerRef, start, limit, totalItems: 10, items: page.items };
      if (start + count < 10) {
        expected.nextStart = start + count;
      }
      assert.deepEqual(page, expected, `start ${start}, limit ${limit}`);
      assert.equal("nextStart" in page, start + count < 10);
    }
  }
  const beyond = await runtime.transcriptProjection(workerRef, { start: MAX, limit: 1 });
  assert.deepEqual(beyond, { workerRef, start: MAX, limit: 1, totalItems: 10, items: [] });
});

test("the limits are 256 unless configured, and never cut silently", async (t) => {
  const { runtime, workerRef, at } = await filled(t, {}, 300);
  assert.deepEqual(runtime.summary().limits, { maxTranscriptProjectionItems: 256, maxEventBatchItems: 256 });
  assert.equal((await runtime.readEvents(at(1), 256)).events.length, 256);
  assert.equal((await runtime.transcriptProjection(workerRef, { start: 0, limit: 256 })).items.length, 256);
  for (const requested of [257, 1e6, 2 ** 32, 2 ** 32 + 1, MAX]) {
    const details = { requested, max: 256 };
    await rejection(() => runtime.readEvents(at(1), requested), "limit_too_large", details);
    await rejection(
      () => runtime.transcriptProjection(workerRef, { start: 0, limit: requested }),
      "limit_too_large",
      details,
    );
  }
});

test("configured limits, each alone, from 0 to the largest integer", async (t) => {
  for (const limit of [0, -0, 1, 5, 2 ** 32, MAX]) {
    const max = limit + 0;
    const events = await filled(t, { limits: { maxEventBatchItems: limit } });
    assert.deepEqual(events.runtime.summary().limits, {
      maxTranscriptProjectionItems: 256,
      maxEventBatchItems: max,
    });
    assert.ok(!Object.is(events.runtime.summary().limits.maxEventBatchItems, -0));
    assert.equal((await events.runtime.readEvents(events.at(1), max)).events.length, Math.min(12, max));
    if (max < MAX) {
      await rejection(() => events.runtime.readEvents(events.at(1), max + 1), "limit_too_large", {
        requested: max + 1,
        max,
      });
    }
    const entries = await filled(t, { limits: { maxTranscriptProjectionItems: limit } });
    assert.deepEqual(entries.runtime.summary().limits, {
      maxTranscriptProjectionItems: max,
      maxEventBatchItems: 256,
    });
    const page = await entries.runtime.transcriptProjection(entries.workerRef, { start: 0, limit: max });
    assert.equal(page.items.length, Math.min(10, max));
    if (max < MAX) {
      const query = { start: 0, limit: max + 1 };
      await rejection(
        () => entries.runtime.transcriptProjection(entries.workerRef, query),
        "limit_too_large",
        { max },
      );
    }
  }
});

test("a page is as long as was asked for, however long that is", async (t) => {
  const limits = { maxEventBatchItems: MAX, maxTranscriptProjectionItems: MAX };
  const runtime = await openRuntime(t, { limits });
  const { workerRef } = await runtime.createWorker();
  const count = 140_000;
  for (let at = 1; at <= count; at++) {
    await runtime.recordOutput(workerRef, { kind: "tool", content: `${at}` });
  }
  const start = 3;
  const page = await runtime.transcriptProjection(workerRef, { start, limit: MAX });
  assert.deepEqual([page.items.length, page.totalItems, page.nextStart], [count - start, count, undefined]);
  assert.ok(
    page.items.every(({ sequence, content }, at) => sequence === at + 4 && content === `${sequence}`),
  );
  const part = await runtime.transcriptProjection(workerRef, { start, limit: 70_000 });
  assert.deepEqual([part.items.length, part.nextStart], [70_000, 70_003]);
  assert.equal(part.items.at(-1).content, "70003");
  const batch = await runtime.readEvents(runtime.eventCursorFromStart(), MAX);
  assert.deepEqual([batch.events.length, batch.hasMore], [count + 2, false]);
  assert.ok(batch.events.every(({ id }, at) => id === at + 1));
  const few = await runtime.readEvents(runtime.eventCursorFromStart(), 70_000);
  assert.deepEqual([few.events.length, few.hasMore, few.cursor.nextEventId], [70_000, true, 70_001]);
});

test("with a limit of 0 a subscription still hands out everything", async (t) => {
  const { runtime } = await filled(t, { limits: { maxEventBatchItems: 0, maxTranscriptProjectionItems: 0 } });
  const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
  for (let id = 1; id <= 12; id++) {
    assert.equal((await subscription.next()).value.id, id);
  }
});

test("the summary counts and tells the settings", async (t) => {
  const runtime = await openRuntime(t, { runtimeId: "id", displayName: " shown \u{1f600}" });
  const workers = await Promise.all(
    [1, 2, 3, 4].map(() => runtime.createWorker({ configBundle: { id: "b" } })),
  );
  await runtime.stopWorker(workers[0].workerRef);
  await runtime.cancelWorker(workers[1].workerRef);
  await runtime.cancelWorker(workers[2].workerRef);
  assert.deepEqual(runtime.summary(), {
    runtimeId: "id",
    displayName: " shown \u{1f600}",
    backend: "memory",
    status: "running",
    workerCount: 4,
    activeWorkerCount: 1,
    stoppedWorkerCount: 1,
    cancelledWorkerCount: 2,
    diagnosticCount: 4,
    limits: { maxTranscriptProjectionItems: 256, maxEventBatchItems: 256 },
  });
  assert.ok(!("displayName" in (await openRuntime(t)).summary()));
});

test("results are fresh plain objects with own enumerable properties", async (t) => {
  const { runtime, workerRef, at } = await filled(t);
  const results = {
    summary: () => runtime.summary(),
    diagnostics: () => runtime.diagnostics(),
    listWorkers: () => runtime.listWorkers(),
    workerDetail: () => runtime.workerDetail(workerRef),
    cursor: () => runtime.eventCursorNow(),
    start: () => runtime.eventCursorFromStart(),
    page: () => runtime.transcriptProjection(workerRef, { start: 0, limit: 5 }),
    batch: () => runtime.readEvents(at(1), 5),
    event: async () => (await runtime.subscribeEvents(at(2)).next()).value,
    subscriptionCursor: () => runtime.subscribeEvents(at(2)).cursor,
    ack: async () => ({
      ...(await runtime.sendInput(workerRef, user("x"))),
      transcriptSequence: 0,
      eventId: 0,
    }),
  };
  for (const [name, read] of Object.entries(results)) {
    const value = await read();
    const copy = structuredClone(value);
    assert.deepEqual(JSON.parse(JSON.stringify(value)), copy, `${name} is plain, with nothing absent in it`);
    spoil(value);
    assert.notDeepEqual(value, copy);
    assert.deepEqual(await read(), copy, `${name} is fresh`);
  }
});

/** Changes every property of a plain value, which shows that it is neither frozen nor shared. */
function spoil(value) {
  const prototype = Object.getPrototypeOf(value);
  assert.ok(prototype === Object.prototype || prototype === Array.prototype);
  for (const key of Reflect.ownKeys(value).filter((key) => !(Array.isArray(value) && key === "length"))) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    assert.ok(descriptor.enumerable && descriptor.writable && descriptor.configurable, String(key));
    assert.notEqual(descriptor.value, undefined);
    assert.notEqual(descriptor.value, null);
    if (typeof descriptor.value === "object") {
      spoil(descriptor.value);
    }
    value[key] = "spoilt";
  }
  if (Array.isArray(value)) {
    value.push("spoilt");
  } else {
    value.spoilt = true;
  }
}

test("recordedAt is the host's clock and orders nothing", async (t) => {
  const realNow = Date.now;
  t.after(() => {
    Date.now = realNow;
  });
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const times = [5_000_000_000_000, 1, 0, 1_600_000_000_000];
  for (const time of times) {
    Date.now = () => time;
    await runtime.sendInput(workerRef, user("x"));
  }
  Date.now = realNow;
  const events = (await allEvents(runtime)).slice(2);
  assert.deepEqual(
    events.map((event) => event.recordedAt),
    times,
  );
  assert.deepEqual(
    events.map((event) => event.id),
    [3, 4, 5, 6],
  );
});
