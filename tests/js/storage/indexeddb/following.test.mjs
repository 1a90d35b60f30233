/** Commits that follow each other at once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";
import { ALL, bytes, created, fresh, meddled, soon } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A factory whose transactions that write say what happens to them, by number. */
function told() {
  const seen = [];
  let count = 0;
  const { factory, databases, forceClose } = meddled((database) => {
    const transaction = database.transaction.bind(database);
    database.transaction = (stores, mode, options) => {
      const made = transaction(stores, mode, options);
      if (mode === "readwrite") {
        count += 1;
        const number = count;
        seen.push(`begin ${number}`);
        made.addEventListener("complete", () => seen.push(`complete ${number}`));
      }
      return made;
    };
  });
  return { factory, databases, forceClose, seen };
}

/** Commits `count` times in a row from `head`, each once the one before is acknowledged. */
async function commitInARow(store, head, count) {
  let from = head;
  for (let at = 1; at <= count; at += 1) {
    const to = `${head}${at}`;
    assert.equal(await store.commit({ from, to, ops: [[to, bytes(at)]] }), to);
    from = to;
  }
  return from;
}

describe("commits that follow each other", () => {
  it("leave no transaction open behind them, which would block every other page while this one is busy", async () => {
    for (const length of [1, 40_000]) {
      const { factory, seen } = told();
      const store = await created(indexedDbStorage({ indexedDB: factory }));
      let from = "a";
      for (const to of ["b", "c", "d", "e"]) {
        assert.equal(await store.commit({ from, to, ops: [[to, new Uint8Array(length)]] }), to);
        from = to;
        const number = seen.length / 2;
        assert.deepEqual(seen.slice(-2), [`begin ${number}`, `complete ${number}`]);
      }
      await pause(20);
      assert.equal(seen.length, 2 * 5, "one transaction a commit");
      await store.close();
    }
  });

  it("are applied once where the connection is lost under the transaction that waits for them", async () => {
    for (const wait of [0, 1, 20]) {
      const { factory, forceClose } = told();
      const store = await created(indexedDbStorage({ indexedDB: factory }));
      const head = await commitInARow(store, "a", 3);
      if (wait > 0) await pause(wait - 1);
      forceClose();
      assert.equal(await store.commit({ from: head, to: "z", ops: [["z", bytes(9)]] }), "z");
      assert.equal(await store.head(), "z");
      assert.equal((await store.read(ALL)).length, 5);
      await store.close();
    }
  });

  it("give way to the deletion of the database", async () => {
    const { factory } = told();
    const store = await created(indexedDbStorage({ indexedDB: factory }));
    const head = await commitInARow(store, "a", 3);
    const deletion = new Promise((resolve) => {
      factory.deleteDatabase("worker-runtime").onsuccess = resolve;
    });
    assert.ok(await soon(deletion));
    assert.equal(await store.commit({ from: head, to: "z", ops: [] }), null);
    await store.close();
  });

  it("let the handle be closed, and others in", async () => {
    const { storage } = fresh();
    const store = await created(storage);
    const head = await commitInARow(store, "a", 3);
    assert.ok(await soon(store.close()));
    await assert.rejects(store.commit({ from: head, to: "z", ops: [] }), /closed/);
    const next = await storage.open("r");
    assert.equal(await next.head(), head);
    assert.equal(await next.commit({ from: head, to: "z", ops: [] }), "z");
    await next.close();
  });

  it("stand in one line with those of a rival", async () => {
    const { storage } = fresh();
    await (await created(storage)).close();
    const applied = [];
    const rivals = await Promise.all(["x", "y"].map(() => storage.open("r", { takeover: true })));
    await Promise.all(
      rivals.map(async (store, rival) => {
        let from = await store.head();
        for (let at = 0; at < 60; at += 1) {
          const to = `${rival}-${at}`;
          const head = await store.commit({ from, to, ops: [[to, bytes(at)]] });
          if (head === to) applied.push([from, to]);
          from = head;
          if (Math.random() < 0.1) await pause(Math.random() * 4);
        }
      }),
    );
    const after = new Map(applied);
    assert.equal(after.size, applied.length, "no head has two successors");
    let steps = 0;
    let head = "a";
    for (; after.has(head); head = after.get(head)) steps += 1;
    assert.equal(steps, applied.length, "all that was acknowledged is in one line");
    assert.equal(await rivals[0].head(), head);
    assert.deepEqual(
      (await rivals[0].read(ALL)).map(([key]) => key),
      ["k", ...applied.map(([, to]) => to)].sort(),
    );
    for (const store of rivals) await store.close();
  });
});
