/** Connections that are kept open for the next one who needs them, and the browser's log that is renewed once for all of them. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { forceCloseDatabase, IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";
import { ALL, created, meddled, soon } from "./support.mjs";

const deleted = (indexedDB, name = "worker-runtime") =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onblocked = () => reject(new Error("blocked"));
  });

const closed = (databases) =>
  databases.filter(({ _closed, _closePending }) => _closed || _closePending).length;

describe("a connection that is not used any more", () => {
  it("serves the next handle, list and delete, one after another", async () => {
    const { factory, databases } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    await (await created(storage)).close();
    // Another storage of the same database, too.
    const again = indexedDbStorage({ indexedDB: factory });
    const store = await again.open("r");
    assert.equal(await store.head(), "a");
    assert.equal(await store.commit({ from: "a", to: "b", ops: [] }), "b");
    await store.close();
    assert.deepEqual(await storage.list(), ["r"]);
    await storage.delete("r");
    assert.deepEqual(await storage.list(), []);
    assert.equal(databases.length, 1);
  });

  it("is nobody else's: another database and another factory have their own", async () => {
    const { factory, databases } = meddled();
    await (await created(indexedDbStorage({ indexedDB: factory }))).close();
    const other = indexedDbStorage({ indexedDB: factory, databaseName: "other" });
    assert.deepEqual(await other.list(), []);
    assert.equal(databases.length, 2);
    assert.deepEqual(await indexedDbStorage({ indexedDB: new IDBFactory() }).list(), []);
  });

  it("serves one handle at a time", async () => {
    const { factory, databases } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    await (await created(storage, "r")).close();
    const [one, two] = await Promise.all([storage.open("r"), storage.open("s")]);
    assert.equal(await one.head(), "a");
    assert.equal(await two.head(), null);
    assert.equal(databases.length, 2);
    assert.equal(closed(databases), 0);
    await one.close();
    await two.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed(databases), 1, "only one is kept");
    const three = await storage.open("r");
    assert.equal(await three.head(), "a");
    assert.equal(databases.length, 2);
    await three.close();
  });

  it("is closed after a second, counted from when it was last used", async () => {
    const { factory, databases } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    await storage.list();
    const tasks = () => new Promise((resolve) => setImmediate(resolve));
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      // What was put back before has a timer of the host.
      await storage.list();
      await tasks();
      mock.timers.tick(999);
      const opening = storage.open("r");
      await tasks();
      await (await opening).close();
      await tasks();
      mock.timers.tick(999);
      assert.equal(closed(databases), 0);
      mock.timers.tick(1);
      assert.equal(closed(databases), 1);
    } finally {
      mock.timers.reset();
    }
    assert.equal(databases.length, 1);
    assert.deepEqual(await storage.list(), []);
    assert.equal(databases.length, 2);
  });

  it("gives way to the deletion of the database", async () => {
    const { factory, databases } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    await (await created(storage)).close();
    await deleted(factory);
    assert.deepEqual(await storage.list(), []);
    assert.equal(databases.length, 2);
  });

  it("is not used once the browser has taken it away", async () => {
    const { factory, databases, forceClose } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    await (await created(storage)).close();
    forceClose();
    await new Promise((resolve) => setImmediate(resolve));
    const store = await storage.open("r");
    assert.equal(await store.head(), "a");
    assert.equal(databases.length, 2);
    await store.close();
  });

  it("is opened anew where it does not work any more, though nobody said so", async () => {
    const { factory, databases } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    await (await created(storage)).close();
    databases[0].close();
    const store = await storage.open("r");
    const { disturbed } = store;
    assert.equal(await store.head(), "a");
    assert.equal(await soon(disturbed, 20), false);
    assert.equal(databases.length, 2);
    await store.close();
  });

  it("is gone with one that fails: what is tried again is tried on a new one", async () => {
    const { factory, databases } = meddled();
    const storage = indexedDbStorage({ indexedDB: factory });
    for (const call of [
      (store) => store.head(),
      (store) => store.read(ALL),
      (store) => store.commit({ from: "a", to: "b", ops: [] }),
    ]) {
      await storage.delete("r");
      const store = await created(storage);
      await storage.list();
      // A browser has taken both away and has not said so yet.
      for (const database of databases) database.close();
      await call(store);
      await store.close();
    }
  });
});

describe("Chromium's log", () => {
  let renewals;
  let factory;
  let databases;
  const before = ["indexedDB", "IDBKeyRange", "navigator"].map((name) => [
    name,
    Object.getOwnPropertyDescriptor(globalThis, name),
  ]);

  beforeEach(() => {
    ({ factory, databases } = meddled());
    renewals = 0;
    const remove = factory.deleteDatabase.bind(factory);
    factory.deleteDatabase = (name) => {
      renewals += name === "worker-runtime:log" ? 1 : 0;
      return remove(name);
    };
    const values = { indexedDB: factory, IDBKeyRange, navigator: { userAgent: "Chrome/156" } };
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(globalThis, name, { value, configurable: true });
    }
  });

  afterEach(() => {
    for (const [name, descriptor] of before) {
      delete globalThis[name];
      if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
    }
  });

  const ours = () => databases.filter(({ name }) => name === "worker-runtime");

  it("is renewed before the first write, and not again while a connection is open without a break", async () => {
    const storage = indexedDbStorage();
    const store = await created(storage);
    assert.equal(renewals, 1);
    const second = await created(storage, "s");
    await store.close();
    await second.close();
    await (await created(storage, "t")).close();
    await storage.delete("t");
    assert.equal(renewals, 1);
  });

  it("is renewed again after the last connection was closed", async () => {
    const storage = indexedDbStorage();
    await (await created(storage)).close();
    await deleted(factory);
    await (await created(storage, "s")).close();
    assert.equal(renewals, 2);
  });

  it("is renewed again once the browser has taken a connection away, in every handle", async () => {
    const storage = indexedDbStorage();
    const one = await created(storage, "r");
    const two = await created(storage, "s");
    assert.equal(renewals, 1);
    // A browser closes both; of the second this page was not told yet.
    forceCloseDatabase(ours()[0]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const three = await created(storage, "t");
    assert.equal(renewals, 2);
    assert.equal(await one.commit({ from: "a", to: "b", ops: [] }), "b");
    assert.equal(renewals, 2);
    await Promise.all([one.close(), two.close(), three.close()]);
  });

  it("is renewed again where a connection fails, though nobody said why", async () => {
    const storage = indexedDbStorage();
    const one = await created(storage, "r");
    const two = await created(storage, "s");
    for (const database of ours()) database.close();
    assert.equal(await one.commit({ from: "a", to: "b", ops: [] }), "b");
    assert.equal(renewals, 2);
    assert.equal(await two.commit({ from: "a", to: "b", ops: [] }), "b");
    await Promise.all([one.close(), two.close()]);
  });

  it("is renewed by whoever writes first after an open that failed", async () => {
    const storage = indexedDbStorage();
    const { open } = factory;
    factory.open = (name, version) => {
      if (name === "worker-runtime") throw new DOMException("no", "UnknownError");
      return open(name, version);
    };
    await assert.rejects(storage.open("r"), { name: "UnknownError" });
    factory.open = open;
    for (let wait = 0; wait < 100 && renewals === 0; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(renewals, 1);
    await storage.list();
    await (await created(storage)).close();
    assert.equal(renewals, 2);
  });
});
