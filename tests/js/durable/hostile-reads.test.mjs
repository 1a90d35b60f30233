/** Answers to `read` that are not what they seem: none costs more than the call. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { assertRefusal, internal, open, planned, regrouped, rejection, says, thrown } from "./support.mjs";

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

/** As long as its buffer has at most so many bytes more. */
const resizable = (value, more) => {
  const bytes = new Uint8Array(new ArrayBuffer(value.length, { maxByteLength: value.length + more }));
  bytes.set(value);
  return bytes;
};

/** What an adapter does to its buffers once it has given them away: when the head is asked for, after the read. */
const later = [];
const afterwards = (value, change) => {
  later.push(() => change(value.buffer));
  return value;
};

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
  "values that say they have fewer bytes than they have": [
    changed(() => Object.defineProperty(new Uint8Array(2 ** 30), "byteLength", { value: 1 })),
    "storage_corrupt",
  ],
  "values whose buffers are given to somebody else afterwards": [
    changed((value) =>
      afterwards(value.slice(), (buffer) => structuredClone(buffer, { transfer: [buffer] })),
    ),
    "contents",
  ],
  "values whose buffers shrink afterwards": [
    changed((value) => afterwards(resizable(value, 0), (buffer) => buffer.resize(1))),
    "contents",
  ],
  "values whose buffers grow afterwards": [
    changed((value) => afterwards(resizable(value, 2 ** 30), (buffer) => buffer.resize(2 ** 30))),
    "contents",
  ],
  "values that are overwritten afterwards": [
    changed((value) => afterwards(value.slice(), (buffer) => new Uint8Array(buffer).fill(7))),
    "contents",
  ],
  "keys longer than any": [
    (records) =>
      records.map(([key, value], i) => [`${key}${i === records.length - 1 ? " ".repeat(300) : ""}`, value]),
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
      storage.plan.head = (_argument, next) => {
        for (const change of later.splice(0)) {
          change();
        }
        return next();
      };
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

describe("an opening and an inspection of a store that answers with more than there can be", () => {
  const megabyte = new Uint8Array(1_048_576);
  const LISTS = {
    "thousands of values of a megabyte": () => Array.from({ length: 5_000 }, (_, i) => [i, megabyte]),
    "values of no length without end": () =>
      new Proxy([], {
        get: (_list, name) => (name === "length" ? 2 ** 40 : [Number(name), new Uint8Array(0)]),
      }),
  };
  const spaced = (gte, [number, value]) => [`${gte} ${String(number).padStart(15, "0")}`, value];

  for (const [name, list] of Object.entries(LISTS)) {
    for (const among of ["the root record", "the rest"]) {
      test(`${name}, among ${among}`, async () => {
        const inner = memoryStorage();
        await (await Runtime.open({ storage: inner, runtimeId: "r" })).close();
        const storage = planned({}, inner);
        storage.plan.read = ({ gte }, next) => {
          if ((gte === "root") !== (among === "the root record")) {
            return next();
          }
          const given = list();
          return new Proxy(given, {
            get: (target, at) => (at === "length" ? target.length : spaced(gte, target[at])),
          });
        };
        for (const call of [
          () => Runtime.open({ storage, runtimeId: "r" }),
          () => Runtime.inspect(storage, "r"),
        ]) {
          await rejection(call, "storage_failed");
        }
        delete storage.plan.read;
        await (await Runtime.open({ storage, runtimeId: "r" })).close();
      });
    }
  }
});

test("records that do not fit into what is left of a module's memory are refused before they are posted", async () => {
  const { Exchange } = await internal("core/exchange.js");
  const memory = new WebAssembly.Memory({ initial: 60_000 });
  const exchange = new Exchange({ exchange: () => 0 }, memory, (error) => error);
  const megabyte = new Uint8Array(1_048_576);
  const records = Array.from({ length: 120 }, (_, i) => [`k${i}`, megabyte]);
  const error = thrown(() => exchange.post([], records), "storage_failed");
  assert.match(error.message, /memory/);
});
