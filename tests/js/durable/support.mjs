import assert from "node:assert/strict";
import { memoryStorage, Runtime } from "worker-runtime";

export {
  allEvents,
  assertRefusal,
  everything,
  internal,
  rejection,
  thrown,
  trapModule,
  user,
} from "../api/support.mjs";

/** A promise and the means to settle it. */
export function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until `condition` holds. */
export async function until(condition, what = "the condition", milliseconds = 5_000) {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `${what} did not come about within ${milliseconds} ms`);
    await pause(2);
  }
}

/** What has become of a promise so far: "pending", "fulfilled" or "rejected". */
export function watched(promise) {
  const state = { status: "pending", promise };
  promise.then(
    (value) => Object.assign(state, { status: "fulfilled", value }),
    (error) => Object.assign(state, { status: "rejected", error }),
  );
  return state;
}

/** Long enough for everything to have happened that does not wait for a timer. */
export async function idle() {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Long enough for what is due to be regrouped, once no mutation comes. */
export const regrouped = () => pause(25);

/**
 * A storage over `inner` that records every call in `calls` and asks `plan` first: `plan.commit(commit, next, store)` and
 * the like for `head`, `read`, `close`, `open`, `delete`, `list`, where `next` hands the call on. The plan may be changed
 * at any time.
 */
export function planned(plan = {}, inner = memoryStorage(), { disturbed = true } = {}) {
  const calls = [];
  const note = (method, argument) => calls.push({ method, argument });
  const through = (method, argument, next, store) => {
    note(method, argument);
    return plan[method] === undefined ? next() : plan[method](argument, next, store);
  };
  const storage = {
    plan,
    calls,
    inner,
    commits: () => calls.filter(({ method }) => method === "commit").map(({ argument }) => argument),
    count: (method) => calls.filter((call) => call.method === method).length,
    open: (runtimeId, options) =>
      through("open", { runtimeId, options }, async () => wrap(await inner.open(runtimeId, options))),
    list: () => through("list", undefined, () => inner.list()),
    delete: (runtimeId) => through("delete", runtimeId, () => inner.delete(runtimeId)),
  };
  function wrap(store) {
    const wrapped = {
      durability: store.durability,
      head: () => through("head", undefined, () => store.head(), store),
      read: (range) => through("read", range, () => store.read(range), store),
      commit: (commit) => through("commit", commit, () => store.commit(commit), store),
      close: () => through("close", undefined, () => store.close(), store),
    };
    if (disturbed) {
      Object.defineProperty(wrapped, "disturbed", { get: () => plan.disturbed ?? store.disturbed });
    }
    return wrapped;
  }
  return storage;
}

/** Opens a runtime that is closed when the test ends. */
export async function open(t, storage, options = {}) {
  const runtime = await Runtime.open({ storage, runtimeId: "r", ...options });
  t.after(() => runtime.close());
  return runtime;
}

/** A runtime on a planned storage, with one Worker. */
export async function withWorker(t, plan, options) {
  const storage = planned(plan);
  const runtime = await open(t, storage, options);
  const { workerRef } = await runtime.createWorker();
  return { storage, runtime, workerRef, say: (text, more) => runtime.sendInput(workerRef, says(text), more) };
}

export const says = (content) => ({ kind: "user", content });

/** The contents of a Worker's transcript. */
export async function contents(runtime, workerRef) {
  const found = [];
  for (let start = 0; start !== undefined; ) {
    const page = await runtime.transcriptProjection(workerRef, { start, limit: 256 });
    found.push(...page.items.map((item) => item.content));
    start = page.nextStart;
  }
  return found;
}

export function quota(message = "no room") {
  return Object.assign(new Error(message), { name: "StorageRejected", code: "quota" });
}

export function loss(message = "gone") {
  return Object.assign(new Error(message), { name: "StorageLost" });
}

/** All records and the head of a store. */
export async function snapshot(storage, runtimeId = "r") {
  const store = await storage.open(runtimeId, { readOnly: true });
  const head = await store.head();
  const records = await store.read({ gte: "!", lt: "~" });
  await store.close();
  return { head, records: records.map(([key, value]) => [key, Buffer.from(value).toString("base64")]) };
}

/** Makes a store whose records are those of `storage`, changed by `change(map of key to bytes)`. */
export async function altered(storage, change, runtimeId = "r") {
  const { head, records } = await snapshot(storage, runtimeId);
  const map = new Map(records.map(([key, value]) => [key, new Uint8Array(Buffer.from(value, "base64"))]));
  change(map);
  const copy = memoryStorage();
  const store = await copy.open(runtimeId);
  await store.commit({ from: null, to: head, ops: [...map] });
  await store.close();
  return copy;
}

/** The seed of a randomised test: from the environment, or new; it is printed. */
export function seedOf(t, name) {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`${name}: SEED=${seed}`);
  return seed;
}

/** Numbers from 0 up to but not including 1 that `seed` fixes. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
