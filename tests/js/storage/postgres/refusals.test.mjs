/** What the server refuses, and what that is called by the contract: certain only what is certain. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Runtime, RuntimeError } from "worker-runtime";
import { postgresStorage } from "worker-runtime/postgres";
import { storageConformance } from "worker-runtime/testing";
import { startServer } from "./server.mjs";
import { assertRejected, change, contents, freshSchema, opened, pooled, put, rejection } from "./support.mjs";

const isUnknown = (error, code) => {
  assert.notEqual(error.name, "StorageRejected", error.stack);
  assert.equal(error.code, code, error.stack);
};

/** A store with something in it, and a transaction of somebody else's that is in the way of its next commit. */
async function held(context, server, options) {
  const { pool: admin, schema, storage: beside } = opened(context, server);
  const head = await put(await beside.open("r", { takeover: true }), null, { a: "1" });
  const { pool, storage } = opened(context, server, { schema, ...options });
  const store = await storage.open("r");
  const other = await admin.connect();
  other.on("error", () => {});
  await other.query("BEGIN");
  await other.query(`SELECT * FROM "${schema}".worker_runtime_stores FOR UPDATE`);
  return { admin, pool, store, head, other, schema };
}

/** The process of the server that waits for a lock. */
async function blocked(admin) {
  for (;;) {
    const { rows } = await admin.query("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    if (rows.length > 0) {
      return rows[0].pid;
    }
    await pause(5);
  }
}

const cases = {
  async "a deadlock is undone, and the commit goes on by itself"(context, server) {
    const { head, other, schema, admin, pool } = await held(context, server, {
      options: "-c deadlock_timeout=1s",
    });
    const failures = [];
    const noting = {
      query: (text, values) =>
        pool.query(text, values).catch((error) => {
          failures.push(error.code);
          throw error;
        }),
    };
    const store = await postgresStorage({ pool: noting, schema }).open("r");
    // The other has the record and then wants the store, which the commit has by then, as it wants the record.
    await other.query("ROLLBACK; BEGIN; SET LOCAL deadlock_timeout = '20s'");
    await other.query(`UPDATE "${schema}".worker_runtime_records SET value = 'x' WHERE key = 'a'`);
    const committing = put(store, head, { a: "2" });
    await blocked(admin);
    await other.query(`SELECT * FROM "${schema}".worker_runtime_stores FOR UPDATE`);
    await other.query("ROLLBACK");
    await committing;
    assert.deepEqual(await contents(store), { a: "2" });
    assert.ok(failures.length > 0 && failures.every((code) => code === "40P01"), `failures: ${failures}`);
  },

  async "where every transaction is to be serializable, what failed for that is tried again"(
    context,
    server,
  ) {
    for (const isolation of ["serializable", "repeatable\\ read"]) {
      const options = `-c default_transaction_isolation=${isolation}`;
      const { pool, schema } = opened(context, server, { options });
      const second = pooled(context, server.options({ options }));
      const kit = storageConformance(async () => ({
        storage: postgresStorage({ pool, schema }),
        another: async () => postgresStorage({ pool: second, schema }),
      }));
      const some = kit.filter(({ name }) => /^(concurrency|beside commits|repeats|deletion):/.test(name));
      assert.ok(some.length > 40, `${some.length} cases`);
      for (const { name, run } of some) {
        await context.test(`${isolation}: ${name}`, run);
      }
    }
  },

  async "a connection that the server ends leaves the outcome unknown"(context, server) {
    const { admin, store, head, other } = await held(context, server);
    const commit = change(head, { a: "2" });
    const committing = rejection(store.commit(commit));
    await admin.query("SELECT pg_terminate_backend($1)", [await blocked(admin)]);
    isUnknown(await committing, "57P01");
    await other.query("ROLLBACK");
    assert.equal(await store.commit(commit), commit.to);
    assert.deepEqual(await contents(store), { a: "2" });
  },

  async "a statement that takes too long leaves the outcome unknown"(context, server) {
    for (const [options, code] of [
      ["-c statement_timeout=100ms", "57014"],
      ["-c lock_timeout=100ms", "55P03"],
    ]) {
      const { store, head, other } = await held(context, server, { options });
      const commit = change(head, { a: "2" });
      isUnknown(await rejection(store.commit(commit)), code);
      await other.query("ROLLBACK");
      assert.equal(await store.commit(commit), commit.to);
    }
  },

  async "a commit is not held up by somebody who looks"(context, server) {
    const { storage, pool, schema } = opened(context, server);
    const store = await storage.open("r");
    const head = await put(store, null, { a: "1" });
    const other = await pool.connect();
    other.on("error", () => {});
    await other.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
    await other.query(`SELECT * FROM "${schema}".worker_runtime_records`);
    await put(store, head, { a: "2" });
  },

  async "a pool without a free connection leaves the outcome unknown"(context, server) {
    const { schema, storage: beside } = opened(context, server);
    await put(await beside.open("first"), null, {});
    const { pool, storage } = opened(context, server, { schema, max: 1, connectionTimeoutMillis: 1_000 });
    const store = await storage.open("r");
    const head = await put(store, null, { a: "1" });
    const taken = await pool.connect();
    const commit = change(head, { a: "2" });
    isUnknown(await rejection(store.commit(commit)), undefined);
    const creation = change(null, { b: "1" });
    const fresh = await rejection(storage.open("fresh"));
    isUnknown(fresh, undefined);
    taken.release();
    assert.equal(await store.commit(commit), commit.to);
    const second = await storage.open("fresh");
    assert.equal(await second.commit(creation), creation.to);
  },

  async "a pool that was ended leaves the outcome unknown"(context, server) {
    const { pool, storage } = opened(context, server);
    const store = await storage.open("r");
    const head = await put(store, null, { a: "1" });
    await pool.end();
    isUnknown(await rejection(store.commit(change(head, {}))), undefined);
    await store.close();
  },

  async "a server that takes no more connections leaves the outcome unknown"(context, server) {
    const { pool, storage } = opened(context, server, { max: 1 });
    const store = await storage.open("r");
    const head = await put(store, null, { a: "1" });
    await pool.query("CREATE ROLE alone LOGIN CONNECTION LIMIT 0");
    await pool.query("GRANT ALL ON SCHEMA public TO alone");
    const alone = opened(context, server, { user: "alone" });
    const commit = change(head, { a: "2" });
    isUnknown(await rejection(alone.storage.open("r")), "53300");
    assert.equal(await store.commit(commit), commit.to);
  },

  async "who may only read is denied commits and can read"(context, server) {
    const { pool, schema, storage } = opened(context, server);
    const writer = await storage.open("r");
    const head = await put(writer, null, { a: "1" });
    await pool.query(`CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA "${schema}" TO reader`);
    await pool.query(`GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO reader`);
    const reader = opened(context, server, { schema, user: "reader" });
    const store = await reader.storage.open("r");
    assert.equal(await store.head(), head);
    assert.deepEqual(await contents(store), { a: "1" });
    assert.deepEqual(await reader.storage.list(), ["r"]);
    const commit = change(head, { a: "2" });
    await assertRejected(store.commit(commit), "denied");
    await assertRejected((await reader.storage.open("new")).commit(change(null, {})), "denied");
    await assertRejected(reader.storage.delete("r"), "denied");
    const view = await Runtime.inspect(reader.storage, "r").catch((error) => error);
    assert.ok(view instanceof RuntimeError);
    assert.equal(await writer.head(), head);
    await pool.query(`GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO reader`);
    assert.equal(await store.commit(commit), commit.to);
  },

  async "who may make no tables is denied the first creation"(context, server) {
    const { pool } = opened(context, server);
    await pool.query("CREATE ROLE guest LOGIN");
    const { storage } = opened(context, server, { user: "guest", schema: "of_nobody" });
    assert.deepEqual(await storage.list(), []);
    await storage.delete("r");
    const store = await storage.open("r");
    assert.equal(await store.head(), null);
    const creation = change(null, {});
    await assertRejected(store.commit(creation), "denied");
    await pool.query("CREATE SCHEMA of_nobody AUTHORIZATION guest");
    assert.equal(await store.commit(creation), creation.to);
  },

  async "where transactions may only read, a commit is denied"(context, server) {
    const { schema, storage: writing } = opened(context, server);
    const head = await put(await writing.open("r"), null, { a: "1" });
    const options = "-c default_transaction_read_only=on";
    const { storage } = opened(context, server, { schema, options });
    const store = await storage.open("r");
    assert.equal(await store.head(), head);
    await assertRejected(store.commit(change(head, { a: "2" })), "denied");
    await assertRejected((await storage.open("new")).commit(change(null, {})), "denied");
  },

  async "without room a commit is refused for certain, and goes on once there is room"(context, server) {
    const path = mkdtempSync(join(tmpdir(), "postgres-small-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs", path], { stdio: "pipe" });
    } catch (error) {
      rmSync(path, { recursive: true });
      context.skip(`mounting is not permitted here: ${String(error.message).split("\n")[0]}`);
      return;
    }
    chownSync(path, 65_534, 65_534);
    chmodSync(path, 0o700);
    const { pool } = opened(context, server);
    await pool.query(`CREATE TABLESPACE small LOCATION '${path}'`);
    context.after(async () => {
      await server.stop("SIGQUIT");
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    });
    const { storage } = opened(context, server, { options: "-c default_tablespace=small" });
    const store = await storage.open("r");
    let head = await put(store, null, { a: "1" });
    const big = { from: head, to: "big", ops: [["big", new Uint8Array(randomBytes(1_048_576))]] };
    big.ops.push(["bigger", big.ops[0][1]], ["biggest", big.ops[0][1]], ["too", big.ops[0][1]]);
    for (let time = 0; time < 3; time += 1) {
      await assertRejected(store.commit(big), "quota");
      assert.equal(await store.head(), head);
      assert.deepEqual(Object.keys(await contents(store)), ["a"]);
    }
    const runtime = await Runtime.open({ storage, runtimeId: "other" });
    const { workerRef } = await runtime.createWorker();
    const content = randomBytes(3_000_000).toString("base64");
    const refused = await rejection(runtime.sendInput(workerRef, { kind: "user", content }));
    assert.equal(refused.details.outcome, "not_applied");
    assert.equal(refused.cause.code, "quota");
    await runtime.sendInput(workerRef, { kind: "user", content: "little" });
    await runtime.close();
    head = await put(store, head, { a: "2" });
  },
};

test("what the server refuses", async (context) => {
  const { server, reason } = await startServer(context);
  if (server === undefined) {
    context.skip(reason);
    return;
  }
  for (const [name, run] of Object.entries(cases)) {
    await context.test(name, (subject) => run(subject, server));
  }
});

test("options that are none are refused", () => {
  const pool = { query() {} };
  const refused = (options, path) => {
    assert.throws(
      () => postgresStorage(options),
      (error) =>
        error instanceof RuntimeError && error.code === "invalid_request" && error.details.path === path,
      JSON.stringify(options),
    );
  };
  for (const options of [undefined, null, 1, "pool", []]) {
    refused(options, "options");
  }
  for (const wrong of [undefined, null, {}, "postgres://", { query: 1 }]) {
    refused({ pool: wrong }, "pool");
  }
  refused(Object.create({ pool }), "pool");
  for (const name of ["", 1, null, 'a"b', "a b", "A", "1a", "a;b", "ü", "a".repeat(64), {}]) {
    refused({ pool, schema: name }, "schema");
    refused({ pool, table: name }, "table");
  }
  refused({ pool, table: "a".repeat(51) }, "table");
  postgresStorage({ pool, schema: "a_1", table: "a".repeat(50) });
  postgresStorage({ pool, schema: undefined, table: undefined });
});

test("tables are made by many at once, without harm to anybody", async (context) => {
  const { server, reason } = await startServer(context);
  if (server === undefined) {
    context.skip(reason);
    return;
  }
  const pools = Array.from({ length: 6 }, () => pooled(context, server.options({ max: 4 })));
  for (let round = 0; round < 12; round += 1) {
    const schema = freshSchema();
    const storages = pools.map((pool) => postgresStorage({ pool, schema, table: `t${round}` }));
    const ids = storages.map((_, at) => `r${at}`);
    await Promise.all(
      storages.flatMap((storage, at) =>
        [ids[at], "shared"].map(async (id) => {
          const creation = change(null, { a: "1" });
          const answer = await (await storage.open(id)).commit(creation);
          assert.ok(typeof answer === "string");
          assert.ok(id === "shared" || answer === creation.to);
        }),
      ),
    );
    assert.deepEqual(await storages[0].list(), [...ids, "shared"]);
  }
});

test("durability is what the settings of the server come to", async (context) => {
  const { server, reason } = await startServer(context);
  if (server === undefined) {
    context.skip(reason);
    return;
  }
  const schema = freshSchema();
  const durability = async (options) => {
    const { storage } = opened(context, server, { schema, ...(options && { options }) });
    const store = await storage.open("r");
    await store.close();
    return store.durability;
  };
  const { pool, storage } = opened(context, server, { schema });
  assert.equal(await durability(), "power-loss");
  await put(await storage.open("r"), null, {});
  for (const [setting, promised] of [
    ["on", "power-loss"],
    ["local", "power-loss"],
    ["remote_write", "power-loss"],
    ["remote_apply", "power-loss"],
    ["off", "process-crash"],
  ]) {
    assert.equal(await durability(`-c synchronous_commit=${setting}`), promised, setting);
  }
  await pool.query("ALTER ROLE postgres SET synchronous_commit = off");
  assert.equal(await durability(), "process-crash");
  await pool.query("ALTER ROLE postgres RESET ALL");
  await pool.query(`ALTER TABLE "${schema}".worker_runtime_records SET UNLOGGED`);
  assert.equal(await durability(), "memory");
  await pool.query(`ALTER TABLE "${schema}".worker_runtime_records SET LOGGED`);
  assert.equal(await durability(), "power-loss");
  for (const setting of ["fsync", "full_page_writes"]) {
    await server.stop();
    await server.start({ [setting]: "off" });
    assert.equal(await durability(), "process-crash", setting);
  }
});
