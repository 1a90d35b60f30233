/** What a browser does to a connection: denies it, keeps it waiting, takes it away, aborts on it. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it, mock } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { forceCloseDatabase, IDBFactory } from "fake-indexeddb";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";
import { ALL, abortWrites, bytes, created, fresh, meddled, soon } from "./support.mjs";

const refused = (code) => (error) => error.name === "StorageRejected" && error.code === code;

describe("where IndexedDB is absent or denied", () => {
  const everyCall = (storage) => [
    storage.open("r"),
    storage.open("r", { takeover: true }),
    storage.open("r", { readOnly: true }),
    storage.list(),
    storage.delete("r"),
  ];

  it("refuses every call as denied where there is none", async () => {
    assert.equal(globalThis.indexedDB, undefined);
    for (const call of everyCall(indexedDbStorage())) {
      await assert.rejects(call, refused("denied"));
    }
  });

  it("leaves no rejection behind that nobody handles, in Chromium as well", async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    const unhandled = [];
    const note = (reason) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    Object.defineProperty(globalThis, "navigator", {
      value: { userAgent: "Chrome/156" },
      configurable: true,
    });
    try {
      for (const call of everyCall(indexedDbStorage())) {
        await assert.rejects(call, refused("denied"));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(unhandled, []);
    } finally {
      process.off("unhandledRejection", note);
      delete globalThis.navigator;
      if (before !== undefined) Object.defineProperty(globalThis, "navigator", before);
    }
  });

  it("refuses where open throws, and gives the cause", async () => {
    const thrown = new DOMException("no", "SecurityError");
    const indexedDB = new IDBFactory();
    indexedDB.open = () => {
      throw thrown;
    };
    for (const call of everyCall(indexedDbStorage({ indexedDB }))) {
      await assert.rejects(call, (error) => refused("denied")(error) && error.cause === thrown);
    }
  });

  for (const [name, code] of Object.entries({
    SecurityError: "denied",
    InvalidStateError: "denied",
    NotAllowedError: "denied",
    QuotaExceededError: "quota",
  })) {
    it(`refuses with "${code}" where open fails with ${name}`, async () => {
      const indexedDB = new IDBFactory();
      indexedDB.open = () => {
        const request = { error: new DOMException("", name) };
        queueMicrotask(() => request.onerror());
        return request;
      };
      await assert.rejects(indexedDbStorage({ indexedDB }).list(), refused(code));
    });
  }

  it("lets go of its lock where the database does not open", async () => {
    const factory = new IDBFactory();
    const storage = indexedDbStorage({ indexedDB: factory });
    factory.open = () => {
      throw new DOMException("no", "SecurityError");
    };
    await assert.rejects(storage.open("r"), refused("denied"));
    delete factory.open;
    const store = await storage.open("r");
    assert.equal(await store.head(), null);
    await store.close();
  });

  it("touches nothing of the host at import and at creation", async () => {
    const module = fileURLToPath(new URL("../../../../pkg/dist/entry/indexeddb.js", import.meta.url));
    const script = `
      for (const name of ["indexedDB", "localStorage", "IDBKeyRange", "BroadcastChannel", "navigator"]) {
        Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error(name + " was touched"); } });
      }
      const { indexedDbStorage } = await import(${JSON.stringify(module)});
      indexedDbStorage();
      console.log("fine");
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    assert.equal(stdout.trim(), "fine");
  });
});

describe("a database that does not open", () => {
  it("is given up after 5 s, with a word on who is in the way, and closed if it opens later", async () => {
    const requests = [];
    const indexedDB = new IDBFactory();
    indexedDB.open = () => {
      const request = {};
      requests.push(request);
      return request;
    };
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      const opening = indexedDbStorage({ indexedDB }).open("r");
      await new Promise((resolve) => setImmediate(resolve));
      requests[0].onblocked();
      mock.timers.tick(4_999);
      assert.equal(await soon(opening, 20), false);
      mock.timers.tick(1);
      await assert.rejects(opening, /did not open "worker-runtime" within 5000 ms: another page/);
    } finally {
      mock.timers.reset();
    }
    let closed = 0;
    requests[0].result = { close: () => closed++ };
    requests[0].onsuccess();
    assert.equal(closed, 1);
  });

  it("ends with the signal's reason", async () => {
    const indexedDB = new IDBFactory();
    indexedDB.open = () => ({});
    const controller = new AbortController();
    const opening = indexedDbStorage({ indexedDB }).open("r", { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 10);
    await assert.rejects(opening, (reason) => reason === "enough");
  });

  it("has the version 1", async () => {
    const { indexedDB, storage } = fresh();
    await (await created(storage)).close();
    assert.deepEqual(await indexedDB.databases(), [{ name: "worker-runtime", version: 1 }]);
  });

  it("is not touched where it belongs to something else", async () => {
    const indexedDB = new IDBFactory();
    const open = (version) =>
      new Promise((resolve) => {
        indexedDB.open("worker-runtime", version).onsuccess = ({ target }) => resolve(target.result);
      });
    (await open(1)).close();
    await assert.rejects(indexedDbStorage({ indexedDB }).list(), /belongs to something else/);
    (await open(2)).close();
    await assert.rejects(indexedDbStorage({ indexedDB }).list(), { name: "VersionError" });
  });
});

describe("a connection that is taken away", () => {
  it("gives way to the deletion of the database, tells the runtime, and finds no head", async () => {
    const { indexedDB, storage } = fresh();
    const store = await created(storage);
    const { disturbed } = store;
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase("worker-runtime");
      request.onsuccess = resolve;
      request.onblocked = () => reject(new Error("blocked"));
    });
    assert.ok(await soon(disturbed));
    assert.equal(await store.head(), null);
    assert.equal(await store.commit({ from: "a", to: "b", ops: [] }), null);
    assert.equal(
      await store.commit({ from: null, to: "a", ops: [] }),
      null,
      "the creation is not applied again",
    );
    await store.close();
  });

  it("is opened again once, and the head decides", async () => {
    const { factory, databases, forceClose } = meddled();
    const store = await created(indexedDbStorage({ indexedDB: factory }));
    const { disturbed } = store;
    forceClose();
    assert.equal(await store.commit({ from: "a", to: "b", ops: [["k", bytes(2)]] }), "b");
    assert.ok(await soon(disturbed));
    assert.notEqual(store.disturbed, disturbed);
    assert.equal(databases.length, 2);
    assert.deepEqual(await store.read(ALL), [["k", bytes(2)]]);
    await store.close();
  });

  it("that says InvalidStateError is opened again", async () => {
    const { factory, databases } = meddled();
    const store = await created(indexedDbStorage({ indexedDB: factory }));
    databases[0].close();
    assert.equal(await store.head(), "a");
    assert.equal(await store.commit({ from: "a", to: "b", ops: [] }), "b");
    assert.equal(databases.length, 2);
    await store.close();
  });

  it("in the middle of a commit is decided by the head, applied or not", async () => {
    for (const applied of [true, false]) {
      const { factory, databases } = meddled();
      const storage = indexedDbStorage({ indexedDB: factory });
      const store = await created(storage);
      const database = databases[0];
      const transaction = database.transaction.bind(database);
      database.transaction = (...args) => {
        const made = transaction(...args);
        if (args[1] === "readwrite") {
          Object.defineProperty(made, "oncomplete", { set() {} });
          if (applied) {
            made.addEventListener("complete", () => {
              made.onabort();
              forceCloseDatabase(database);
            });
          } else {
            made.commit = () => {
              made._abort("AbortError");
              forceCloseDatabase(database);
            };
          }
        }
        return made;
      };
      assert.equal(await store.commit({ from: "a", to: "b", ops: [["k", bytes(2)]] }), "b");
      assert.deepEqual(await store.read(ALL), [["k", bytes(2)]]);
      assert.equal(databases.length, 2);
      await store.close();
    }
  });

  it("twice in a row is an unknown outcome, and the next offering decides", async () => {
    let broken = true;
    const { factory } = meddled((database) => {
      if (broken) abortWrites(database, "UnknownError", 1);
    });
    const store = await indexedDbStorage({ indexedDB: factory }).open("r");
    const creation = { from: null, to: "a", ops: [] };
    await assert.rejects(store.commit(creation), { name: "UnknownError" });
    broken = false;
    // Whether the creation was applied once is not known, so it is not applied again: the runtime takes another token.
    assert.equal(await store.commit(creation), null);
    assert.equal(await store.commit({ from: null, to: "b", ops: [] }), "b");
    await store.close();
  });
});

describe("a commit that finds no room", () => {
  it("is refused by the name of the abort, changes nothing, and can be offered again", async () => {
    const { factory, databases } = meddled();
    const store = await created(indexedDbStorage({ indexedDB: factory }));
    abortWrites(databases[0], "QuotaExceededError");
    const commit = { from: "a", to: "b", ops: [["k", bytes(2)]] };
    await assert.rejects(store.commit(commit), (error) => {
      return refused("quota")(error) && error.cause.name === "QuotaExceededError";
    });
    assert.equal(databases.length, 1, "nothing is opened again");
    assert.equal(await store.head(), "a");
    assert.deepEqual(await store.read(ALL), [["k", bytes(1)]]);
    assert.equal(await store.commit(commit), "b");
    await store.close();
  });

  it("is refused as a creation, which can be offered again", async () => {
    const { factory } = meddled((database) => abortWrites(database, "QuotaExceededError"));
    const store = await indexedDbStorage({ indexedDB: factory }).open("r");
    const commit = { from: null, to: "a", ops: [["k", bytes(2)]] };
    await assert.rejects(store.commit(commit), refused("quota"));
    assert.equal(await store.head(), null);
    assert.equal(await store.commit(commit), "a");
    await store.close();
  });

  it("is answered by the head where that says that it was applied after all", async () => {
    const { factory, databases } = meddled();
    const store = await created(indexedDbStorage({ indexedDB: factory }));
    const database = databases[0];
    const transaction = database.transaction.bind(database);
    database.transaction = (...args) => {
      const made = transaction(...args);
      if (args[1] === "readwrite") {
        Object.defineProperty(made, "oncomplete", { set() {} });
        made.addEventListener("complete", () => {
          made.error = new DOMException("", "QuotaExceededError");
          made.onabort();
        });
      }
      return made;
    };
    assert.equal(await store.commit({ from: "a", to: "b", ops: [] }), "b");
    await store.close();
  });

  it("is not certain while an earlier offering of it is undecided", async () => {
    const { factory, databases } = meddled();
    const store = await created(indexedDbStorage({ indexedDB: factory }));
    abortWrites(databases[0], "UnknownError", 1);
    const { open } = factory;
    // The connection is given up after the abort, and there is no other: the outcome stays unknown.
    factory.open = () => {
      throw new DOMException("", "SecurityError");
    };
    const commit = { from: "a", to: "b", ops: [] };
    await assert.rejects(store.commit(commit), (error) => error.name === "Error");
    await assert.rejects(store.commit(commit), (error) => error.name === "Error");
    factory.open = open;
    assert.equal(await store.commit(commit), "b");
    await store.close();
  });
});

describe("one transaction", () => {
  it("is durable as asked, has one request before its writes, and commits itself", async () => {
    const seen = [];
    for (const durability of ["strict", "relaxed"]) {
      const { factory, databases } = meddled();
      const storage = indexedDbStorage({ indexedDB: factory, durability });
      const store = await storage.open("r");
      seen.push(store.durability);
      const database = databases[0];
      const transaction = database.transaction.bind(database);
      database.transaction = (...args) => {
        const made = transaction(...args);
        seen.push(args[1], args[2].durability);
        const commit = made.commit.bind(made);
        made.commit = () => {
          seen.push("commit");
          commit();
        };
        const objectStore = made.objectStore.bind(made);
        made.objectStore = (name) => {
          const records = objectStore(name);
          for (const method of ["get", "put", "delete"]) {
            const call = records[method].bind(records);
            records[method] = (...rest) => {
              seen.push(method);
              return call(...rest);
            };
          }
          return records;
        };
        return made;
      };
      await store.commit({
        from: null,
        to: "a",
        ops: [
          ["k", bytes(1)],
          ["l", null],
        ],
      });
      await store.close();
    }
    const steps = ["get", "put", "delete", "put", "commit"];
    assert.deepEqual(seen, [
      ...["power-loss", "readwrite", "strict", ...steps],
      ...["memory", "readwrite", "relaxed", ...steps],
    ]);
  });

  it("stores the bytes of a view alone, and of shared memory too", async () => {
    const { storage } = fresh();
    const view = new Uint8Array(new ArrayBuffer(1_000), 10, 3).fill(7);
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(8);
    const pooled = Buffer.from("abc");
    const store = await created(storage, "r", [
      ["a", view],
      ["b", shared],
      ["c", pooled],
    ]);
    const records = await store.read(ALL);
    assert.deepEqual(
      records.map(([, value]) => [...value]),
      [
        [7, 7, 7],
        [8, 8, 8, 8],
        [97, 98, 99],
      ],
    );
    assert.ok(records.every(([, value]) => value.buffer.byteLength === value.byteLength));
    await store.close();
  });

  it("completes before close does, and the handle is of no use after it", async () => {
    const { storage } = fresh();
    const store = await storage.open("r");
    const commit = store.commit({ from: null, to: "a", ops: [] });
    const order = [];
    commit.then(() => order.push("commit"));
    await Promise.all([store.close(), store.close()]);
    assert.deepEqual(order, ["commit"]);
    for (const call of [
      () => store.head(),
      () => store.read(ALL),
      () => store.commit({ from: "a", to: "b", ops: [] }),
    ]) {
      await assert.rejects(call, /closed/);
    }
  });

  it("refuses what is no durability and what is no id", async () => {
    assert.throws(() => indexedDbStorage({ durability: "fsync" }), { code: "invalid_request" });
    const { storage } = fresh();
    await assert.rejects(storage.open(" "), TypeError);
    await assert.rejects(storage.delete("x".repeat(257)), TypeError);
  });
});
