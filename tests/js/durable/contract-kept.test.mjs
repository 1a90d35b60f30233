/** What the runtime promises an adapter: the other half of the contract in `RuntimeStore` and `RuntimeStorage`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { everything, idle, open, planned, quota, regrouped, says } from "./support.mjs";

const KEY = /^[!-~]{1,200}$/u;

/** Drives everything that reads or writes a store: openings, mutations, regroupings, pages, views, exports, imports. */
async function drive(t, storage) {
  let runtime = await Runtime.open({
    storage,
    runtimeId: "r",
    displayName: "n".repeat(3_000),
    cacheBytes: 0,
  });
  const { workerRef } = await runtime.createWorker({
    intent: { kind: "task", objective: "o".repeat(60_000) },
  });
  for (let i = 0; i < 20; i++) {
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        runtime.sendInput(workerRef, says(`${n} ${"k".repeat(2_500)}`), { operationId: `${i}/${n}` }),
      ),
    );
    await regrouped();
  }
  await runtime.sendInput(workerRef, says("l".repeat(2_000_000)));
  await everything(runtime);
  await runtime.close();
  runtime = await open(t, storage, { cacheBytes: 0 });
  // A view ends once the store is regrouped.
  await runtime.close();
  const view = await Runtime.inspect(storage, "r");
  await everything(view);
  const lines = [];
  for await (const line of view.exportLines()) {
    lines.push(line);
  }
  await view.close();
  const target = planned({}, memoryStorage());
  let left = 4;
  target.plan.commit = (_commit, next) => (left-- > 0 ? next() : Promise.reject(quota()));
  target.plan.delete = () => Promise.reject(new Error("not now"));
  await assert.rejects(Runtime.importLines(target, lines), { code: "storage_failed" });
  target.plan = Object.assign(target.plan, { commit: undefined, delete: undefined });
  await Runtime.importLines(target, lines);
  return target;
}

test("ranges have bounds that are keys or empty, and limits that are integers above 0", async (t) => {
  const storage = planned();
  const target = await drive(t, storage);
  const ranges = [storage, target].flatMap(({ calls }) =>
    calls.filter(({ method }) => method === "read").map(({ argument }) => argument),
  );
  assert.ok(ranges.length > 50, `${ranges.length} reads`);
  for (const { gte, lt, limit, ...more } of ranges) {
    assert.match(gte, /^$|^[!-~]{1,200}$/u);
    assert.match(lt, KEY);
    assert.ok(gte < lt, `${gte} ${lt}`);
    assert.ok(limit === undefined || (Number.isInteger(limit) && limit > 0), String(limit));
    assert.deepEqual(more, {});
  }
});

test("keys and values keep within the contract, and commits stay as they were offered", async (t) => {
  const offered = [];
  const copy = ({ from, to, ops }) => ({
    from,
    to,
    ops: ops.map(([key, value]) => [key, value?.slice() ?? null]),
  });
  const storage = planned();
  const { open: opened } = storage;
  storage.open = async (...args) => {
    const store = await opened(...args);
    const { commit } = store;
    store.commit = (given) => {
      offered.push({ given, copy: copy(given) });
      return commit(given);
    };
    return store;
  };
  await drive(t, storage);
  await idle();
  assert.ok(offered.length > 30, `${offered.length} commits`);
  for (const { given, copy: before } of offered) {
    assert.deepEqual(Object.keys(given).sort(), ["from", "ops", "to"]);
    assert.deepEqual(copy(given), before, "a commit that was offered is not changed by the runtime");
    const keys = given.ops.map(([key]) => key);
    assert.equal(new Set(keys).size, keys.length);
    for (const [key, value] of given.ops) {
      assert.match(key, KEY);
      const most = (key.startsWith("c/") ? 60 : 48) * 1024;
      assert.ok(value === null || (value instanceof Uint8Array && value.length <= most), key);
    }
  }
});

test("a handle that is read only is not committed to, and none is used once it was let go of", async (t) => {
  const misuse = [];
  const inner = memoryStorage();
  const handles = [];
  const storage = {
    list: () => inner.list(),
    delete: (id) => inner.delete(id),
    async open(id, options) {
      const store = await inner.open(id, options);
      const handle = { closed: 0 };
      handles.push(handle);
      const guarded = (method) => (argument) => {
        if (handle.closed > 0 || (method === "commit" && options?.readOnly)) {
          misuse.push(method);
        }
        return store[method](argument);
      };
      return {
        durability: "memory",
        head: guarded("head"),
        read: guarded("read"),
        commit: guarded("commit"),
        close: () => {
          handle.closed += 1;
          return store.close();
        },
      };
    },
  };
  await drive(t, storage);
  await idle();
  assert.deepEqual(misuse, []);
  assert.ok(handles.length >= 3);
  assert.ok(handles.every(({ closed }) => closed === 1));
});
