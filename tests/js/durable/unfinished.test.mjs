/** SPEC 6: an unfinished import counts as absent and is replaced; a finished one that only looks unfinished never is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { altered, everything, open, planned, rejection, says, snapshot, until } from "./support.mjs";

/** The lines of a runtime whose import takes several commits. */
async function lines(t) {
  const runtime = await Runtime.create({ runtimeId: "r" });
  t.after(() => runtime.close());
  const { workerRef } = await runtime.createWorker();
  for (let i = 0; i < 12; i++) {
    await runtime.sendInput(workerRef, says(`${i} ${"i".repeat(300_000)}`));
  }
  const exported = [];
  for await (const line of runtime.exportLines()) {
    exported.push(line);
  }
  return exported;
}

const rootOf = ({ ops }) => ops.find(([key, value]) => key === "root" && value !== null)?.[1];

test("a finished import whose root record is rolled back to its unfinished time is refused and stays untouched", async (t) => {
  const exported = await lines(t);
  const storage = planned({}, memoryStorage());
  await Runtime.importLines(storage, exported);
  const roots = storage.commits().map(rootOf).filter(Boolean);
  const unfinished = roots.slice(0, -1);
  assert.ok(unfinished.length > 3, "the import takes several commits");

  const refused = async (moment) => {
    for (const [index, root] of unfinished.entries()) {
      const lying = await altered(storage.inner, (records) => records.set("root", root));
      const before = await snapshot(lying);
      const what = `root ${index}, ${moment}`;
      for (const use of [
        () => Runtime.open({ storage: lying, runtimeId: "r" }),
        () => Runtime.open({ storage: lying, runtimeId: "r", create: false }),
        () => Runtime.importLines(lying, exported),
        () => Runtime.inspect(lying, "r"),
      ]) {
        await rejection(use, "storage_corrupt", { key: "root" });
        assert.deepEqual(await snapshot(lying), before, what);
      }
    }
  };
  await refused("right after the import");
  let runtime = await Runtime.open({ storage, runtimeId: "r" });
  await refused("after a takeover");
  const [{ workerRef }] = runtime.listWorkers();
  await runtime.sendInput(workerRef, says("after it"));
  await refused("after a mutation");
  await runtime.close();
  runtime = await open(t, storage);
  await Promise.all(Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("m".repeat(3_000)))));
  const isFlushed = async () =>
    (await snapshot(storage.inner)).records.every(([key]) => !key.startsWith("c/"));
  await until(isFlushed, "a flush");
  await refused("after everything was regrouped");
  assert.equal((await everything(runtime)).events.length, 2 + 12 + 1 + 100);
});

test("whoever dies while an unfinished import makes room leaves one that still counts as absent", async (t) => {
  const exported = await lines(t);
  for (const commits of [1, 2, 3, 5]) {
    const inner = memoryStorage();
    // The import is killed, and so is the one who comes after it.
    for (const most of [4, commits]) {
      let left = most;
      const plan = { commit: (_commit, next) => (left-- > 0 ? next() : new Promise(() => {})) };
      const killed = new AbortController();
      const dying = Runtime.importLines(planned(plan, inner), exported, { signal: killed.signal });
      dying.catch(() => undefined);
      await until(() => left < 0, "the import to get so far");
      plan.head = () => Promise.reject(new Error("killed"));
      killed.abort();
      await rejection(() => dying, "storage_failed");
    }
    assert.equal((await inner.list()).length, 1);
    await rejection(() => Runtime.inspect(inner, "r"), "storage_missing");
    const fresh = await open(t, await altered(inner, () => undefined));
    assert.equal(fresh.listWorkers().length, 0);
    await Runtime.importLines(inner, exported);
    assert.equal((await open(t, inner)).listWorkers().length, 1);
  }
});
