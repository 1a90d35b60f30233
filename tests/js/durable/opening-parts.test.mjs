/** A large store is restored a part at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";

/** How often others had their turn while a store of so many Workers was opened. */
async function turnsOfAnOpening(workers) {
  const storage = memoryStorage();
  const created = await Runtime.open({ storage, runtimeId: "r" });
  await Promise.all(Array.from({ length: workers }, () => created.createWorker()));
  await created.close();
  let turns = 0;
  let next;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  count();
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  clearImmediate(next);
  assert.equal(runtime.listWorkers().length, workers);
  await runtime.close();
  return turns;
}

test("a store of many Workers is gone through a part at a time: whatever else waits has its turn", async () => {
  const few = await turnsOfAnOpening(10);
  const many = await turnsOfAnOpening(10_000);
  assert.ok(many >= few + 3, `${many} turns, ${few} with few Workers`);
});
