import assert from "node:assert/strict";
import { test } from "node:test";
import { allEvents, everything, openRuntime, rejection } from "./support.mjs";

const METHODS = { user: "sendInput", system: "sendInput", assistant: "recordOutput", tool: "recordOutput" };
const EVENTS = {
  sendInput: ["worker_input_accepted", "worker input accepted"],
  recordOutput: ["worker_output_recorded", "worker output recorded"],
};

test("each kind appends one entry and one event, and acknowledges both", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  let sequence = 0;
  for (const [kind, method] of Object.entries(METHODS)) {
    sequence += 1;
    const before = Date.now();
    const ack = await runtime[method](workerRef, { kind, content: `said by ${kind}` });
    assert.deepEqual(ack, {
      workerRef,
      status: "running",
      transcriptSequence: sequence,
      eventId: 2 + sequence,
    });
    const [event] = (await runtime.readEvents({ runtimeId: runtime.runtimeId, nextEventId: ack.eventId }, 1))
      .events;
    const { recordedAt, ...rest } = event;
    const [eventKind, message] = EVENTS[method];
    assert.deepEqual(rest, { id: ack.eventId, kind: eventKind, message, workerRef });
    assert.ok(Number.isInteger(recordedAt) && recordedAt >= before && recordedAt <= Date.now());
    const { items } = await runtime.transcriptProjection(workerRef, { start: sequence - 1, limit: 1 });
    assert.deepEqual(items, [
      { sequence, workerRef, role: kind, content: `said by ${kind}`, eventId: ack.eventId, recordedAt },
    ]);
  }
});

test("sequences count per Worker, event ids per runtime", async (t) => {
  const runtime = await openRuntime(t);
  const workers = await Promise.all([1, 2, 3].map(() => runtime.createWorker()));
  const calls = [];
  for (let i = 0; i < 30; i++) {
    calls.push(runtime.sendInput(workers[i % 3].workerRef, { kind: "user", content: `${i}` }));
  }
  const acks = await Promise.all(calls);
  assert.deepEqual(
    acks.map((ack) => ack.transcriptSequence),
    acks.map((_, i) => Math.floor(i / 3) + 1),
  );
  assert.deepEqual(
    acks.map((ack) => ack.eventId),
    acks.map((_, i) => 5 + i),
  );
});

test("contents come back unchanged", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const contents = [
    "plain",
    "  spaces around  ",
    "\ufeffbyte order mark",
    "\ufeff",
    "a\0b",
    "\u{1f600}\u{10ffff}\ue000\uffff",
    "é".repeat(1000),
    "mixed ascii, zwölf, \u4e09, \u{1f680}",
    "line\r\nline\nline\u2028line",
    "x",
    JSON.stringify({ a: ["\u2029"] }),
    "y".repeat(100_000),
    "\u{1f600}".repeat(50_000),
  ];
  await Promise.all(contents.map((content) => runtime.sendInput(workerRef, { kind: "user", content })));
  for (const content of contents) {
    await runtime.recordOutput(workerRef, { kind: "tool", content });
  }
  const { items } = await runtime.transcriptProjection(workerRef, { start: 0, limit: 256 });
  assert.deepEqual(
    items.map((item) => item.content),
    [...contents, ...contents],
  );
});

test("contents of many megabytes, alone and among others", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const largest = "x".repeat(16 * 1024 * 1024);
  const wide = "\u4e09".repeat(Math.floor((16 * 1024 * 1024) / 3));
  const contents = ["a", largest, "b", wide, "c".repeat(700_000), "d".repeat(700_000), "e"];
  const acks = await Promise.all(
    contents.map((content) => runtime.sendInput(workerRef, { kind: "user", content })),
  );
  assert.deepEqual(
    acks.map((ack) => ack.transcriptSequence),
    [1, 2, 3, 4, 5, 6, 7],
  );
  for (const [start, content] of contents.entries()) {
    const { items } = await runtime.transcriptProjection(workerRef, { start, limit: 1 });
    assert.ok(items[0].content === content, `content ${start}`);
  }
});

test("a blank content is refused, by the White_Space of Unicode", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const before = await everything(runtime);
  for (const content of [
    "",
    " ",
    "\t\n\v\f\r",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2000\u200a",
    "\u2028\u2029",
    "\u202f\u205f\u3000",
  ]) {
    for (const [kind, method] of Object.entries(METHODS)) {
      const error = await rejection(() => runtime[method](workerRef, { kind, content }), "invalid_request", {
        path: "content",
      });
      assert.match(error.message, /content/);
    }
  }
  assert.deepEqual(await everything(runtime), before);
  for (const content of ["\ufeff", "\u200b", "\u180e", "\u2060", "\x1f", "\0"]) {
    await runtime.sendInput(workerRef, { kind: "user", content });
  }
});

test("a kind of the other method, or of none, is refused", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  for (const method of ["sendInput", "recordOutput"]) {
    for (const kind of [
      ...Object.keys(METHODS).filter((kind) => METHODS[kind] !== method),
      "",
      "User",
      "__proto__",
      0,
      null,
      undefined,
      {},
      ["user"],
      new String("user"),
    ]) {
      await rejection(() => runtime[method](workerRef, { kind, content: "x" }), "invalid_request", {
        path: "kind",
      });
    }
    await rejection(() => runtime[method](workerRef, { content: "x" }), "invalid_request", { path: "kind" });
  }
});

test("a refused call leaves no trace: no entry, no event, no id used", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, { kind: "user", content: "1" });
  const before = await everything(runtime);
  const refused = [
    () => runtime.sendInput(workerRef, { kind: "user", content: " " }),
    () => runtime.sendInput(workerRef, { kind: "tool", content: "x" }),
    () => runtime.sendInput(workerRef, { kind: "user", content: "x", extra: 1 }),
    () => runtime.sendInput({ ...workerRef, workerId: "worker-00000009" }, { kind: "user", content: "x" }),
    () => runtime.recordOutput({ ...workerRef, runtimeId: "other" }, { kind: "tool", content: "x" }),
    () => runtime.createWorker({ profile: { kind: "named", value: "" } }),
  ];
  const outcomes = await Promise.allSettled(refused.map((call) => call()));
  assert.ok(outcomes.every((outcome) => outcome.status === "rejected"));
  assert.deepEqual(await everything(runtime), before);
  const ack = await runtime.sendInput(workerRef, { kind: "user", content: "2" });
  assert.deepEqual([ack.transcriptSequence, ack.eventId], [2, 4]);
});

test("more calls at once than one commit takes, refusals among them", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const calls = [];
  for (let i = 0; i < 3000; i++) {
    calls.push(runtime.sendInput(workerRef, { kind: "user", content: i % 7 === 3 ? " " : `${i}\u{1f600}` }));
  }
  const outcomes = await Promise.allSettled(calls);
  let sequence = 0;
  for (const [i, outcome] of outcomes.entries()) {
    if (i % 7 === 3) {
      assert.equal(outcome.reason.code, "invalid_request");
    } else {
      sequence += 1;
      assert.equal(outcome.value.transcriptSequence, sequence);
    }
  }
  const events = await allEvents(runtime);
  assert.deepEqual(
    events.map((event) => event.id),
    events.map((_, i) => i + 1),
  );
  assert.equal(events.length, 2 + sequence);
});

test("a Worker can be spoken to in the same turn in which it is created", async (t) => {
  const runtime = await openRuntime(t);
  const workerRef = { runtimeId: runtime.runtimeId, workerId: "worker-00000001" };
  const early = rejection(
    () => runtime.sendInput(workerRef, { kind: "user", content: "x" }),
    "worker_not_found",
  );
  const created = runtime.createWorker();
  const ack = runtime.sendInput(workerRef, { kind: "user", content: "x" });
  const stop = runtime.stopWorker(workerRef);
  await early;
  assert.deepEqual((await created).workerRef, workerRef);
  assert.equal((await ack).eventId, 3);
  assert.equal((await stop).eventId, 4);
});

test("long contents of any script come back as they were given", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const units = 1024 * 1024 + 7;
  const texts = [
    "a".repeat(units),
    `${"a".repeat(units)}é`,
    `é${"a".repeat(units)}`,
    `${"a".repeat(units)}\u{1f600}`,
    "é".repeat(units),
    "字".repeat(units),
    "\u{1f600}".repeat(units / 2),
    "aé字\u{1f600}".repeat(units / 5),
    "a".repeat(5 * units),
    "short",
  ];
  for (const round of [1, 2]) {
    for (const [at, content] of texts.entries()) {
      // With an operation id it crosses to the core.
      const options = { operationId: `${round} ${at}` };
      const ack = await runtime.sendInput(workerRef, { kind: "user", content }, options);
      const query = { start: ack.transcriptSequence - 1, limit: 1 };
      const { items } = await runtime.transcriptProjection(workerRef, query);
      assert.ok(items[0].content === content, `text ${at}, round ${round}`);
    }
  }
});
