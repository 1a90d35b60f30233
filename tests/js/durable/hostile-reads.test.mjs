/** Answers to `read` that are not what they seem: none costs more than the call. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { assertRefusal, open, planned, regrouped, says } from "./support.mjs";

class Exaggerating extends Uint8Array {
  get length() {
    return 2 ** 31;
  }
  get byteLength() {
    return 2 ** 31;
  }
}

class Swallowing extends Array {
  map() {
    return [undefined];
  }
}

const changed = (change) => (records) => records.map(([key, value]) => [key, change(value)]);

/** Each is given the true answer, and what the call that asked gets: its contents, or a refusal of this code. */
const ANSWERS = {
  "a list that says it has four billion records": [() => Object.assign([], { length: 2 ** 32 - 1 })],
  "a list with a hole": [() => new Array(1)],
  "a list that claims records that it does not have": [
    (records) => new Proxy(records, { get: (list, key) => (key === "length" ? 1_000_000_000 : list[key]) }),
  ],
  "records beyond the range": [(records) => [...records, ["~", new Uint8Array(1)]]],
  "records twice": [(records) => records.flatMap((record) => [record, record])],
  "values of megabytes": [changed(() => new Uint8Array(2 * 1024 * 1024)), "storage_corrupt"],
  "values that are cut": [changed((value) => value.slice(0, -1)), "storage_corrupt"],
  "values that are empty": [changed(() => new Uint8Array(0)), "storage_corrupt"],
  "no records": [() => [], "storage_missing"],
  "values of a class that says it is longer": [changed((value) => new Exaggerating(value)), "contents"],
  "values that say they are longer": [
    changed((value) => Object.defineProperty(value, "length", { value: 2 ** 31 })),
    "contents",
  ],
  "a list whose methods lie": [(records) => Swallowing.from(records), "contents"],
  "buffers of Node.js": [changed((value) => Buffer.from(value)), "contents"],
  "views of shared memory": [
    changed((value) => {
      const shared = new Uint8Array(new SharedArrayBuffer(value.length + 2), 1, value.length);
      shared.set(value);
      return shared;
    }),
    "contents",
  ],
};

describe("a page gets through, or a refusal", () => {
  let stored;
  let workerRef;
  before(async () => {
    stored = memoryStorage();
    const runtime = await Runtime.open({ storage: stored, runtimeId: "r" });
    ({ workerRef } = await runtime.createWorker());
    for (let i = 0; i < 300; i++) {
      await runtime.sendInput(workerRef, says(`${i} ${"x".repeat(2_000)}`));
    }
    await regrouped();
    await runtime.close();
  });

  for (const [name, [answer, outcome = "storage_failed"]] of Object.entries(ANSWERS)) {
    test(name, async (t) => {
      const storage = planned({}, stored);
      const runtime = await open(t, storage, { cacheBytes: 0 });
      const page = async () => {
        const { items } = await runtime.transcriptProjection(workerRef, { start: 0, limit: 3 });
        return items.map(({ content }) => content.slice(0, 2));
      };
      storage.plan.read = async (_range, next) => answer(await next());
      const reads = storage.count("read");
      if (outcome === "contents") {
        assert.deepEqual(await page(), ["0 ", "1 ", "2 "]);
      } else {
        const error = await page().catch((error) => error);
        assertRefusal(error, outcome);
        assert.ok(outcome === "storage_failed" || error.details.key.length > 0);
      }
      assert.ok(storage.count("read") > reads, "something was read");
      delete storage.plan.read;
      assert.deepEqual(await page(), ["0 ", "1 ", "2 "]);
      assert.equal((await runtime.sendInput(workerRef, says("goes on"))).status, "running");
    });
  }
});
