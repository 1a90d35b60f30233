/** What SQLite refuses, and what it is called by the contract. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Runtime } from "worker-runtime";
import { sqliteStorage } from "worker-runtime/sqlite";
import { WAL } from "../connect.mjs";
import {
  ALL,
  assertRejected,
  change,
  connected,
  contents,
  databaseFile,
  opened,
  put,
  rejection,
} from "../support.mjs";

const DELETE = ["journal_mode = delete", "synchronous = extra"];

/** How many pages the database may grow by. */
function allow(database, more) {
  const { page_count: pages } = database.prepare("PRAGMA page_count").get();
  database.prepare(`PRAGMA max_page_count = ${pages + more}`).get();
}

async function fillsUp(context, pragmas) {
  const path = databaseFile(context);
  const { database, storage } = opened(context, path, { pragmas });
  const store = await storage.open("r");
  let head = await put(store, null, { a: "1" });
  allow(database, 20);
  const big = { ...change(head, {}), ops: [["b", new Uint8Array(randomBytes(200_000))]] };
  for (let time = 0; time < 3; time += 1) {
    await assertRejected(store.commit(big), "quota");
    assert.equal(await store.head(), head);
  }
  const before = head;
  let refused = 0;
  const applied = { a: "1" };
  for (let step = 0; refused < 5; step += 1) {
    try {
      head = await put(store, head, { [`k${step}`]: "x".repeat(9_000) });
      applied[`k${step}`] = "x".repeat(9_000);
    } catch (error) {
      assert.equal(error.code, "quota", error.stack);
      refused += 1;
    }
  }
  assert.notEqual(head, before);
  assert.deepEqual(await contents(store), applied);
  const { storage: another } = opened(context, path, { pragmas });
  assert.deepEqual(await contents(await another.open("r", { readOnly: true })), applied);
  allow(database, 1_000);
  await put(store, head, { b: "there is room" });
}

export const refusals = [
  {
    name: "without room a commit is refused for certain, with a write-ahead log",
    run: (context) => fillsUp(context, WAL),
  },
  {
    name: "without room a commit is refused for certain, with a rollback journal",
    run: (context) => fillsUp(context, DELETE),
  },
  {
    name: "a runtime without room goes on where one mutation was too much",
    async run(context) {
      const { database, storage } = opened(context, databaseFile(context));
      const runtime = await Runtime.open({ storage, runtimeId: "r" });
      const { workerRef } = await runtime.createWorker();
      allow(database, 30);
      const much = { kind: "user", content: randomBytes(400_000).toString("base64") };
      const error = await rejection(runtime.sendInput(workerRef, much));
      assert.equal(error.code, "storage_failed");
      assert.equal(error.details.outcome, "not_applied");
      assert.equal(error.cause.code, "quota");
      await runtime.sendInput(workerRef, { kind: "user", content: "little" });
      await runtime.close();
    },
  },
  {
    name: "a connection that may only read is denied commits and can be read",
    async run(context) {
      const path = databaseFile(context);
      const writer = await opened(context, path).storage.open("r");
      const head = await put(writer, null, { a: "1" });
      const { storage } = opened(context, path, { readOnly: true });
      const store = await storage.open("r");
      assert.equal(await store.head(), head);
      assert.deepEqual(await contents(store), { a: "1" });
      assert.deepEqual(await storage.list(), ["r"]);
      await assertRejected(store.commit(change(head, { a: "2" })), "denied");
      const none = await storage.open("none");
      assert.equal(await none.head(), null);
      await assertRejected(none.commit(change(null, { a: "2" })), "denied");
      assert.equal(await store.head(), head);
    },
  },
  {
    name: "a connection that may only write queries is denied commits",
    async run(context) {
      const path = databaseFile(context);
      const { database, storage } = opened(context, path);
      const store = await storage.open("r");
      const head = await put(store, null, { a: "1" });
      database.exec("PRAGMA query_only = 1");
      await assertRejected(store.commit(change(head, { a: "2" })), "denied");
      database.exec("PRAGMA query_only = 0");
      await put(store, head, { a: "3" });
    },
  },
  {
    name: "a database that nobody has written has no runtimes, also for who may only read",
    async run(context) {
      const path = databaseFile(context);
      connected(context, path).exec("CREATE TABLE of_somebody_else (x)");
      const { storage } = opened(context, path, { readOnly: true });
      assert.deepEqual(await storage.list(), []);
      await storage.delete("r");
      const store = await storage.open("r", { readOnly: true });
      assert.equal(await store.head(), null);
      assert.deepEqual(await contents(store), {});
      const writer = await storage.open("r");
      assert.equal(await writer.commit(change("from", {})), null);
      await assertRejected(writer.commit(change(null, { a: "1" })), "denied");
    },
  },
  {
    name: "a damaged database is told by that name",
    async run(context) {
      const path = databaseFile(context);
      const { database, storage } = opened(context, path, { pragmas: DELETE });
      const store = await storage.open("r");
      await put(
        store,
        null,
        Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, "x".repeat(3_000)])),
      );
      await store.close();
      const { size } = statSync(path);
      const file = openSync(path, "r+");
      for (let at = 4_096 * 3; at < size; at += 4_096) {
        writeSync(file, randomBytes(64), 0, 64, at);
      }
      closeSync(file);
      database.exec("PRAGMA shrink_memory");
      const { storage: fresh } = opened(context, path, { pragmas: [] });
      const after = await fresh.open("r", { readOnly: true });
      const error = await rejection(after.read(ALL));
      assert.equal(error.name, "StorageCorrupt", error.stack);
      const opening = await rejection(Runtime.open({ storage: fresh, runtimeId: "r" }));
      assert.match(opening.code, /^storage_(corrupt|missing)$/);
    },
  },
  {
    name: "a file that is no database is told as damaged",
    async run(context) {
      const path = databaseFile(context);
      const file = openSync(path, "w");
      writeSync(file, randomBytes(8_192));
      closeSync(file);
      const { storage } = opened(context, path, { pragmas: [] });
      assert.equal((await rejection(storage.open("r"))).name, "StorageCorrupt");
      assert.equal((await rejection(Runtime.open({ storage, runtimeId: "r" }))).code, "storage_corrupt");
    },
  },
  {
    name: "a database file that was moved away is lost",
    async run(context) {
      const path = databaseFile(context);
      const { storage } = opened(context, path, { pragmas: DELETE });
      const store = await storage.open("r");
      const head = await put(store, null, { a: "1" });
      renameSync(path, `${path}.moved`);
      assert.equal((await rejection(store.commit(change(head, { a: "2" })))).name, "StorageLost");
      renameSync(`${path}.moved`, path);
      await put(store, head, { a: "3" });
    },
  },
  {
    name: "another connection that writes is waited for, and the loop is free meanwhile",
    async run(context) {
      const path = databaseFile(context);
      const { storage } = opened(context, path);
      const store = await storage.open("r");
      const head = await put(store, null, { a: "1" });
      const other = connected(context, path);
      other.exec("BEGIN IMMEDIATE");
      let ticks = 0;
      const timer = setInterval(() => {
        ticks += 1;
      }, 10);
      context.after(() => clearInterval(timer));
      const committing = put(store, head, { a: "2" });
      await pause(400);
      assert.equal(await store.head(), head);
      other.exec("ROLLBACK");
      await committing;
      assert.ok(ticks > 10, `${ticks} ticks`);
      assert.deepEqual(await contents(store), { a: "2" });
    },
  },
  {
    name: "another connection that writes for long makes the outcome unknown, and the repeat decides",
    async run(context) {
      const path = databaseFile(context);
      connected(context, path).exec("CREATE TABLE of_somebody_else (x)");
      const { storage } = opened(context, path);
      const store = await storage.open("r");
      const other = connected(context, path);
      other.exec("BEGIN IMMEDIATE");
      const creation = change(null, { a: "1" });
      const error = await rejection(store.commit(creation));
      assert.notEqual(error.name, "StorageRejected");
      other.exec("COMMIT");
      assert.equal(await store.commit(creation), creation.to);
      assert.deepEqual(await contents(store), { a: "1" });
    },
  },
  {
    name: "a reader that stands in the way of a rollback journal is waited for",
    async run(context) {
      const path = databaseFile(context);
      const { storage } = opened(context, path, { pragmas: DELETE });
      const store = await storage.open("r");
      const head = await put(store, null, { a: "1" });
      const other = connected(context, path, { pragmas: [] });
      other.exec("BEGIN");
      other.prepare("SELECT count(*) FROM worker_runtime_records").get();
      const committing = put(store, head, { a: "2" });
      await pause(100);
      other.exec("COMMIT");
      await committing;
      assert.deepEqual(await contents(store), { a: "2" });
    },
  },
  {
    name: "a rollback journal's writer that comes to no end keeps readers out, who are told so",
    async run(context) {
      const path = databaseFile(context);
      const { storage } = opened(context, path, { pragmas: DELETE });
      const store = await storage.open("r");
      const head = await put(store, null, { a: "1" });
      const other = connected(context, path, { pragmas: [] });
      other.exec("BEGIN EXCLUSIVE");
      const errors = await Promise.all([rejection(store.head()), rejection(contents(store))]);
      assert.ok(errors.every(({ name }) => !name.startsWith("Storage")));
      other.exec("COMMIT");
      assert.equal(await store.head(), head);
      assert.deepEqual(await contents(store), { a: "1" });
    },
  },
  {
    name: "a transaction of the caller's on the same connection is left alone",
    async run(context) {
      const { database, storage } = opened(context, databaseFile(context));
      database.exec("CREATE TABLE of_the_caller (x)");
      const store = await storage.open("r");
      database.exec("BEGIN; INSERT INTO of_the_caller VALUES (1)");
      const creation = change(null, { a: "1" });
      const error = await rejection(store.commit(creation));
      assert.notEqual(error.name, "StorageRejected");
      await rejection(storage.delete("r")).catch(() => undefined);
      database.exec("INSERT INTO of_the_caller VALUES (2); COMMIT");
      assert.equal(database.prepare("SELECT sum(x) AS sum FROM of_the_caller").get().sum, 3);
      assert.equal(await store.commit(creation), creation.to);
      database.exec("BEGIN");
      await rejection(storage.delete("r"));
      database.exec("COMMIT");
      assert.deepEqual(await contents(store), { a: "1" });
    },
  },
  {
    name: "tables that somebody has dropped are made again",
    async run(context) {
      const { database, storage } = opened(context, databaseFile(context));
      const [first, second] = [await storage.open("a"), await storage.open("b")];
      const head = await put(first, null, { a: "1" });
      assert.equal(await first.head(), head);
      database.exec("DROP TABLE worker_runtime_stores; DROP TABLE worker_runtime_records");
      await rejection(first.head());
      assert.equal(await first.head(), null);
      await put(second, null, { b: "2" });
      assert.deepEqual(await storage.list(), ["b"]);
      assert.deepEqual(await sqliteStorage({ database }).list(), ["b"]);
    },
  },
  ...["stores", "records"].map((one) => ({
    name: `a database without the table of the ${one} alone is told of, and nothing is begun in it`,
    async run(context) {
      const { database, storage } = opened(context, databaseFile(context));
      const runtime = await Runtime.open({ storage, runtimeId: "r" });
      await runtime.createWorker();
      await runtime.close();
      database.exec(`DROP TABLE worker_runtime_${one}`);
      for (const fresh of [storage, sqliteStorage({ database })]) {
        const signal = AbortSignal.timeout(2_000);
        const error = await rejection(Runtime.open({ storage: fresh, runtimeId: "r", signal }));
        assert.equal(error.code, "storage_failed");
        assert.match(String(error.cause), /no such table/);
        await rejection(fresh.list());
      }
    },
  })),
];
