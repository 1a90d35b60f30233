/** A connection on which each statement of a commit fails once, before or after it was done. */
import assert from "node:assert/strict";
import { sqliteStorage } from "worker-runtime/sqlite";
import { change, connected, contents, databaseFile, opened, put } from "../support.mjs";

const IOERR_FSYNC = { errcode: 1034 };
const FULL = { code: "SQLITE_FULL" };
const BUSY = { code: "SQLITE_BUSY_SNAPSHOT" };

/** Counts what is done on `database`; the step `at` fails with `error`, once, done before or not. */
function faulty(database, plan) {
  let steps = 0;
  const through = (call) => {
    const fails = plan.at !== undefined && steps === plan.at;
    steps += 1;
    if (!fails) {
      return call();
    }
    plan.at = undefined;
    if (plan.done) {
      call();
    }
    throw Object.assign(new Error("injected"), plan.error);
  };
  return {
    get steps() {
      return steps;
    },
    restart(next) {
      steps = 0;
      Object.assign(plan, next);
    },
    exec: (sql) => (sql === "ROLLBACK" ? database.exec(sql) : through(() => database.exec(sql))),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        get: (...parameters) => statement.get(...parameters),
        all: (...parameters) => statement.all(...parameters),
        run: (...parameters) => through(() => statement.run(...parameters)),
      };
    },
  };
}

const fill = { a: "1", b: "2", gone: "3" };
const next = { a: "one", c: "four", gone: null };
const after = { a: "one", b: "2", c: "four" };

/** Offers a commit whose step `at` fails, then again and again; answers how the first offering ended. */
async function offerOnce(context, creation, plan) {
  const path = databaseFile(context);
  const database = faulty(connected(context, path), {});
  const store = await sqliteStorage({ database }).open("r");
  const head = creation ? null : await put(store, null, fill);
  const commit = change(head, creation ? fill : next);
  database.restart(plan);
  const first = await store.commit(commit).catch((error) => error);
  const { steps } = database;
  const before = head === null ? {} : fill;
  const expected = creation ? fill : after;
  const found = await contents(store);
  if (first instanceof Error) {
    if (first.name === "StorageRejected") {
      assert.equal(await store.head(), head, "a refused commit is not applied");
      assert.deepEqual(found, before);
    }
    assert.deepEqual(found, (await store.head()) === commit.to ? expected : before, "all of it or nothing");
    let answer = await store.commit(commit);
    if (answer === null && creation) {
      // It may have been applied and deleted since: the runtime goes on under a new head.
      answer = await store.commit({ ...commit, to: `${commit.to}-again` });
      assert.equal(answer, `${commit.to}-again`);
    } else {
      assert.equal(answer, commit.to, "the repeat decides");
    }
  } else {
    assert.equal(first, commit.to);
  }
  assert.deepEqual(await contents(store), expected);
  const { storage } = opened(context, path);
  assert.deepEqual(await contents(await storage.open("r", { readOnly: true })), expected);
  await store.close();
  return { first, steps };
}

/** Every step of a commit fails once with `error`; `seen` gets what the offering ended with, and the last step's. */
async function everyStep(context, error, seen) {
  for (const creation of [true, false]) {
    const { steps } = await offerOnce(context, creation, { at: undefined });
    assert.ok(steps > 4, `${steps} steps`);
    for (const done of [false, true]) {
      // A BEGIN that fails has not begun.
      for (let at = done ? 1 : 0; at < steps; at += 1) {
        const { first } = await offerOnce(context, creation, { at, done, error });
        seen(first, at === steps - 1, done);
      }
    }
  }
}

export const faults = [
  {
    name: "after a failure of the medium at any step the outcome is unknown, and the repeat decides",
    run: (context) =>
      everyStep(context, IOERR_FSYNC, (first) => {
        assert.ok(first instanceof Error);
        assert.notEqual(first.name, "StorageRejected");
      }),
  },
  {
    name: "want of room at any step refuses the commit, unless it was there for all that",
    run: (context) =>
      everyStep(context, FULL, (first, last, done) => {
        if (last && done) {
          assert.equal(typeof first, "string");
        } else {
          assert.equal(first.name, "StorageRejected");
          assert.equal(first.code, "quota");
        }
      }),
  },
  {
    name: "a lock that is in the way at any step is waited for",
    run: (context) => everyStep(context, BUSY, (first) => assert.equal(typeof first, "string")),
  },
];
