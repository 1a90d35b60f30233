/** Exports and imports that wait for nothing let others have their turn all the same, and also while much is regrouped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { open, planned, rejection, says } from "./support.mjs";

const ENTRIES = 20_000;

async function filled(runtime) {
  const { workerRef } = await runtime.createWorker();
  for (let at = 0; at < ENTRIES; at += 1_000) {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        runtime.sendInput(workerRef, says(`${at + i} ${"t".repeat(200)}`)),
      ),
    );
  }
  return runtime;
}

async function linesOf(view) {
  const lines = [];
  for await (const line of view.exportLines()) {
    lines.push(line);
  }
  return lines;
}

/** How often timers, and what waits for input and output, had their turn while `work` went on. */
async function turnsOf(work, atTurn = () => {}) {
  const turns = { timers: 0, immediates: 0 };
  const timer = setInterval(() => {
    turns.timers += 1;
  }, 1);
  let next;
  const count = () => {
    turns.immediates += 1;
    atTurn();
    next = setImmediate(count);
  };
  next = setImmediate(count);
  await work();
  clearInterval(timer);
  clearImmediate(next);
  return turns;
}

function assertShared({ timers, immediates }) {
  assert.ok(timers >= 3 && immediates >= 3, `${timers} turns of a timer, ${immediates} of an immediate`);
}

test("an export of what is in memory", async (t) => {
  const runtime = await filled(await Runtime.create());
  t.after(() => runtime.close());
  assertShared(await turnsOf(() => linesOf(runtime)));
});

test("an export of a store", async (t) => {
  const runtime = await filled(await open(t, memoryStorage()));
  assertShared(await turnsOf(() => linesOf(runtime)));
});

test("an import of lines that are there", async () => {
  const runtime = await filled(await Runtime.create());
  const lines = await linesOf(runtime);
  await runtime.close();
  const storage = memoryStorage();
  assertShared(await turnsOf(() => Runtime.importLines(storage, lines)));
  assert.deepEqual(await storage.list(), [runtime.runtimeId]);
});

/** As many runs as are merged at once, of which each has a whole commit's contents. */
test("an import between whose lines all that was written is merged", async () => {
  const runtime = await Runtime.create();
  const { workerRef } = await runtime.createWorker();
  for (let at = 0; at < 2_700; at++) {
    runtime.sendInput(workerRef, says(`${at} ${"m".repeat(15_000)}`));
  }
  const lines = await linesOf(runtime);
  await runtime.close();
  const storage = planned();
  let [commits, most] = [0, 0];
  storage.plan.commit = (_, next) => {
    commits += 1;
    most = Math.max(most, commits);
    return next();
  };
  await turnsOf(
    () => Runtime.importLines(storage, lines),
    () => {
      commits = 0;
    },
  );
  const all = storage.count("commit");
  assert.ok(all > 200 && most < 60, `${most} of ${all} commits without a turn`);
});

test("what happens in such a turn ends them: a runtime that is closed, a caller who gives up", async (t) => {
  const runtime = await filled(await Runtime.create());
  const lines = await linesOf(runtime);
  const giveUp = new AbortController();
  setImmediate(() => giveUp.abort("enough"));
  const storage = memoryStorage();
  const importing = Runtime.importLines(storage, lines, { signal: giveUp.signal });
  assert.equal((await rejection(() => importing, "storage_failed")).cause, "enough");
  assert.deepEqual(await storage.list(), []);
  setImmediate(() => runtime.close());
  await rejection(() => linesOf(runtime), "runtime_closed");
  t.after(() => runtime.close());
});
