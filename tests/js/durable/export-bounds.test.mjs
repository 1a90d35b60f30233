/** What an export holds of long contents, what was read and not yet handed out; and of much else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage } from "worker-runtime";
import { internal, open, planned, says } from "./support.mjs";

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

test("what waits is bounded by an amount and a little for each Worker, whatever was foreseen", async () => {
  const { ReadAhead } = await internal("transfer/ahead.js");
  for (const [workers, each, longer] of [
    [100, 2_000, 0],
    [4_000, 20, 0],
    [4_000, 20, 1_000],
  ]) {
    let units = 0;
    let most = 0;
    const ahead = new ReadAhead(workers, async (worker, start, limit) => {
      const items = Array.from({ length: limit }, (_, i) => {
        const sequence = start + i + 1;
        return {
          sequence,
          role: "user",
          content: `${worker} ${sequence} `.padEnd(600 + sequence * longer, "said "),
        };
      });
      units += items.reduce((sum, { content }) => sum + content.length, 0);
      most = Math.max(most, units);
      return { items };
    });
    const speakers = Array.from({ length: workers * each }, (_, i) => (i % workers) + 1);
    for (let next = 0; next < speakers.length; ) {
      ahead.begin();
      ahead.want(speakers[next]);
      await ahead.sample();
      units = 0;
      const window = speakers.slice(next, next + ahead.room());
      for (const worker of window.slice(1)) {
        ahead.want(worker);
      }
      await ahead.fill();
      for (const [i, worker] of window.entries()) {
        const { sequence, role, content } = await ahead.next(worker);
        assert.equal(sequence, Math.floor((next + i) / workers) + 1);
        assert.equal(role, "user");
        assert.ok(content.startsWith(`${worker} ${sequence} `));
        units -= content.length;
      }
      next += window.length;
    }
    assert.equal(units, 0);
    const mostKi = Math.round(most / 1024);
    // A page of 1 Mi beyond: its text stays while one of its entries waits.
    assert.ok(mostKi <= 18 * 1024 + 2 * workers, `${mostKi} Ki waited of ${workers} Workers`);
    assert.ok(mostKi >= 14 * 1024, `no more than ${mostKi} Ki were read ahead`);
  }
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
