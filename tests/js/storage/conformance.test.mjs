import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { faultyStorage, storageConformance } from "../../../pkg/dist/entry/testing.js";
import { memoryStorage } from "../../../pkg/dist/storage/memory.js";
import { PlainStorage, PoliteStorage, PoliteStore, turn } from "./broken/plain.mjs";

/** Whatever the contract leaves open is tried in each way. */
const ADAPTERS = {
  "memoryStorage()": () => memoryStorage(),
  "an adapter that keeps the buffers it is given": () => new PlainStorage(),
  "an adapter that waits for a living holder": () => new PoliteStorage(),
  "an adapter that takes its time": () => slowly(new PoliteStorage()),
  "an adapter that cannot say when it is disturbed": () =>
    withStores(new PlainStorage(), (store) => ({ ...bound(store), durability: store.durability })),
  "an adapter that says that it is disturbed when it is not, by a rejection": () =>
    withStores(new PlainStorage(), (store) =>
      Object.assign(store, { disturbed: Promise.reject(new Error("maybe")) }),
    ),
  "an adapter that gives Node's buffers": () =>
    withStores(new PlainStorage(), (store) => Object.assign(store, { give: (value) => Buffer.from(value) })),
  "an adapter that gives views of larger buffers": () =>
    withStores(new PlainStorage(), (store) =>
      Object.assign(store, { give: (value) => viewOf(value, ArrayBuffer) }),
    ),
  "an adapter that gives shared memory": () =>
    withStores(new PlainStorage(), (store) =>
      Object.assign(store, { give: (value) => viewOf(value, SharedArrayBuffer) }),
    ),
  "an adapter that gives frozen lists": () =>
    withStores(new PlainStorage(), (store) => {
      const read = store.read.bind(store);
      return Object.assign(store, {
        read: async (range) => Object.freeze((await read(range)).map((record) => Object.freeze(record))),
      });
    }),
  "an adapter that refuses a handle that was closed": () => new ClosingStorage(),
  "a faulty storage without a fault": () => faultyStorage(memoryStorage(), { fates: [] }),
  "a faulty storage that remembers for a stale read that never comes": () =>
    faultyStorage(memoryStorage(), { fates: [...new Array(100_000).fill("ok"), "stale_read"] }),
  "a faulty storage whose every call is made twice": () =>
    faultyStorage(memoryStorage(), { fates: new Array(100_000).fill("twice") }),
};

class ClosingStorage extends PoliteStorage {
  Store = class extends PoliteStore {
    async close() {
      this.closed = true;
      await super.close();
    }

    async commit(commit) {
      await turn();
      if (this.closed) {
        throw new Error("closed");
      }
      return super.commit(commit);
    }
  };
}

/** The value in the middle of a buffer that is full of something else. */
function viewOf(value, Buffer) {
  const view = new Uint8Array(new Buffer(value.length + 20)).fill(0xee).subarray(7, 7 + value.length);
  view.set(value);
  return view;
}

function bound(store) {
  return Object.fromEntries(
    ["head", "read", "commit", "close"].map((name) => [name, store[name].bind(store)]),
  );
}

/** `storage`, each of whose stores is replaced as `replace` says. */
function withStores(storage, replace) {
  const open = storage.open.bind(storage);
  storage.open = async (...args) => replace(await open(...args));
  return storage;
}

/** Each call is handed on after some turns of the event loop and answered after some more. */
function slowly(storage) {
  const later =
    (work) =>
    async (...args) => {
      await turn();
      const answer = await work(...args);
      await turn();
      return answer;
    };
  for (const name of ["open", "list", "delete"]) {
    storage[name] = later(storage[name].bind(storage));
  }
  return withStores(storage, (store) =>
    Object.assign(
      store,
      Object.fromEntries(Object.entries(bound(store)).map(([name, work]) => [name, later(work)])),
    ),
  );
}

for (const [name, make] of Object.entries(ADAPTERS)) {
  describe(`${name} keeps the contract`, () => {
    for (const { name: caseName, run } of storageConformance(async () => ({ storage: make() }))) {
      test(caseName, run);
    }
  });
}

describe("the kit", () => {
  const kit = storageConformance(async () => ({ storage: memoryStorage() }));

  test("has at least 150 cases, each under a name of its own", () => {
    assert.ok(kit.length >= 150, `${kit.length} cases`);
    assert.equal(new Set(kit.map(({ name }) => name)).size, kit.length);
  });

  test("takes less than two seconds of computing over memoryStorage()", async () => {
    const start = process.cpuUsage();
    for (const { run } of kit) {
      await run();
    }
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 2_000_000, `${user + system} µs`);
  });

  test("makes a storage for each case and disposes of it, whether the case passes or not", async () => {
    for (const broken of [false, true]) {
      let made = 0;
      let disposed = 0;
      const cases = storageConformance(async () => {
        made += 1;
        const storage = memoryStorage();
        if (broken) {
          storage.open = () => Promise.reject(new Error("no storage here"));
        }
        return {
          storage,
          async dispose() {
            disposed += 1;
          },
        };
      });
      const results = await Promise.allSettled(cases.slice(0, 20).map(({ run }) => run()));
      assert.equal(made, 20);
      assert.equal(disposed, 20);
      assert.deepEqual(
        new Set(results.map(({ status }) => status)),
        new Set([broken ? "rejected" : "fulfilled"]),
      );
    }
  });

  test("rejects with an AssertionError that has the adapter's own error as its cause", async () => {
    const cause = new Error("no storage here");
    const storage = { ...memoryStorage(), open: () => Promise.reject(cause) };
    const [first] = storageConformance(async () => ({ storage }));
    await assert.rejects(first.run(), { name: "AssertionError", code: "ERR_ASSERTION", cause });
  });

  test("does not wait for ever for an answer", async () => {
    const storage = { ...memoryStorage(), open: () => new Promise(() => undefined) };
    const [first] = storageConformance(async () => ({ storage }), { timeoutMs: 20 });
    await assert.rejects(first.run(), { name: "AssertionError", message: /within 20 ms/ });
  });

  test("closes every handle that it has opened", async () => {
    let open = 0;
    const cases = storageConformance(async () => ({
      storage: withStores(memoryStorage(), (store) => {
        open += 1;
        let closed = false;
        const close = store.close.bind(store);
        store.close = async () => {
          open -= closed ? 0 : 1;
          closed = true;
          await close();
        };
        return store;
      }),
    }));
    for (const { name, run } of cases) {
      await run();
      assert.equal(open, 0, `handles left open by "${name}"`);
    }
  });

  test("uses another storage over the same medium where there is one", async () => {
    let asked = 0;
    const cases = storageConformance(async () => {
      const storage = memoryStorage();
      return {
        storage,
        async another() {
          asked += 1;
          return storage;
        },
      };
    });
    for (const { run } of cases) {
      await run();
    }
    assert.ok(asked >= 10, `asked ${asked} times`);
  });
});
