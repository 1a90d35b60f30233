/** SPEC 6, import: how it ends where the storage does not say what became of the last commit, or of the deletion. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Runtime } from "worker-runtime";
import { everything, open, planned, quota, rejection, says, until, watched } from "./support.mjs";

async function exported() {
  const runtime = await Runtime.create({ runtimeId: "r" });
  const { workerRef } = await runtime.createWorker();
  for (let i = 0; i < 40; i++) {
    await runtime.sendInput(workerRef, says(`${i} ${"i".repeat(40_000)}`));
  }
  const lines = [];
  for await (const line of runtime.exportLines()) {
    lines.push(line);
  }
  await runtime.close();
  return lines;
}

/** How many commits an import of `lines` takes. */
async function commitsOf(lines) {
  const storage = planned();
  await Runtime.importLines(storage, lines);
  return storage.count("commit");
}

test("given up while the last commit is undecided: outcome unknown, and nothing is deleted", async (t) => {
  const lines = await exported();
  const last = await commitsOf(lines);
  for (const applied of [false, true]) {
    const storage = planned();
    storage.plan.commit = (_commit, next) => {
      if (storage.count("commit") < last) {
        return next();
      }
      if (applied) {
        void next();
      }
      return new Promise(() => {});
    };
    const giveUp = new AbortController();
    const importing = Runtime.importLines(storage, lines, { signal: giveUp.signal });
    await until(() => storage.count("commit") === last, "the last commit");
    giveUp.abort("reason");
    const error = await rejection(() => importing, "storage_failed", { outcome: "unknown" });
    assert.equal(error.cause, "reason");
    assert.equal(storage.count("delete"), 0);
    await until(() => storage.count("close") === storage.count("open"), "letting go of the store");
    const runtime = await open(t, storage.inner, { create: true });
    assert.equal(runtime.listWorkers().length, applied ? 1 : 0, "wholly there, or absent");
    await runtime.close();
  }
});

test("an unknown last commit is offered again until it is decided", async (t) => {
  const lines = await exported();
  const last = await commitsOf(lines);
  const storage = planned();
  storage.plan.commit = async (_commit, next) => {
    const head = storage.count("commit") < last ? await next() : undefined;
    if (head === undefined && storage.count("commit") < last + 2) {
      await next();
      throw new Error("the answer was lost");
    }
    return head ?? next();
  };
  assert.equal(await Runtime.importLines(storage, lines), "r");
  const tos = storage.commits().map(({ to }) => to);
  assert.equal(new Set(tos.slice(last - 1)).size, 1);
  assert.equal((await open(t, storage.inner)).listWorkers().length, 1);
});

for (const [name, fate] of [
  ["rejects", () => Promise.reject(new Error("disk"))],
  [
    "throws",
    () => {
      throw new Error("at the call");
    },
  ],
]) {
  test(`a deletion that ${name} leaves something that counts as absent, and the first error is told`, async (t) => {
    const lines = await exported();
    const last = await commitsOf(lines);
    for (const [given, refuse, code] of [
      [lines.slice(0, -1), undefined, "invalid_request"],
      [lines, quota(), "storage_failed"],
    ]) {
      const storage = planned({ delete: fate });
      storage.plan.commit = (_commit, next) =>
        refuse !== undefined && storage.count("commit") === last ? Promise.reject(refuse) : next();
      const error = await rejection(() => Runtime.importLines(storage, given), code);
      assert.equal(error.cause, refuse ?? error.cause);
      assert.equal(storage.count("delete"), 1);
      await assert.rejects(Runtime.inspect(storage.inner, "r"), { code: "storage_missing" });
      await Runtime.importLines(storage.inner, lines);
      const runtime = await open(t, storage.inner);
      assert.equal((await everything(runtime)).events.length, 42);
      await runtime.close();
    }
  });
}

test("a deletion that is not answered is not waited for without end", async () => {
  const lines = await exported();
  const storage = planned({ delete: () => new Promise(() => {}) });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const importing = watched(Runtime.importLines(storage, lines.slice(0, -1)));
    for (let i = 0; storage.count("delete") === 0; i++) {
      assert.ok(i < 10_000, "the deletion");
      await new Promise((resolve) => setImmediate(resolve));
    }
    mock.timers.tick(10_000);
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rejection(() => importing.promise, "invalid_request");
  } finally {
    mock.timers.reset();
  }
});

test("what is deleted after a failure is gone before the store is let go of", async () => {
  const lines = await exported();
  const storage = planned();
  await rejection(() => Runtime.importLines(storage, lines.slice(0, -1)), "invalid_request");
  const order = storage.calls.map(({ method }) => method);
  assert.ok(order.lastIndexOf("delete") < order.lastIndexOf("close"));
  assert.deepEqual(await storage.list(), []);
});
