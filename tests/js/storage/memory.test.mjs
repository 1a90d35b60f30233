import assert from "node:assert/strict";
import { describe, test } from "node:test";
import vm from "node:vm";
import { memoryStorage } from "../../../pkg/dist/storage/memory.js";

const ALL = { gte: "", lt: "~" };

async function created(ops = [["a", Uint8Array.of(1)]]) {
  const storage = memoryStorage();
  const store = await storage.open("r");
  await store.commit({ from: null, to: "A", ops });
  return { storage, store };
}

describe("memoryStorage() refuses with a TypeError, before anything happens,", () => {
  const value = Uint8Array.of(2);
  const malformed = {
    "an empty key": { ops: [["", value]] },
    "a key of 201 characters": { ops: [["k".repeat(201), value]] },
    "a key with a blank": { ops: [["a b", value]] },
    "a key outside ASCII": { ops: [["é", value]] },
    "a key with a line end": { ops: [["a\n", value]] },
    "a key that is no string": { ops: [[1, value]] },
    "a key that stands there twice": {
      ops: [
        ["b", value],
        ["b", null],
      ],
    },
    "a value of more than 1 MiB": { ops: [["b", new Uint8Array(1_048_577)]] },
    "a value that is a string": { ops: [["b", "2"]] },
    "a value that is undefined": { ops: [["b", undefined]] },
    "a value that is an array buffer": { ops: [["b", new ArrayBuffer(1)]] },
    "a value that is another view": { ops: [["b", new Uint16Array(1)]] },
    "ops that are no list": { ops: "b" },
    "an op that is no pair": { ops: [null] },
    "a `from` that is no string": { from: 1 },
    "a `from` that is undefined": { from: undefined },
    "an empty `from`": { from: "" },
    "an empty `to`": { to: "" },
    "a `to` that is null": { to: null },
    "a `to` that is `from`": { to: "A" },
  };
  for (const [name, part] of Object.entries(malformed)) {
    test(name, async () => {
      const { store } = await created();
      const ops = [["a", null], ...(Array.isArray(part.ops) ? part.ops : [])];
      const commit = { from: "A", to: "B", ...part, ...(Array.isArray(part.ops) ? { ops } : {}) };
      await assert.rejects(store.commit({ ops: [], ...commit }), TypeError);
      assert.equal(await store.head(), "A");
      assert.deepEqual(await store.read(ALL), [["a", Uint8Array.of(1)]]);
    });
  }

  const ranges = [
    { gte: "é", lt: "~" },
    { gte: "", lt: "a b" },
    { gte: undefined, lt: "~" },
    { ...ALL, limit: -1 },
    { ...ALL, limit: 1.5 },
    { ...ALL, limit: Number.POSITIVE_INFINITY },
    { ...ALL, limit: null },
  ];
  for (const range of ranges) {
    test(`the range ${JSON.stringify(range)}`, async () => {
      const { store } = await created();
      await assert.rejects(store.read(range), TypeError);
    });
  }

  for (const id of [
    "",
    " \t\n",
    "\u00a0\u3000",
    "x".repeat(257),
    "é".repeat(129),
    "\ud800",
    "a\udc00b",
    1,
    null,
  ]) {
    test(`the runtime id ${String(JSON.stringify(id)).slice(0, 20)}`, async () => {
      const storage = memoryStorage();
      await assert.rejects(storage.open(id), TypeError);
      await assert.rejects(storage.delete(id), TypeError);
      assert.deepEqual(await storage.list(), []);
    });
  }
});

describe("memoryStorage()", () => {
  test("keeps copies, so that what is committed may be changed afterwards", async () => {
    const value = Uint8Array.of(1, 2, 3);
    const { store } = await created([["a", value]]);
    value.fill(9);
    assert.deepEqual(await store.read(ALL), [["a", Uint8Array.of(1, 2, 3)]]);
  });

  test("takes arrays of another realm, and Node's buffers", async () => {
    const foreign = vm.runInNewContext("Uint8Array.of(1, 2)");
    const { store } = await created([
      ["a", foreign],
      ["b", Buffer.from("b")],
    ]);
    const records = await store.read(ALL);
    assert.deepEqual(records, [
      ["a", Uint8Array.of(1, 2)],
      ["b", Uint8Array.of(98)],
    ]);
    assert.equal(records[0][1].constructor, Uint8Array);
    assert.equal(records[1][1].constructor, Uint8Array);
  });

  test("never waits for a living holder", async () => {
    const { storage } = await created();
    const second = await storage.open("r");
    assert.equal(await second.head(), "A");
  });

  test("rejects with the reason of a signal that has aborted", async () => {
    const reason = new Error("no more");
    await assert.rejects(
      memoryStorage().open("r", { signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    );
  });

  test("refuses a handle that was closed, and closes twice without harm", async () => {
    const { storage, store } = await created();
    await store.close();
    await store.close();
    await assert.rejects(store.head(), /closed/);
    await assert.rejects(store.read(ALL), /closed/);
    await assert.rejects(store.commit({ from: "A", to: "B", ops: [] }), /closed/);
    assert.equal(await (await storage.open("r")).head(), "A");
  });

  test("refuses commits of a handle that was opened to read only", async () => {
    const { storage } = await created();
    const reader = await storage.open("r", { readOnly: true });
    await assert.rejects(reader.commit({ from: "A", to: "B", ops: [] }), /read only/);
    assert.equal(await reader.head(), "A");
  });

  test("is not disturbed by its own commits, and after one of them waits for the next rival", async () => {
    const { storage, store } = await created();
    const rival = await storage.open("r");
    const pending = () => Promise.race([store.disturbed.then(() => "settled"), Promise.resolve("pending")]);
    const first = store.disturbed;
    await store.commit({ from: "A", to: "B", ops: [] });
    assert.equal(store.disturbed, first);
    assert.equal(await pending(), "pending");
    await rival.commit({ from: "B", to: "C", ops: [] });
    await first;
    await store.commit({ from: "C", to: "D", ops: [] });
    assert.notEqual(store.disturbed, first);
    assert.equal(await pending(), "pending");
    const second = store.disturbed;
    await storage.delete("r");
    await second;
  });

  test("is not disturbed by what is refused, repeated or not there", async () => {
    const { storage, store } = await created();
    const rival = await storage.open("r");
    await rival.commit({ from: "elsewhere", to: "B", ops: [] });
    await rival.commit({ from: null, to: "A", ops: [] });
    await storage.delete("other");
    assert.equal(
      await Promise.race([store.disturbed.then(() => "settled"), Promise.resolve("pending")]),
      "pending",
    );
  });

  test("holds a hundred thousand records and more without slowing down", async () => {
    const storage = memoryStorage();
    const store = await storage.open("r");
    const value = new Uint8Array(8);
    const start = process.cpuUsage();
    let head = null;
    const count = 120_000;
    for (let from = 0; from < count; from += 400) {
      // Neither in ascending nor in descending order.
      const ops = Array.from({ length: 400 }, (_, at) => [
        `k${(((from + at) * 7919) % count).toString(36).padStart(4, "0")}`,
        value,
      ]);
      const to = `head ${from}`;
      head = await store.commit({ from: head, to, ops });
      const [[key]] = await store.read({ gte: ops[200][0], lt: "~", limit: 1 });
      assert.equal(key, ops[200][0]);
    }
    const all = await store.read(ALL);
    assert.equal(all.length, count);
    assert.ok(all.every(([key], at) => at === 0 || all[at - 1][0] < key));
    for (let from = 0; from < count; from += 400) {
      const to = `empty ${from}`;
      head = await store.commit({
        from: head,
        to,
        ops: all.slice(from, from + 400).map(([key]) => [key, null]),
      });
    }
    assert.deepEqual(await store.read(ALL), []);
    const { user } = process.cpuUsage(start);
    // A scan of all records for each commit would take minutes.
    assert.ok(user < 8_000_000, `${user} µs`);
  });
});
