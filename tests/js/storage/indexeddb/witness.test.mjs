/** Evidence of loss: the witness in local storage, and what a handle remembers itself. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import * as fake from "fake-indexeddb";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";
import { bytes, created, fresh } from "./support.mjs";

class LocalStorage {
  items = new Map();
  writes = 0;
  getItem(key) {
    return this.items.get(key) ?? null;
  }
  setItem(key, value) {
    this.writes += 1;
    this.items.set(key, value);
  }
  removeItem(key) {
    this.items.delete(key);
  }
}

const key = (id) => `worker-runtime:["worker-runtime","${id}"]`;
const lost = { name: "StorageLost" };
const creation = { from: null, to: "new", ops: [] };

describe("the witness", () => {
  const storage = indexedDbStorage();

  beforeEach(() => {
    globalThis.indexedDB = new fake.IDBFactory();
    globalThis.IDBKeyRange = fake.IDBKeyRange;
    Object.defineProperty(globalThis, "localStorage", {
      configurable: true,
      writable: true,
      value: new LocalStorage(),
    });
  });

  afterEach(() => {
    delete globalThis.indexedDB;
    delete globalThis.IDBKeyRange;
    delete globalThis.localStorage;
  });

  const note = (id = "r") => JSON.parse(localStorage.getItem(key(id)));

  /** Everything in IndexedDB is gone; the local storage stays. */
  const wipe = () => {
    globalThis.indexedDB = new fake.IDBFactory();
  };

  /** What is in the database, to put it back later: a store that has gone back in time. */
  async function records() {
    const database = await new Promise((resolve) => {
      indexedDB.open("worker-runtime", 1).onsuccess = ({ target }) => resolve(target.result);
    });
    const all = (mode, body) =>
      new Promise((resolve) => {
        const transaction = database.transaction("records", mode);
        const result = body(transaction.objectStore("records"));
        transaction.oncomplete = () => resolve(result);
      });
    return {
      get: async (key) => (await all("readonly", (store) => store.get(key))).result,
      put: (value, key) => all("readwrite", (store) => store.put(value, key)),
      close: () => database.close(),
    };
  }

  it("is written after the first acknowledged commit, then now and then, then at the close", async () => {
    const store = await created(storage);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual(note(), { birth: "a", count: 1 });
    let head = "a";
    for (let count = 2; count <= 50; count += 1) {
      head = await store.commit({ from: head, to: `n${count}`, ops: [] });
    }
    assert.ok(localStorage.writes <= 3, `${localStorage.writes} writes for 50 commits`);
    await store.close();
    assert.deepEqual(note(), { birth: "a", count: 50 });
  });

  it("has local storage looked up once for each handle, whether it is there or not", async () => {
    const { localStorage } = globalThis;
    for (const refused of [false, true]) {
      let asked = 0;
      Object.defineProperty(globalThis, "localStorage", {
        configurable: true,
        get() {
          asked += 1;
          if (refused) {
            throw new DOMException("", "SecurityError");
          }
          return localStorage;
        },
      });
      const id = `refused ${refused}`;
      const store = await created(storage, id);
      let head = "a";
      for (let count = 2; count <= 20; count += 1) {
        head = await store.commit({ from: head, to: `n${count}`, ops: [] });
      }
      await store.close();
      assert.equal(asked, 1);
      assert.equal(localStorage.items.has(key(id)), !refused);
    }
  });

  it("makes a vanished store a loss for every handle, until that has reported it", async () => {
    await (await created(storage)).close();
    wipe();
    for (let time = 0; time < 2; time += 1) {
      const store = await storage.open("r");
      await assert.rejects(store.head(), lost);
      await store.close();
    }
    const reader = await storage.open("r", { readOnly: true });
    await assert.rejects(reader.head(), lost);
    await reader.close();
    const store = await storage.open("r");
    await assert.rejects(store.commit(creation), lost);
    assert.equal(await store.head(), null);
    assert.equal(await store.commit(creation), "new");
    await store.close();
    assert.deepEqual(note(), { birth: "new", count: 1 });
    const next = await storage.open("r");
    assert.equal(await next.head(), "new");
    await next.close();
  });

  it("makes a store that has gone back in time a loss, and what is there counts once that is reported", async () => {
    const store = await created(storage);
    const raw = await records();
    const early = await raw.get("r");
    await store.commit({ from: "a", to: "b", ops: [] });
    await store.close();
    await raw.put(early, "r");
    raw.close();
    const later = await storage.open("r");
    await assert.rejects(later.head(), lost);
    assert.equal(await later.head(), "a");
    assert.equal(await later.commit({ from: "a", to: "c", ops: [] }), "c");
    assert.equal(await later.commit({ from: "c", to: "d", ops: [] }), "d");
    await later.close();
    const next = await storage.open("r");
    assert.equal(await next.head(), "d");
    await next.close();
  });

  it("is not needed by a handle that saw more itself", async () => {
    delete globalThis.localStorage;
    const store = await created(storage);
    const raw = await records();
    const early = await raw.get("r");
    await store.commit({ from: "a", to: "b", ops: [] });
    await raw.put(early, "r");
    raw.close();
    await assert.rejects(store.commit({ from: "b", to: "c", ops: [] }), lost);
    await store.close();
  });

  it("goes with a deletion, so that nothing is lost", async () => {
    const store = await created(storage);
    await store.commit({ from: "a", to: "b", ops: [] });
    await storage.delete("r");
    assert.equal(note(), null);
    assert.equal(await store.head(), null);
    await store.close();
    assert.equal(note(), null, "a note that was due is not written over a deleted store");
    const next = await storage.open("r");
    assert.equal(await next.commit(creation), "new");
    await next.close();
  });

  it("is given up by deleting a lost store", async () => {
    await (await created(storage)).close();
    wipe();
    await storage.delete("r");
    const store = await storage.open("r");
    assert.equal(await store.head(), null);
    await store.close();
  });

  it("of a store that was deleted out of its reach is no evidence", async () => {
    await (await created(storage)).close();
    const { localStorage } = globalThis;
    delete globalThis.localStorage;
    await storage.delete("r");
    await storage.delete("r");
    assert.deepEqual(await storage.list(), []);
    Object.defineProperty(globalThis, "localStorage", {
      configurable: true,
      writable: true,
      value: localStorage,
    });
    const store = await storage.open("r");
    assert.equal(await store.head(), null);
    assert.equal(note(), null);
    assert.equal(await store.commit(creation), "new");
    await store.close();
    assert.deepEqual(await storage.list(), ["r"]);
  });

  it("of a store that was deleted and created again elsewhere is no evidence", async () => {
    const store = await created(storage);
    await store.commit({ from: "a", to: "b", ops: [] });
    await store.close();
    const stale = localStorage.getItem(key("r"));
    await storage.delete("r");
    await (await created(storage, "r", [["k", bytes(2)]])).close();
    localStorage.setItem(key("r"), stale.replace('"a"', '"another"'));
    const next = await storage.open("r");
    assert.equal(await next.head(), "a");
    await next.close();
  });

  it("that is no witness is passed over, and so is a local storage that refuses", async () => {
    localStorage.setItem(key("r"), "{");
    localStorage.setItem = () => {
      throw new DOMException("", "QuotaExceededError");
    };
    const store = await storage.open("r");
    assert.equal(await store.head(), null);
    assert.equal(await store.commit(creation), "new");
    await store.close();
    Object.defineProperty(globalThis, "localStorage", {
      configurable: true,
      get() {
        throw new DOMException("", "SecurityError");
      },
    });
    const next = await storage.open("r");
    assert.equal(await next.head(), "new");
    await next.close();
  });

  it("is not kept for an injected factory", async () => {
    await (await created(fresh().storage)).close();
    assert.equal(localStorage.writes, 0);
    const store = await fresh().storage.open("r");
    assert.equal(await store.head(), null);
    await store.close();
  });
});
