/** What an export reads of a store that is larger than its cache: each record about once, in whatever order everybody spoke. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStorage } from "worker-runtime";
import { open, pause, planned, random, says } from "./support.mjs";

/** Waits until everything is regrouped: an export would be counted together with that. */
async function settled(storage) {
  for (let commits = -1; commits < storage.count("commit"); ) {
    commits = storage.count("commit");
    await pause(1_500);
  }
}

/** A store in which Workers spoke in the order that `speakers` gives, how many records it has and how many bytes. */
async function spoken(t, workers, speakers, length) {
  const inner = memoryStorage();
  const storage = planned({}, inner);
  const writer = await open(t, storage);
  const refs = [];
  for (let i = 0; i < workers; i++) {
    refs.push((await writer.createWorker()).workerRef);
  }
  for (let at = 0; at < speakers.length; at += 500) {
    await Promise.all(
      speakers
        .slice(at, at + 500)
        .map((speaker, i) => writer.sendInput(refs[speaker], says(`${at + i} `.padEnd(length, "said ")))),
    );
  }
  await settled(storage);
  await writer.close();
  const store = await inner.open("r", { readOnly: true });
  const records = await store.read({ gte: "!", lt: "~" });
  await store.close();
  return { inner, records: records.length, bytes: records.reduce((sum, [, value]) => sum + value.length, 0) };
}

/** Exports the store, and counts what is read meanwhile. */
async function readByAnExport(t, inner, entries, cacheBytes) {
  const storage = planned({}, inner);
  const runtime = await open(t, storage, { cacheBytes });
  const read = { reads: 0, bytes: 0 };
  storage.plan.read = async (_, next) => {
    const records = await next();
    read.reads += 1;
    read.bytes += records.reduce((sum, [, value]) => sum + value.length, 0);
    return records;
  };
  let next = 0;
  for await (const line of runtime.exportLines()) {
    const { entry } = JSON.parse(line);
    if (entry !== undefined) {
      assert.equal(entry.content.split(" ")[0], `${next}`, "as they were said");
      next += 1;
    }
  }
  assert.equal(next, entries);
  await runtime.close();
  return read;
}

const inTurn = (workers, each) => Array.from({ length: workers * each }, (_, i) => i % workers);

function shuffled(list) {
  const chance = random(7);
  return list
    .map((item) => [chance(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

describe("an export of a store that is larger than its cache reads each record about once", () => {
  for (const [name, workers, speakers, length] of [
    ["Workers that speak in turn", 200, inTurn(200, 40), 600],
    ["Workers that speak in no order", 200, shuffled(inTurn(200, 40)), 600],
    ["many Workers that say little", 2_000, shuffled(inTurn(2_000, 4)), 400],
    ["one Worker", 1, inTurn(1, 5_000), 600],
  ]) {
    test(name, async (t) => {
      const { inner, records, bytes } = await spoken(t, workers, speakers, length);
      assert.ok(bytes > 2 * 1024 * 1024, `a store of ${bytes} bytes`);
      const read = await readByAnExport(t, inner, speakers.length, 256 * 1024);
      t.diagnostic(`${read.reads} reads of ${read.bytes} bytes; ${records} records of ${bytes} bytes`);
      assert.ok(read.reads <= 3 * records, `${read.reads} reads of ${records} records`);
      assert.ok(read.bytes <= 3 * bytes, `${read.bytes} bytes read of ${bytes}`);
    });
  }

  test("as far as what waits has room: long entries of many Workers are read a few at a time", async (t) => {
    const speakers = inTurn(300, 10);
    const { inner, records, bytes } = await spoken(t, 300, speakers, 10_000);
    const read = await readByAnExport(t, inner, speakers.length, 256 * 1024);
    t.diagnostic(`${read.reads} reads of ${read.bytes} bytes; ${records} records of ${bytes} bytes`);
    assert.ok(read.bytes <= 6 * bytes, `${read.bytes} bytes read of ${bytes}`);
  });

  for (const [name, workers, each, length] of [
    ["little, so that a record has something of many Workers", 8_000, 25, 100],
    ["much, so that each has a record of its own", 1_000, 20, 2_000],
  ]) {
    test(`and a few times where many Workers speak all the time and say ${name}`, async (t) => {
      const speakers = inTurn(workers, each);
      const { inner, records, bytes } = await spoken(t, workers, speakers, length);
      const read = await readByAnExport(t, inner, speakers.length, 256 * 1024);
      t.diagnostic(`${read.reads} reads of ${read.bytes} bytes; ${records} records of ${bytes} bytes`);
      assert.ok(read.reads <= 2.5 * records, `${read.reads} reads of ${records} records`);
      assert.ok(read.bytes <= 2.5 * bytes, `${read.bytes} bytes read of ${bytes}`);
    });
  }
});
