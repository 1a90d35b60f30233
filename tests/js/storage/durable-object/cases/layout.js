/** What stands under the object's keys. */
import assert from "node:assert/strict";
import { durableObjectStorage } from "worker-runtime/durable-object";
import { ALL, change, contents, put, rejection } from "../../commits.mjs";

/** Of the older objects, what serialising adds included. */
const MOST_BYTES = 131_072;

const bytes = (length, from = 0) => Uint8Array.from({ length }, (_, at) => (at + from) % 251);
const opened = (storage, id = "r", options) => durableObjectStorage({ storage }).open(id, options);

export const layout = ({ storage }) => [
  {
    name: "records stand under the keys that are documented, and nothing else does",
    async run() {
      const store = await opened(storage, "é");
      const head = await put(store, null, { key: "value", other: "" });
      const all = await storage.list();
      assert.deepEqual(
        [...all.keys()],
        ["worker-runtime/hc3a9", "worker-runtime/rc3a9!key", "worker-runtime/rc3a9!other"],
      );
      assert.equal(all.get("worker-runtime/hc3a9"), head);
      assert.deepEqual(all.get("worker-runtime/rc3a9!key"), new TextEncoder().encode("value"));
      await store.close();
      await durableObjectStorage({ storage }).delete("é");
      assert.equal((await storage.list()).size, 0);
    },
  },
  {
    name: "other keys of the object are left alone",
    async run() {
      const others = {
        "": 1,
        a: 2,
        "worker-runtime": 3,
        "worker-runtime/": 4,
        'worker-runtime/r72"': 5,
        z: 6,
      };
      await storage.put(others);
      const runtimes = durableObjectStorage({ storage });
      const store = await runtimes.open("r");
      await put(store, null, { key: "value" });
      assert.deepEqual(await contents(store), { key: "value" });
      assert.deepEqual(await runtimes.list(), ["r"]);
      await store.close();
      await runtimes.delete("r");
      assert.deepEqual(Object.fromEntries(await storage.list()), others);
    },
  },
  {
    name: "a value of any length is kept in parts that every object takes, and none is left behind",
    async run(context) {
      const store = await opened(storage);
      let head = null;
      const lengths = [0, 1, 122_879, 122_880, 122_881, 245_760, 1_048_576];
      for (const before of lengths) {
        for (const after of [...lengths, null]) {
          for (const length of [before, after]) {
            const value = length === null ? null : bytes(length, length % 7);
            const commit = {
              from: head,
              to: `${before}-${after}-${length}-${Math.random()}`,
              ops: [["k", value]],
            };
            head = await store.commit(commit);
            assert.equal(head, commit.to);
          }
          const found = await store.read(ALL);
          assert.deepEqual(
            found.map(([key, value]) => [key, value.length]),
            after === null ? [] : [["k", after]],
          );
          assert.ok(after === null || found[0][1].every((byte, at) => byte === (at + (after % 7)) % 251));
          const parts = await storage.list({ prefix: "worker-runtime/r" });
          assert.equal(parts.size, after === null ? 0 : Math.max(1, Math.ceil(after / 122_880)));
          for (const part of parts.values()) {
            assert.ok(
              part.buffer.byteLength + 64 <= MOST_BYTES,
              `${part.buffer.byteLength} bytes in one value`,
            );
          }
        }
      }
      context.diagnostic(`${lengths.length * (lengths.length + 1)} replacements`);
      await store.close();
    },
  },
  {
    name: "ranges and limits count records, not their parts",
    async run() {
      const store = await opened(storage);
      const lengths = { a: 3, "a!": 300_000, aa: 0, b: 1_048_576, "b!": 122_881, c: 1_048_576, d: 5 };
      const ops = Object.entries(lengths).map(([key, length]) => [key, bytes(length)]);
      await store.commit({ from: null, to: "head", ops });
      const keys = Object.keys(lengths);
      for (const gte of ["", ...keys, "bb", "~"]) {
        for (const lt of [...keys, "bb", "~"]) {
          for (const limit of [undefined, 1, 2, 3, 6, 7, 8, 2 ** 53 - 1]) {
            const found = await store.read({ gte, lt, ...(limit === undefined ? {} : { limit }) });
            const expected = keys.filter((key) => key >= gte && key < lt).slice(0, limit);
            assert.deepEqual(
              found.map(([key, value]) => [key, value.length]),
              expected.map((key) => [key, lengths[key]]),
              `${gte} to ${lt}, ${limit}`,
            );
          }
        }
      }
      await store.close();
    },
  },
  {
    name: "a commit of thousands of keys is one commit",
    async run() {
      const store = await opened(storage);
      const keys = Array.from({ length: 3_000 }, (_, at) => `k${at}`);
      const all = (text) => Object.fromEntries(keys.map((key) => [key, text]));
      const head = await put(store, null, all("1"));
      const next = await put(store, head, all("2"));
      assert.deepEqual(await contents(store), all("2"));
      const most = await store.read({ ...ALL, limit: 2_500 });
      assert.deepEqual(
        most.map(([key]) => key),
        keys.toSorted().slice(0, 2_500),
      );
      await put(store, next, all(null));
      assert.deepEqual(await contents(store), {});
      await store.close();
    },
  },
  {
    name: "the longest ids and keys fit",
    async run() {
      const id = "\u{10ffff}".repeat(64);
      const store = await opened(storage, id);
      await put(store, null, { ["~".repeat(200)]: "x".repeat(300_000) });
      const [longest] = [...(await storage.list()).keys()].sort((a, b) => b.length - a.length);
      assert.ok(longest.length <= 2_048, `${longest.length} bytes`);
      assert.deepEqual(await durableObjectStorage({ storage }).list(), [id]);
      await store.close();
    },
  },
  {
    name: "what somebody else has put among the records is told as damage",
    async run() {
      const store = await opened(storage);
      await put(store, null, { a: "1", b: "x".repeat(300_000) });
      for (const [key, value] of [
        ["worker-runtime/r72!a", "text"],
        ["worker-runtime/r72!a 2", bytes(3)],
        ["worker-runtime/r72!b 1", undefined],
      ]) {
        const before = await storage.get(key);
        await (value === undefined ? storage.delete(key) : storage.put(key, value));
        assert.equal((await rejection(store.read(ALL))).name, "StorageCorrupt", key);
        await (before === undefined ? storage.delete(key) : storage.put(key, before));
      }
      assert.equal((await store.read(ALL)).length, 2);
      await storage.put("worker-runtime/h72", 5);
      assert.equal((await rejection(store.head())).name, "StorageCorrupt");
      assert.equal((await rejection(store.commit(change("head", {})))).name, "StorageCorrupt");
      await store.close();
    },
  },
];
