/** SPEC 7, "Every refusal is a `RuntimeError`": whatever a host rejects with or throws, what the caller gets has a code. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { assertRefusal, open, planned, regrouped, rejection, says, until, watched } from "./support.mjs";

const throwing = (what) => () => {
  throw new Error(`${what} was asked for`);
};

/** An error whose properties are asked for in vain. */
function unspeakable(error, ...names) {
  for (const name of names) {
    Object.defineProperty(error, name, { get: throwing(name) });
  }
  return error;
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const named = (name, more) => Object.assign(new Error(name), { name, ...more });

const HOST_ERRORS = {
  nothing: () => undefined,
  null: () => null,
  "a symbol": () => Symbol("no"),
  "an object without a prototype": () => Object.create(null),
  "an object that is no text": () => ({ toString: throwing("toString") }),
  "a DOMException": () => new DOMException("full", "QuotaExceededError"),
  "an error without a name, message or code": () =>
    unspeakable(new Error("x"), "stack", "name", "message", "code", "key"),
  "an error that is a revoked proxy": revoked,
  "a proxy whose traps throw": () =>
    new Proxy(new Error("x"), { get: throwing("a property"), getPrototypeOf: throwing("the prototype") }),
  "a StorageCorrupt without a key": () => unspeakable(named("StorageCorrupt"), "key"),
  "a StorageRejected without a code": () => unspeakable(named("StorageRejected"), "code"),
  "a StorageLost without a message": () => unspeakable(named("StorageLost"), "message"),
};

const WAYS = {
  rejects: (make) => () => Promise.reject(make()),
  throws: (make) => () => {
    throw make();
  },
};

async function refusal(promise) {
  const state = watched(promise);
  await until(() => state.status !== "pending", "an answer", 2_000);
  assert.equal(state.status, "rejected");
  const { code } = state.error;
  assert.ok(["storage_failed", "storage_corrupt", "storage_lost"].includes(code), String(state.error));
  return assertRefusal(state.error, code);
}

for (const [name, make] of Object.entries(HOST_ERRORS)) {
  describe(`a host that fails with ${name}`, () => {
    for (const [way, failing] of Object.entries(WAYS)) {
      test(`${way}: an opening and an inspection are refused`, async () => {
        const inner = memoryStorage();
        await (await Runtime.open({ storage: inner, runtimeId: "r" })).close();
        for (const method of ["open", "head", "read"]) {
          const storage = planned({ [method]: failing(make) }, inner);
          await refusal(Runtime.open({ storage, runtimeId: "r", storageTimeoutMs: 500 }));
          await refusal(Runtime.inspect(storage, "r"));
        }
      });

      test(`${way}: pages, events, exports and subscriptions are refused, and \`close\` fulfils`, async (t) => {
        for (const method of ["head", "read"]) {
          const storage = planned();
          const runtime = await open(t, storage, { cacheBytes: 0 });
          const { workerRef } = await runtime.createWorker();
          for (let i = 0; i < 3; i++) {
            await Promise.all(
              Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("h".repeat(1_500)))),
            );
          }
          await regrouped();
          Object.assign(storage.plan, { [method]: failing(make), close: failing(make) });
          await refusal(runtime.transcriptProjection(workerRef, { start: 0, limit: 2 }));
          if (name.startsWith("a StorageLost")) {
            assert.throws(() => runtime.status(), { code: "storage_lost" });
          } else {
            await refusal(runtime.readEvents(runtime.eventCursorFromStart(), 2));
            await refusal(runtime.subscribeEvents(runtime.eventCursorFromStart()).next());
            await refusal(drained(runtime.exportLines()));
          }
          await runtime.close();
        }
      });
    }
  });
}

async function drained(source) {
  const lines = [];
  for await (const line of source) {
    lines.push(line);
  }
  return lines;
}

test("a store whose `disturbed` cannot be waited for opens, and is asked instead", async (t) => {
  // biome-ignore lint/suspicious/noThenProperty: a host may give any kind of promise
  const storage = planned({ disturbed: { then: throwing("then") } });
  const runtime = await open(t, storage);
  await runtime.createWorker();
  await until(() => storage.count("head") > 1, "the head to be asked for beside the opening");
  assert.equal(runtime.status(), "running");
});

for (const [name, make] of Object.entries(HOST_ERRORS)) {
  test(`lines whose source fails with ${name} are refused, and what was written is deleted`, async () => {
    const original = await Runtime.create({ runtimeId: "r" });
    await original.createWorker();
    const lines = await drained(original.exportLines());
    await original.close();
    for (const fail of [
      WAYS.rejects(make),
      WAYS.throws(make),
      async () => Object.defineProperty({ done: false }, "value", { get: WAYS.throws(make) }),
    ]) {
      const storage = memoryStorage();
      const given = lines.slice(0, 2);
      const next = () => (given.length > 0 ? { done: false, value: given.shift() } : fail());
      await rejection(
        () => Runtime.importLines(storage, { [Symbol.asyncIterator]: () => ({ next }) }),
        "invalid_request",
      );
      assert.deepEqual(await storage.list(), []);
    }
  });
}
