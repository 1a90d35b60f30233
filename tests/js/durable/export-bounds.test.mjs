/** What an export holds of long contents, what was read and not yet handed out; and of much else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage } from "worker-runtime";
import { open, planned, says } from "./support.mjs";

const MIB = 1024 * 1024;
const WORKERS = 6;
const ROUNDS = 12;

test("an export reads long contents little ahead of its lines", async (t) => {
  const writing = planned();
  const writer = await open(t, writing);
  const workers = [];
  for (let i = 0; i < WORKERS; i++) {
    workers.push((await writer.createWorker()).workerRef);
  }
  const expected = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, worker] of workers.entries()) {
      const content = `${round}/${i} `.padEnd(MIB, "long");
      expected.push(content);
      await writer.sendInput(worker, says(content));
    }
  }
  await writer.close();

  let read = 0;
  const storage = planned({}, writing.inner);
  storage.plan.read = async (_, next) => {
    const records = await next();
    for (const [, value] of records) {
      read += value.length;
    }
    return records;
  };
  const runtime = await open(t, storage, { cacheBytes: MIB });
  read = 0;
  const found = [];
  let furthest = 0;
  for await (const line of runtime.exportLines()) {
    const { entry } = JSON.parse(line);
    if (entry !== undefined) {
      furthest = Math.max(furthest, read - found.length * MIB);
      found.push(entry.content);
    }
  }
  assert.deepEqual(
    found.map((content) => content.length),
    expected.map((content) => content.length),
  );
  assert.ok(found.every((content, i) => content === expected[i]));
  // Two pages of 16 MiB, and the records that their last entries are in.
  assert.ok(furthest <= 36 * MIB, `${(furthest / MIB).toFixed(1)} MiB were read ahead`);
});

test("more diagnostics than are read at once are those of the first `next()`, too", async (t) => {
  const runtime = await open(t, memoryStorage());
  await Promise.all(Array.from({ length: 300 }, () => runtime.createWorker()));
  const diagnostics = runtime.diagnostics();
  assert.equal(diagnostics.length, 600);
  const told = [];
  for await (const line of runtime.exportLines()) {
    const { type, workerId, ...diagnostic } = JSON.parse(line);
    if (type === "diagnostic") {
      told.push({ ...diagnostic, workerRef: { runtimeId: "r", workerId } });
    }
    if (told.length === 300) {
      await runtime.createWorker();
    }
  }
  assert.deepEqual(told, diagnostics);
});
