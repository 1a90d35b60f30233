/** SPEC 6, "Export, import, inspection". */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import {
  contents,
  deferred,
  everything,
  idle,
  loss,
  open,
  pause,
  planned,
  quota,
  regrouped,
  rejection,
  says,
  snapshot,
  until,
  watched,
} from "./support.mjs";

async function linesOf(view) {
  const lines = [];
  for await (const line of view.exportLines()) {
    lines.push(line);
  }
  return lines;
}

/** A runtime with something of everything. */
async function original(t, { rounds = 2 } = {}) {
  let reports = 0;
  const plan = { head: (_argument, next) => (reports-- > 0 ? Promise.reject(loss()) : next()) };
  const storage = planned(plan);
  const limits = { maxTranscriptProjectionItems: 300, maxEventBatchItems: 400 };
  let runtime = await Runtime.open({ storage, runtimeId: "r", displayName: "Ursprung", limits });
  const { workerRef: first } = await runtime.createWorker({
    intent: { kind: "role", role: "clerk", purpose: "" },
    profile: { kind: "named", value: "p" },
    configBundle: { id: "b" },
    requestedCapabilities: [{ name: "c" }, { name: "d", reason: "" }],
    workspaceRefs: [{ name: "w", reference: "" }],
    mountRefs: [{ name: "m", reference: "x" }],
  });
  const { workerRef: second } = await runtime.createWorker(undefined, { operationId: "create" });
  await runtime.close();
  reports = 1;
  runtime = await open(t, storage, { acceptLoss: true });
  for (let i = 0; i < rounds; i++) {
    await Promise.all(
      Array.from({ length: 150 }, (_, n) =>
        runtime.sendInput(n % 2 ? first : second, says(`${i}/${n} ${"é\u0000\u2028𝕏".repeat(50)}`), {
          operationId: `say ${i}/${n}`,
        }),
      ),
    );
  }
  await runtime.recordOutput(first, { kind: "tool", content: "long ".repeat(30_000) });
  await runtime.stopWorker(first, "", { operationId: "stop" });
  const { workerRef: third } = await runtime.createWorker();
  await runtime.cancelWorker(third);
  return { runtime, storage, first, second };
}

test("event ids, times, status, diagnostics and operation receipts survive", async (t) => {
  const { runtime, second } = await original(t);
  const lines = await linesOf(runtime);
  const target = memoryStorage();
  assert.equal(await Runtime.importLines(target, lines), "r");
  const copy = await open(t, target);
  assert.deepEqual(await everything(copy), await everything(runtime));
  assert.ok(copy.diagnostics().some(({ code }) => code === "storage.loss_accepted"));
  assert.deepEqual(await linesOf(copy), lines);
  const again = await copy.sendInput(second, says(`1/100 ${"é\u0000\u2028𝕏".repeat(50)}`), {
    operationId: "say 1/100",
  });
  assert.deepEqual(
    again,
    await runtime.sendInput(second, says(`1/100 ${"é\u0000\u2028𝕏".repeat(50)}`), {
      operationId: "say 1/100",
    }),
  );
  await rejection(
    () => copy.sendInput(second, says("other"), { operationId: "say 1/100" }),
    "operation_conflict",
  );
  await copy.sendInput(second, says("goes on"));
  assert.equal(copy.summary().displayName, "Ursprung");
});

test("a stopped runtime stays stopped", async (t) => {
  const { runtime } = await original(t, { rounds: 0 });
  await runtime.stopRuntime();
  const target = memoryStorage();
  await Runtime.importLines(target, await linesOf(runtime));
  const copy = await open(t, target);
  assert.equal(copy.status(), "stopped");
  assert.deepEqual(await everything(copy), await everything(runtime));
});

test("a memory-backed runtime, an open view and a stream of either kind can be imported from", async (t) => {
  const memory = await Runtime.create({ runtimeId: "m" });
  await memory.createWorker();
  const target = memoryStorage();
  assert.equal(await Runtime.importLines(target, memory.exportLines()), "m");
  const view = await Runtime.inspect(target, "m");
  const other = memoryStorage();
  await Runtime.importLines(other, view.exportLines());
  await view.close();
  const { summary, ...rest } = await everything(await open(t, other, { runtimeId: "m" }));
  const { summary: original, ...expected } = await everything(memory);
  assert.deepEqual(rest, expected);
  assert.deepEqual(
    { ...summary, backend: "memory", durability: undefined },
    { ...original, durability: undefined },
  );
  await memory.close();
});

test("lines with line feeds, and an empty one at the end, are taken as well", async (t) => {
  const { runtime } = await original(t, { rounds: 0 });
  const text = `${(await linesOf(runtime)).join("\n")}\n`;
  await Runtime.importLines(memoryStorage(), text.split("\n"));
  await Runtime.importLines(memoryStorage(), text.match(/.*\n/gu));
});

test("both directions stream: a history larger than any cache, never held as a whole", async (t) => {
  const storage = memoryStorage();
  const runtime = await open(t, storage, { cacheBytes: 0 });
  const { workerRef } = await runtime.createWorker();
  for (let i = 0; i < 40; i++) {
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        runtime.sendInput(workerRef, says(`${i}/${n} ${"s".repeat(1_000)}`)),
      ),
    );
  }
  let ahead = 0;
  let most = 0;
  async function* metered() {
    for await (const line of runtime.exportLines()) {
      ahead += 1;
      most = Math.max(most, ahead);
      yield line;
      ahead -= 1;
    }
  }
  const target = planned();
  await Runtime.importLines(target, metered());
  assert.equal(most, 1, "one line is under way");
  assert.ok(target.commits().length > 8, "written while it is read");
  const largest = Math.max(
    ...target.commits().map(({ ops }) => ops.reduce((sum, [, value]) => sum + (value?.length ?? 0), 0)),
  );
  assert.ok(largest <= 2.5 * 1_048_576, `${largest} bytes in one commit`);
  const copy = await open(t, target, { cacheBytes: 0 });
  assert.equal(copy.workerDetail(workerRef).transcriptLen, 8_000);
});

test("an export is the state at its first `next()`", async (t) => {
  const { runtime, second } = await original(t);
  const expected = await linesOf(runtime);
  const iterator = runtime.exportLines()[Symbol.asyncIterator]();
  const lines = [(await iterator.next()).value];
  for (let i = 0; i < 5; i++) {
    await Promise.all(
      Array.from({ length: 100 }, () => runtime.sendInput(second, says("later ".repeat(500)), {})),
    );
  }
  await runtime.createWorker(undefined, { operationId: "later" });
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
    lines.push(step.value);
  }
  assert.deepEqual(lines, expected);
});

test("an id that exists is refused, and stays as it is", async (t) => {
  const { runtime } = await original(t, { rounds: 0 });
  const lines = await linesOf(runtime);
  const target = memoryStorage();
  await (await Runtime.open({ storage: target, runtimeId: "r" })).close();
  const before = await snapshot(target);
  await rejection(() => Runtime.importLines(target, lines), "invalid_request");
  assert.deepEqual(await snapshot(target), before);
});

test("two imports of the same id at once: one wins", async (t) => {
  const { runtime } = await original(t);
  const lines = await linesOf(runtime);
  const target = memoryStorage();
  const both = await Promise.allSettled([
    Runtime.importLines(target, lines),
    Runtime.importLines(target, lines),
  ]);
  assert.ok(
    both.some(({ status }) => status === "fulfilled"),
    both.map(({ reason }) => reason?.message).join(),
  );
  assert.deepEqual(await everything(await open(t, target)), await everything(runtime));
});

/** The lines after `change(parsed lines)`, with counts and checksum made to fit where `fit`. */
async function forged(lines, change) {
  const { crc32 } = await import("../api/crc32.mjs");
  const parsed = lines.map((line) => JSON.parse(line));
  change(parsed);
  const trailer = parsed.pop();
  const body = parsed.map((line) => JSON.stringify(line));
  const count = (type) => parsed.filter((line) => line.type === type).length;
  const fitted = {
    ...trailer,
    events: count("event"),
    workers: parsed.filter((line) => line.kind === "worker_created" && line.type === "event").length,
    entries: parsed.filter((line) => line.entry !== undefined).length,
    diagnostics: count("diagnostic"),
    operations: count("operation"),
    crc32: crc32(`${body.join("\n")}\n`),
  };
  return [...body, JSON.stringify(fitted)];
}

async function refused(lines, name) {
  const target = memoryStorage();
  const error = await Runtime.importLines(target, lines).then(
    () => assert.fail(`${name} was imported`),
    (reason) => reason,
  );
  assert.equal(error.code, "invalid_request", `${name}: ${error.code} ${error.message}`);
  assert.deepEqual(await target.list(), [], `${name}: what was written is deleted`);
  assert.deepEqual((await snapshot(target)).records, [], name);
  return error;
}

test("truncated input is invalid_request, wherever it ends, and what was written is deleted", async (t) => {
  const { runtime } = await original(t, { rounds: 5 });
  const lines = await linesOf(runtime);
  for (const end of [0, 1, 2, 3, 100, 700, lines.length - 40, lines.length - 2, lines.length - 1]) {
    await refused(lines.slice(0, end), `the first ${end} lines`);
  }
});

test("a changed line is invalid_request, whatever it is", async (t) => {
  const { runtime } = await original(t);
  const lines = await linesOf(runtime);
  for (const at of [0, 1, 2, 3, 50, 200, lines.length - 30, lines.length - 1]) {
    const line = lines[at];
    const digit = line.search(/[0-8]/);
    const changed = line.slice(0, digit) + (Number(line[digit]) + 1) + line.slice(digit + 1);
    await refused(
      lines.with?.(at, changed) ?? Object.assign([...lines], { [at]: changed }),
      `line ${at + 1} changed`,
    );
    await refused([...lines.slice(0, at), ...lines.slice(at + 1)], `line ${at + 1} missing`);
    await refused([...lines.slice(0, at), line, ...lines.slice(at)], `line ${at + 1} twice`);
    await refused([...lines.slice(0, at), "{", ...lines.slice(at + 1)], `line ${at + 1} no JSON`);
  }
  await refused([...lines, lines[1]], "a line after the trailer");
});

test("lines that do not follow from each other are invalid_request, also where counts and checksum fit", async (t) => {
  const { runtime } = await original(t);
  const lines = await linesOf(runtime);
  await Runtime.importLines(memoryStorage(), await forged(lines, () => {}));
  const event = (parsed, kind) => parsed.find((line) => line.type === "event" && line.kind === kind);
  for (const [name, change] of [
    ["another format", (parsed) => (parsed[0].format = "other")],
    ["a newer version", (parsed) => (parsed[0].version = 2)],
    ["no id", (parsed) => delete parsed[0].runtimeId],
    ["a blank id", (parsed) => (parsed[0].runtimeId = " ")],
    ["an id too long", (parsed) => (parsed[0].runtimeId = "x".repeat(257))],
    ["limits of a wrong type", (parsed) => (parsed[0].limits.maxEventBatchItems = "9")],
    ["no limits", (parsed) => delete parsed[0].limits],
    ["no events", (parsed) => parsed.splice(1, parsed.length - 2)],
    ["an event without a kind", (parsed) => delete parsed[5].kind],
    ["an unknown kind", (parsed) => (parsed[5].kind = "worker_promoted")],
    ["an id out of order", (parsed) => (parsed[5].id += 1)],
    ["an id of a wrong type", (parsed) => (parsed[5].id = "5")],
    ["a time of a wrong type", (parsed) => (parsed[5].recordedAt = -1)],
    ["another message", (parsed) => (event(parsed, "worker_created").message = "other")],
    ["an unknown Worker", (parsed) => (event(parsed, "worker_input_accepted").workerId = "worker-000000ff")],
    ["a Worker id of no form", (parsed) => (event(parsed, "worker_input_accepted").workerId = "x")],
    ["a blank content", (parsed) => (event(parsed, "worker_input_accepted").entry.content = " ")],
    ["a sequence out of order", (parsed) => (event(parsed, "worker_input_accepted").entry.sequence = 9)],
    ["another role", (parsed) => (event(parsed, "worker_input_accepted").entry.role = "tool")],
    ["no entry", (parsed) => delete event(parsed, "worker_input_accepted").entry],
    ["no request", (parsed) => delete event(parsed, "worker_created").request],
    [
      "a blank capability",
      (parsed) => (event(parsed, "worker_created").request.requestedCapabilities[0].name = ""),
    ],
    ["a second start", (parsed) => (parsed[5].kind = "runtime_started")],
    ["no start", (parsed) => (parsed[1].kind = "runtime_stopped")],
    [
      "an input after the end",
      (parsed) => {
        const stop = parsed.findIndex((line) => line.kind === "worker_stopped" && line.type === "event");
        parsed[stop + 1] = {
          ...event(parsed, "worker_input_accepted"),
          id: parsed[stop].id + 1,
          workerId: parsed[stop].workerId,
        };
      },
    ],
    [
      "a diagnostic too few",
      (parsed) =>
        parsed.splice(
          parsed.findIndex((line) => line.type === "diagnostic"),
          1,
        ),
    ],
    ["another diagnostic", (parsed) => (parsed.find((line) => line.type === "diagnostic").code = "other")],
    ["an operation of no form", (parsed) => (parsed.find((line) => line.type === "operation").key = "xyz")],
    [
      "an operation of an unknown event",
      (parsed) => (parsed.find((line) => line.type === "operation").eventId = 99_999),
    ],
    ["an unknown type", (parsed) => (parsed[7].type = "note")],
    ["events after diagnostics", (parsed) => parsed.splice(parsed.length - 1, 0, { ...parsed[5] })],
  ]) {
    await refused(await forged(lines, change), name);
  }
});

test("what is no iterable of strings is invalid_request", async () => {
  for (const lines of [undefined, null, 5, {}, [1], [null], [["x"]], "text", { [Symbol.iterator]: 5 }]) {
    await refused(lines, String(lines));
  }
  const failing = {
    next() {
      throw new Error("source");
    },
  };
  await refused({ [Symbol.iterator]: () => failing }, "a source that throws");
});

test("a source that fails in the middle: invalid_request with its error, and what was written is deleted", async (t) => {
  const { runtime } = await original(t, { rounds: 6 });
  const lines = await linesOf(runtime);
  let returned = 0;
  async function* source() {
    try {
      yield* lines.slice(0, 800);
      throw new Error("disk");
    } finally {
      returned += 1;
    }
  }
  const error = await refused(source(), "a failing source");
  assert.equal(error.cause.message, "disk");
  assert.equal(returned, 1);
});

test("a source that is given up is told so", async (t) => {
  const { runtime } = await original(t, { rounds: 0 });
  const lines = await linesOf(runtime);
  let returned = 0;
  function* source() {
    try {
      yield lines[0];
      yield "{";
      yield lines[1];
    } finally {
      returned += 1;
    }
  }
  await refused(source(), "malformed");
  assert.equal(returned, 1);
});

/** Imports until a commit is reached, and leaves the store as a killed process would. */
async function unfinished(lines, commits = 3) {
  const inner = memoryStorage();
  let left = commits;
  const killed = new AbortController();
  const plan = { commit: (_commit, next) => (left-- > 0 ? next() : new Promise(() => {})) };
  const importing = watched(Runtime.importLines(planned(plan, inner), lines, { signal: killed.signal }));
  await until(() => left < 0, "the import to get so far");
  plan.head = () => Promise.reject(new Error("killed"));
  killed.abort();
  await until(() => importing.status === "rejected", "the end");
  assert.equal((await inner.list()).length, 1, "`list` may show it");
  return inner;
}

test("an unfinished import counts as absent: opened anew, imported anew, inspected in vain", async (t) => {
  const { runtime } = await original(t, { rounds: 24 });
  const lines = await linesOf(runtime);
  for (const commits of [1, 2, 3, 4]) {
    const missing = await unfinished(lines, commits);
    await rejection(
      () => Runtime.open({ storage: missing, runtimeId: "r", create: false }),
      "storage_missing",
    );
    await rejection(() => Runtime.inspect(missing, "r"), "storage_missing");
    const fresh = await open(t, await unfinished(lines, commits));
    assert.equal(fresh.listWorkers().length, 0);
    assert.equal((await fresh.readEvents(fresh.eventCursorFromStart(), 10)).events.length, 1);
    const { workerRef } = await fresh.createWorker();
    await fresh.sendInput(workerRef, says("fresh"));

    const target = await unfinished(lines, commits);
    await Runtime.importLines(target, lines);
    assert.deepEqual(await everything(await open(t, target)), await everything(runtime));
  }
});

test("a fresh runtime in place of an unfinished import is whole", async (t) => {
  const { runtime } = await original(t, { rounds: 24 });
  const inner = await unfinished(await linesOf(runtime), 4);
  const fresh = await open(t, inner);
  const { workerRef } = await fresh.createWorker();
  for (let i = 0; i < 4; i++) {
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => fresh.sendInput(workerRef, says(`${i}/${n} ${"f".repeat(900)}`))),
    );
  }
  await regrouped();
  const before = await everything(fresh);
  await fresh.close();
  assert.deepEqual(await everything(await open(t, inner, { cacheBytes: 0 })), before);
});

test("many openings of an unfinished import at once: nothing acknowledged is lost", async (t) => {
  const { runtime } = await original(t, { rounds: 24 });
  const inner = await unfinished(await linesOf(runtime), 4);
  const opened = await Promise.allSettled(
    Array.from({ length: 6 }, () => Runtime.open({ storage: inner, runtimeId: "r" })),
  );
  let acked = 0;
  for (const { value, reason } of opened) {
    if (value === undefined) {
      assert.equal(reason.code, "storage_conflict");
      continue;
    }
    await value.createWorker().then(
      () => {
        acked += 1;
      },
      (error) => assert.equal(error.code, "storage_conflict"),
    );
  }
  assert.equal(acked, 1);
  assert.equal((await open(t, inner)).listWorkers().length, 1);
  await Promise.all(opened.map(({ value }) => value?.close()));
});

test("a living import that is taken over is a conflict, and touches nothing of the winner", async (t) => {
  const { runtime } = await original(t, { rounds: 8 });
  const lines = await linesOf(runtime);
  const target = memoryStorage();
  const turn = deferred();
  async function* source() {
    yield* lines.slice(0, 1_000);
    await turn.promise;
    yield* lines.slice(1_000);
  }
  const importing = watched(Runtime.importLines(target, source()));
  await until(async () => (await target.list()).length > 0, "the import to begin");
  await pause(20);
  const winner = await open(t, target);
  const { workerRef } = await winner.createWorker();
  await winner.sendInput(workerRef, says("mine"));
  turn.resolve();
  await rejection(() => importing.promise, "storage_conflict");
  await winner.sendInput(workerRef, says("still mine"));
  assert.deepEqual(await contents(winner, workerRef), ["mine", "still mine"]);
});

test("outcomes that are unknown are offered again, also while importing", async (t) => {
  const { runtime } = await original(t, { rounds: 6 });
  const lines = await linesOf(runtime);
  let n = 0;
  const target = planned({
    commit: async (_commit, next) => {
      n += 1;
      if (n % 3 === 1) {
        throw new Error("unknown");
      }
      const head = await next();
      if (n % 3 === 2) {
        throw new Error("lost");
      }
      return head;
    },
  });
  await Runtime.importLines(target, lines);
  assert.deepEqual(await everything(await open(t, target.inner)), await everything(runtime));
});

test("a storage that refuses a commit ends the import, and what was written is deleted", async (t) => {
  const { runtime } = await original(t, { rounds: 6 });
  const lines = await linesOf(runtime);
  for (const at of [1, 2, 4]) {
    let n = 0;
    const target = planned({
      commit: (commit, next) => {
        n += 1;
        return n >= at && !commit.ops.every(([key]) => key === "root") ? Promise.reject(quota()) : next();
      },
    });
    const error = await rejection(() => Runtime.importLines(target, lines), "storage_failed", {
      outcome: "not_applied",
    });
    assert.equal(error.cause.code, "quota");
    assert.deepEqual(await target.inner.list(), []);
    assert.equal(target.count("open"), target.count("close"));
  }
});

test("the signal ends an import wherever it is, and what was written is deleted", async (t) => {
  const { runtime } = await original(t, { rounds: 6 });
  const lines = await linesOf(runtime);
  const giveUp = new AbortController();
  const target = memoryStorage();
  async function* source() {
    yield* lines.slice(0, 700);
    giveUp.abort(new Error("enough"));
    yield* lines.slice(700);
  }
  const error = await rejection(
    () => Runtime.importLines(target, source(), { signal: giveUp.signal }),
    "storage_failed",
  );
  assert.equal(error.cause.message, "enough");
  assert.deepEqual(await target.list(), []);
  const waiting = new AbortController();
  const stuck = Runtime.importLines(
    target,
    { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
    { signal: waiting.signal },
  );
  await idle();
  waiting.abort("reason");
  assert.equal((await rejection(() => stuck, "storage_failed")).cause, "reason");
});

test("inspect reads without taking over and without writing", async (t) => {
  const { runtime, storage } = await original(t);
  await regrouped(); // Which ends views.
  const before = await snapshot(storage.inner);
  const looking = planned({}, storage.inner);
  const view = await Runtime.inspect(looking, "r");
  t.after(() => view.close());
  assert.deepEqual(await everything(view), await everything(runtime));
  assert.deepEqual(await linesOf(view), await linesOf(runtime));
  assert.equal(looking.count("commit"), 0);
  assert.equal(looking.calls[0].argument.options.readOnly, true);
  assert.deepEqual(await snapshot(storage.inner), before);
  assert.equal(runtime.status(), "running");
  assert.equal(view.sendInput, undefined);
  assert.equal(view.summary().backend, "storage");
  await view.close();
  assert.equal(looking.count("close"), 1);
  assert.throws(() => view.status(), { code: "runtime_closed" });
});

test("a view is fixed at the head found: storage_conflict once it moves", async (t) => {
  for (const disturbed of [true, false]) {
    const { runtime, storage, second } = await original(t);
    const view = await Runtime.inspect(planned({}, storage.inner, { disturbed }), "r");
    t.after(() => view.close());
    const cursor = view.eventCursorFromStart();
    assert.equal((await view.readEvents(cursor, 2)).events.length, 2);
    await runtime.sendInput(second, says("moves"));
    await rejection(() => view.readEvents(cursor, 2), "storage_conflict");
    await rejection(() => view.transcriptProjection(second, { start: 0, limit: 1 }), "storage_conflict");
    assert.throws(() => view.listWorkers(), { code: "storage_conflict" });
    await assert.rejects(linesOf(view), { code: "storage_conflict" });
    assert.equal(view.runtimeId, "r");
    assert.equal(runtime.status(), "running");
  }
});

test("a view whose store is deleted is a conflict", async (t) => {
  const { storage } = await original(t);
  const view = await Runtime.inspect(storage.inner, "r");
  await storage.inner.delete("r");
  await rejection(() => view.readEvents({ runtimeId: "r", nextEventId: 1 }, 2), "storage_conflict");
  await view.close();
});

test("inspecting what is not there is storage_missing; what is broken, its own code", async (t) => {
  await rejection(() => Runtime.inspect(memoryStorage(), "r"), "storage_missing");
  const { storage, runtime } = await original(t, { rounds: 0 });
  await runtime.close();
  const { altered } = await import("./support.mjs");
  const broken = await altered(storage.inner, (map) => (map.get("root")[30] ^= 1));
  await rejection(() => Runtime.inspect(broken, "r"), "storage_corrupt", { key: "root" });
  const lost = planned({ head: () => Promise.reject(loss()) }, storage.inner);
  await rejection(() => Runtime.inspect(lost, "r"), "storage_lost");
  assert.equal(lost.count("close"), 1);
  const silent = planned({ head: () => new Promise(() => {}) }, storage.inner);
  const giveUp = new AbortController();
  const looking = Runtime.inspect(silent, "r", { signal: giveUp.signal });
  await idle();
  giveUp.abort("reason");
  assert.equal((await rejection(() => looking, "storage_failed")).cause, "reason");
});
