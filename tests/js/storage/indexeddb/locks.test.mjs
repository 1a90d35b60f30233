/** Politeness without Web Locks: the handles of one page stand in line. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { created, fresh, soon } from "./support.mjs";

// Where the host has Web Locks, they are put out of the way: tests/e2e has them.
Object.defineProperty(globalThis, "navigator", { configurable: true, value: undefined });

describe("handles of one page", () => {
  it("wait for their turn, in the order in which they came", async () => {
    const { storage } = fresh();
    const holder = await created(storage);
    const order = [];
    const waiting = ["first", "second", "third"].map(async (name) => {
      const store = await storage.open("r");
      order.push(name);
      await store.close();
    });
    assert.equal(await soon(waiting[0], 50), false);
    await holder.close();
    await Promise.all(waiting);
    assert.deepEqual(order, ["first", "second", "third"]);
  });

  it("of another factory, database or runtime wait for nobody", async () => {
    const { storage, indexedDB } = fresh();
    const holder = await created(storage);
    const others = [
      fresh().storage.open("r"),
      fresh({ indexedDB, databaseName: "b" }).storage.open("r"),
      storage.open("s"),
    ];
    for (const store of await Promise.all(others)) {
      await store.close();
    }
    await holder.close();
  });

  it("that give up leave the line to those behind them", async () => {
    const { storage } = fresh();
    const holder = await created(storage);
    const controller = new AbortController();
    const given = storage.open("r", { signal: controller.signal });
    const next = storage.open("r");
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(given, (error) => error === reason);
    await holder.close();
    await (await next).close();
  });

  it("are robbed by a takeover, told so, and take nobody's turn when they close", async () => {
    const { storage } = fresh();
    const holder = await created(storage);
    const { disturbed } = holder;
    const waiting = storage.open("r");
    const thief = await storage.open("r", { takeover: true });
    assert.ok(await soon(disturbed));
    await holder.close();
    assert.equal(await soon(waiting, 50), false);
    await thief.close();
    const last = await waiting;
    assert.equal(await last.head(), "a");
    await last.close();
  });

  it("to read only stand in no line", async () => {
    const { storage } = fresh();
    const holder = await created(storage);
    const reader = await storage.open("r", { readOnly: true });
    assert.equal(await reader.head(), "a");
    await assert.rejects(reader.commit({ from: "a", to: "b", ops: [] }), /read only/);
    await reader.close();
    await holder.close();
  });
});
