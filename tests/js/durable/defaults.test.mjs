/** What an opening and a store do where nothing was said: the defaults of `OpenOptions`, and a store that says nothing of itself. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { idle, open, planned, regrouped, says, watched } from "./support.mjs";

test("storageTimeoutMs: a storage is waited for 10,000 ms, and not a millisecond less", async (t) => {
  const storage = planned();
  const runtime = await open(t, storage);
  storage.calls.length = 0;
  storage.plan.commit = (_commit, next) => (storage.count("commit") > 1 ? next() : new Promise(() => {}));
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const created = watched(runtime.createWorker());
    await idle();
    assert.equal(storage.count("commit"), 1);
    mock.timers.tick(9_999);
    await idle();
    assert.equal(storage.count("commit"), 1);
    mock.timers.tick(1);
    // The pause before what is unknown is offered again.
    mock.timers.tick(10);
    await idle();
    assert.equal(storage.count("commit"), 2);
    assert.equal(created.status, "fulfilled");
  } finally {
    mock.timers.reset();
  }
});

/** A runtime that was told so many MiB, and how many bytes reading all of it from the beginning takes. */
async function withMebibytes(t, mebibytes, options) {
  const storage = planned({});
  const writer = await Runtime.open({ storage, runtimeId: "r" });
  const { workerRef } = await writer.createWorker();
  for (let i = 0; i < mebibytes; i++) {
    await Promise.all(
      Array.from({ length: 64 }, () => writer.sendInput(workerRef, says("m".repeat(16 * 1024)))),
    );
    await regrouped();
  }
  await writer.close();
  const runtime = await open(t, storage, options);
  let bytes = 0;
  storage.plan.read = async (_range, next) => {
    const records = await next();
    bytes += records.reduce((sum, [, value]) => sum + value.length, 0);
    return records;
  };
  return async () => {
    bytes = 0;
    for (let start = 0; start !== undefined; ) {
      start = (await runtime.transcriptProjection(workerRef, { start, limit: 64 })).nextStart;
    }
    return bytes / 1_048_576;
  };
}

test("cacheBytes: what is read of a history stays resident, up to 16 MiB", async (t) => {
  const small = await withMebibytes(t, 8);
  await small();
  assert.equal(await small(), 0, "8 MiB are read once");
  const uncached = await withMebibytes(t, 8, { cacheBytes: 0 });
  await uncached();
  assert.ok((await uncached()) > 6, "without a cache they are read anew");
  const large = await withMebibytes(t, 24);
  await large();
  const again = await large();
  assert.ok(again > 6, `of 24 MiB no more than 16 can have stayed, and ${again} MiB were read again`);
});

test("a store that says nothing, or something else, of its durability is one that survives nothing", async (t) => {
  for (const durability of [undefined, null, "strict", 7, "POWER-LOSS"]) {
    const inner = memoryStorage();
    const storage = planned({}, inner);
    const { open: opened } = storage;
    storage.open = async (...args) => Object.assign(await opened(...args), { durability });
    assert.equal((await open(t, storage)).summary().durability, "memory", String(durability));
  }
});

test("`create` is true, `takeover` and `acceptLoss` are false", async (t) => {
  const storage = planned();
  await open(t, storage);
  assert.equal(storage.calls[0].argument.options.takeover ?? false, false);
  const lost = planned({
    head: () => Promise.reject(Object.assign(new Error("gone"), { name: "StorageLost" })),
  });
  await assert.rejects(open(t, lost), { code: "storage_lost" });
});
