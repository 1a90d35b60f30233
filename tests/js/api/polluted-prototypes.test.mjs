/** What stands on `Object.prototype` is nobody's option, argument or answer. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { memoryStorage, Runtime, StorageLost, StorageRejected } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { allEvents, rejection, user } from "./support.mjs";

/** Every name that the package asks an object for which it did not make itself, or leaves out of one that it made. */
const NAMES = [
  ...["signal", "takeover", "readOnly", "create", "acceptLoss", "storageTimeoutMs", "cacheBytes", "storage"],
  ...["runtimeId", "displayName", "limits", "maxTranscriptProjectionItems", "maxEventBatchItems"],
  ...["operationId", "intent", "purpose", "objective", "role", "profile", "configBundle", "reason"],
  ...[
    "requestedCapabilities",
    "workspaceRefs",
    "mountRefs",
    "reference",
    "workerId",
    "workerRef",
    "sequence",
  ],
  ...["start", "limit", "nextStart", "nextEventId", "gte", "lt", "from", "to", "ops"],
  ...["entry", "request", "losses", "operations", "layout", "disturbed", "durability"],
  ...["databaseName", "indexedDB", "directory", "details", "outcome", "path", "code", "cause", "method"],
];

/** Has something stand under every name while `run` runs. */
async function polluted(descriptor, run) {
  for (const name of NAMES) {
    Object.defineProperty(Object.prototype, name, { ...descriptor(name), configurable: true });
  }
  try {
    return await run();
  } finally {
    for (const name of NAMES) {
      delete Object.prototype[name];
    }
  }
}

const POLLUTIONS = {
  numbers: () => ({ value: 5, writable: true, enumerable: false }),
  "numbers that are enumerable": () => ({ value: 5, writable: true, enumerable: true }),
  strings: () => ({ value: "x", writable: true, enumerable: false }),
  objects: () => ({ value: { x: 1 }, writable: true, enumerable: false }),
  "signals that have aborted": () => ({
    value: AbortSignal.abort(new Error("polluted")),
    writable: true,
    enumerable: false,
  }),
};

/** A runtime's life, without any option that has a default. */
async function life(storage, other) {
  // Nothing is deleted: Node.js itself cannot remove a directory where every object has a signal.
  const seen = [];
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  const { workerRef, ...detail } = await runtime.createWorker();
  seen.push(detail, await runtime.sendInput(workerRef, user("hi")));
  seen.push(await runtime.recordOutput(workerRef, { kind: "tool", content: "ho" }, { operationId: "op" }));
  seen.push(runtime.summary(), runtime.diagnostics(), runtime.listWorkers());
  seen.push(await runtime.transcriptProjection(workerRef, { start: 0, limit: 10 }));
  seen.push(await allEvents(runtime));
  const view = await Runtime.inspect(storage, "r");
  seen.push(view.summary());
  await view.close();
  const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
  seen.push((await subscription.next()).value);
  await subscription.return();
  seen.push((await rejection(() => runtime.sendInput({}, user("hi")), "invalid_request")).details);
  const lines = [];
  for await (const line of runtime.exportLines()) {
    lines.push(line);
  }
  seen.push(await Runtime.importLines(other, lines));
  await runtime.close();
  const again = await Runtime.open({ storage, runtimeId: "r" });
  seen.push(again.summary(), await again.cancelWorker(workerRef), await again.stopRuntime());
  seen.push((await rejection(() => again.createWorker(), "runtime_stopped")).details);
  await again.close();
  const memory = await Runtime.create({ runtimeId: "m" });
  seen.push(memory.summary(), await memory.createWorker());
  await memory.close();
  seen.push(await storage.list());
  seen.push((await rejection(() => Runtime.inspect(storage, "absent"), "storage_missing")).details);
  return JSON.parse(
    JSON.stringify(seen, (key, value) => (key === "recordedAt" ? 0 : value)).replaceAll(/"crc32[^,]*/g, ""),
  );
}

const ADAPTERS = {
  memoryStorage: () => ({ make: memoryStorage, dispose: () => undefined }),
  indexedDbStorage: () => {
    const indexedDB = new IDBFactory();
    const storages = [];
    return {
      make: () => {
        const storage = indexedDbStorage({ indexedDB, databaseName: `d${storages.length}` });
        storages.push(storage);
        return storage;
      },
      dispose: () => undefined,
    };
  },
  nodeFsStorage: async () => {
    const directory = await mkdtemp(join(tmpdir(), "polluted-"));
    let made = 0;
    return {
      make: () => {
        made += 1;
        return nodeFsStorage({ directory: join(directory, String(made)) });
      },
      dispose: () => rm(directory, { recursive: true }),
    };
  },
};

for (const [adapter, prepare] of Object.entries(ADAPTERS)) {
  describe(adapter, () => {
    for (const [kind, descriptor] of Object.entries(POLLUTIONS)) {
      test(`nothing changes where Object.prototype has ${kind}`, async () => {
        const { make, dispose } = await prepare();
        try {
          const expected = await life(make(), make());
          const storages = [make(), make()];
          const found = await polluted(descriptor, () => life(...storages));
          assert.deepEqual(found, expected);
        } finally {
          await dispose();
        }
      });
    }
  });
}

/** Names of fields that objects of the package have. */
const FIELDS = [
  ...[
    "text",
    "worker",
    "answer",
    "refusal",
    "state",
    "runtimeId",
    "operationId",
    "signal",
    "code",
    "details",
  ],
  ...["count", "units", "intent", "handle", "queue", "numbers", "at", "pipeline", "feed", "records", "name"],
];

const WARDENS = {
  "a getter": { get: () => 5 },
  "a getter and a setter": { get: () => 5, set: () => undefined },
  "what cannot be written": { value: 5, writable: false },
};

/** A life that asks nothing of the host but its memory: with such fields, little else of it works. */
async function lifeInMemory() {
  const seen = [];
  for (const runtime of [
    await Runtime.create({ runtimeId: "r" }),
    await Runtime.open({ storage: memoryStorage(), runtimeId: "r" }),
  ]) {
    const { workerRef } = await runtime.createWorker({ intent: { kind: "task", objective: "o" } });
    const subscription = runtime.subscribeEvents(runtime.eventCursorNow());
    const next = subscription.next();
    seen.push(await runtime.sendInput(workerRef, user("hi")), (await next).value.id);
    seen.push(await runtime.sendInput(workerRef, user("hi"), { operationId: "op" }));
    seen.push(runtime.listWorkers(), runtime.summary().workerCount, await runtime.stopWorker(workerRef));
    const error = await rejection(() => runtime.sendInput(workerRef, user("hi")), "invalid_request");
    seen.push(error.code, error.details, error.name);
    await runtime.close();
  }
  const rejected = new StorageRejected("quota");
  seen.push(rejected.name, rejected.code, new StorageLost().name);
  return JSON.stringify(seen, (key, value) => (key === "recordedAt" ? 0 : value));
}

for (const [kind, descriptor] of Object.entries(WARDENS)) {
  test(`the package's own fields are its own where Object.prototype has ${kind} of their names`, async () => {
    const expected = await lifeInMemory();
    for (const name of FIELDS) {
      Object.defineProperty(Object.prototype, name, { ...descriptor, configurable: true });
      let found;
      try {
        found = await lifeInMemory();
      } finally {
        delete Object.prototype[name];
      }
      assert.equal(found, expected, name);
    }
  });
}

test("options of a storage that are not its own are none", async () => {
  const storage = indexedDbStorage({ indexedDB: new IDBFactory() });
  for (const made of [memoryStorage(), storage]) {
    const inherited = Object.create({ signal: AbortSignal.abort(), readOnly: true });
    const store = await made.open("r", inherited);
    assert.equal(await store.commit({ from: null, to: "a", ops: [] }), "a");
    assert.deepEqual(await store.read(Object.assign(Object.create({ limit: 0 }), { gte: "a", lt: "b" })), []);
    await store.close();
  }
});
