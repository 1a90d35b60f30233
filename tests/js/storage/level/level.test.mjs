/** What is particular to databases that follow abstract-level. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ClassicLevel } from "classic-level";
import { MemoryLevel } from "memory-level";
import { Runtime, RuntimeError } from "worker-runtime";
import { levelStorage } from "worker-runtime/level";
import { deferred, pause, watched } from "../../durable/support.mjs";
import { Appender, surviveKills } from "../processes/appending.mjs";
import { change, contents, database, folder, put, rejection } from "./support.mjs";

const opener = fileURLToPath(new URL("opener.mjs", import.meta.url));
const ROUNDS = Number(process.env.LEVEL_KILL_ROUNDS ?? 15);

/** A storage whose handles each open the database and close it. */
const opening = (path) => ({
  async open(id, options) {
    const db = new ClassicLevel(path);
    const store = await levelStorage({ database: db }).open(id, options);
    return {
      head: () => store.head(),
      read: (range) => store.read(range),
      async close() {
        await store.close();
        await db.close();
      },
    };
  },
});

test("processes killed in mid-commit lose nothing that was acknowledged", async (context) => {
  const path = folder(context, tmpdir());
  await surviveKills(context, { opener, place: path }, opening(path), ROUNDS);
});

test("a second process does not get at the database, and goes on once the first has ended", async (context) => {
  const path = folder(context);
  const holder = new Appender(context, { opener, place: path });
  await holder.until(2);
  const db = new ClassicLevel(path);
  const storage = levelStorage({ database: db });
  const error = await rejection(Runtime.open({ storage, runtimeId: "r" }));
  assert.equal(error.code, "storage_failed");
  await holder.kill();
  await db.open();
  const runtime = await Runtime.open({ storage, runtimeId: "r" });
  await runtime.createWorker();
  await runtime.close();
  await db.close();
});

test("options that are none are refused", () => {
  const db = new MemoryLevel();
  const refused = (options, path) => {
    assert.throws(
      () => levelStorage(options),
      (error) =>
        error instanceof RuntimeError && error.code === "invalid_request" && error.details.path === path,
    );
  };
  for (const options of [undefined, null, 1, "level", [db]]) {
    refused(options, "options");
  }
  for (const wrong of [undefined, null, {}, "path", { batch() {}, getMany() {}, iterator() {} }]) {
    refused({ database: wrong }, "database");
  }
  refused(Object.create({ database: db }), "database");
  for (const durability of [null, "", "strict", 1, {}]) {
    refused({ database: db, durability }, "durability");
  }
});

test("durability is promised where something is known of the database, or the host says so", async (context) => {
  const db = database(context);
  const durability = async (options) => (await levelStorage(options).open("r")).durability;
  assert.equal(await durability({ database: db }), "power-loss");
  assert.equal(await durability({ database: db.sublevel("a") }), "power-loss");
  assert.equal(await durability({ database: new MemoryLevel() }), "memory");
  assert.equal(
    await durability({ database: new MemoryLevel(), durability: "process-crash" }),
    "process-crash",
  );
});

test("other keys of the database are left alone, and its sublevels are other places", async (context) => {
  const db = database(context);
  // In the order of their bytes.
  const others = [
    ["!", "1"],
    ["!worker-runtime", "2"],
    ['!worker-runtime"', "3"],
    ["a", "4"],
    ["z", "5"],
  ];
  for (const [key, value] of others) {
    await db.put(key, value);
  }
  const [whole, part] = [levelStorage({ database: db }), levelStorage({ database: db.sublevel("part") })];
  await put(await whole.open("r"), null, { a: "whole" });
  await put(await part.open("r"), null, { a: "part" });
  await whole.delete("r");
  assert.deepEqual(await whole.list(), []);
  assert.deepEqual(await part.list(), ["r"]);
  assert.deepEqual(await contents(await part.open("r", { readOnly: true })), { a: "part" });
  await part.delete("r");
  assert.deepEqual(await db.iterator().all(), others);
});

test("what is stored stands in the sublevel worker-runtime", async (context) => {
  const db = database(context);
  await put(await levelStorage({ database: db }).open("é"), null, { key: "value" });
  const entries = await db.sublevel("worker-runtime").iterator().all();
  assert.deepEqual(
    entries.map(([key]) => key),
    ["hc3a9", "rc3a9!key"],
  );
  assert.equal(entries[1][1], "value");
});

test("a second copy of the package in the same process waits for the first", async (context) => {
  const place = folder(context);
  cpSync(fileURLToPath(new URL("../../../../pkg/dist", import.meta.url)), join(place, "dist"), {
    recursive: true,
  });
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  const copy = await import(pathToFileURL(join(place, "dist", "entry", "level.js")).href);
  assert.notEqual(copy.levelStorage, levelStorage);
  const db = database(context);
  const storages = [levelStorage({ database: db }), copy.levelStorage({ database: db })];
  const stores = await Promise.all(storages.map((storage) => storage.open("r", { takeover: true })));
  let head = null;
  for (let round = 0; round < 50; round += 1) {
    const offers = stores.map((_, at) => change(head, { [`only-${round}-${at}`]: "1" }));
    const answers = await Promise.all(offers.map((offer, at) => stores[at].commit(offer)));
    assert.equal(answers[0], answers[1], `round ${round}`);
    head = answers[0];
  }
  assert.equal(Object.keys(await contents(stores[0])).length, 50);
});

/** A database on which `batch` is called with how many it was called before, and what hands the call on. */
const batching = (db, batch) => {
  let calls = 0;
  return new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "batch") {
        return (...given) => {
          calls += 1;
          return batch(calls - 1, () => db.batch(...given));
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
};

test("commits to different stores are handed over at once", async () => {
  const gate = deferred();
  const database = batching(new MemoryLevel(), async (call, next) => {
    if (call === 1) {
      gate.resolve();
    }
    await gate.promise;
    return next();
  });
  const storage = levelStorage({ database });
  const stores = [await storage.open("a"), await storage.open("b")];
  await Promise.all(stores.map((store) => put(store, null, {})));
});

test("a commit beside one that fails is undecided, as it may stand behind it in the log", async () => {
  const db = new MemoryLevel();
  const gate = deferred();
  const database = batching(db, async (call, next) => {
    if (call > 0) {
      return next();
    }
    await gate.promise;
    throw new Error("no room");
  });
  const storage = levelStorage({ database });
  const [fails, beside] = [await storage.open("fails"), await storage.open("beside")];
  const failing = rejection(fails.commit(change(null, {})));
  const commit = change(null, { a: "1" });
  const undecided = rejection(beside.commit(commit));
  await new Promise((resolve) => setTimeout(resolve, 20));
  gate.resolve();
  assert.equal((await failing).message, "no room");
  const error = await undecided;
  assert.notEqual(error.name, "StorageRejected");
  assert.equal(error.cause.message, "no room");
  // It is said of every store in the database, and ends with the next opening.
  await rejection(beside.commit(commit));
  await db.close();
  await db.open();
  const head = await beside.head();
  assert.equal(await beside.commit({ ...commit, from: head, to: "next" }), "next");
});

/** A disk of its own with room for a megabyte, and a file that takes up the rest; skips the test where there is none. */
function smallDisk(context, megabytes) {
  const path = mkdtempSync(join(tmpdir(), "level-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    context.skip(`mounting is not permitted here: ${String(error.message).split("\n")[0]}`);
    return {};
  }
  context.after(() => {
    execFileSync("umount", ["-l", path]);
    rmSync(path, { recursive: true });
  });
  const ballast = join(path, "ballast");
  writeFileSync(ballast, randomBytes((megabytes - 1) * 1_048_576));
  return { path, ballast };
}

test("after a write that failed nothing is certain, until the database is opened anew", async (context) => {
  const { path, ballast } = smallDisk(context, 6);
  if (path === undefined) {
    return;
  }
  const db = new ClassicLevel(join(path, "db"));
  context.after(() => db.close());
  const store = await levelStorage({ database: db }).open("r");
  let head = null;
  let last;
  let error;
  for (let step = 0; error === undefined; step += 1) {
    last = { from: head, to: `head-${step}`, ops: [[`k${step}`, new Uint8Array(randomBytes(50_000))]] };
    await store.commit(last).then(
      () => {
        head = last.to;
      },
      (failure) => {
        error = failure;
      },
    );
    assert.ok(step < 100, "the disk is full some time");
  }
  assert.notEqual(error.name, "StorageRejected");
  rmSync(ballast);
  // LevelDB would take it, and not find it any more.
  await rejection(store.commit(last));
  const other = await levelStorage({ database: db }).open("other");
  await rejection(put(other, null, {}));
  await db.close();
  await db.open();
  assert.ok([head, last.to].includes(await store.head()));
  const records = await store.read({ gte: "", lt: "~" });
  assert.equal(records.length, Number((await store.head()).split("-")[1]) + 1);
  assert.equal(await store.commit(last), last.to);
  await put(other, null, {});
  await db.close();
  await db.open();
  assert.equal(await store.head(), last.to);
});

test("a runtime on a full disk goes on once there is room and the database was opened anew", async (context) => {
  const { path, ballast } = smallDisk(context, 24);
  if (path === undefined) {
    return;
  }
  const db = new ClassicLevel(join(path, "db"));
  context.after(() => db.close());
  const runtime = await Runtime.open({ storage: levelStorage({ database: db }), runtimeId: "r" });
  const { workerRef } = await runtime.createWorker();
  const say = () =>
    runtime.sendInput(workerRef, { kind: "user", content: randomBytes(25_000).toString("hex") });
  const { transcriptSequence } = await say();
  assert.equal(transcriptSequence, 1);
  const said = Array.from({ length: 39 }, say);
  const all = watched(Promise.all(said));
  await pause(1_500);
  assert.equal(all.status, "pending", "there is no room for all of it");
  rmSync(ballast);
  await db.close();
  await db.open();
  const sequences = (await Promise.all(said)).map(({ transcriptSequence }) => transcriptSequence);
  assert.equal(sequences.at(-1), 40);
  await runtime.close();
  await db.close();
  await db.open();
  const later = await Runtime.open({ storage: levelStorage({ database: db }), runtimeId: "r" });
  assert.equal(later.listWorkers()[0].transcriptLen, 40);
  await later.close();
});

test("a damaged database is told by that name", async (context) => {
  const path = folder(context);
  mkdirSync(path, { recursive: true });
  const db = new ClassicLevel(path);
  const store = await levelStorage({ database: db }).open("r");
  await put(
    store,
    null,
    Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, "x".repeat(4_000)])),
  );
  await db.compactRange("!", "~");
  await store.close();
  await db.close();
  const [table] = readdirSync(path).filter((name) => name.endsWith(".ldb"));
  const bytes = readFileSync(join(path, table));
  bytes.fill(0x5a, 100, 400);
  writeFileSync(join(path, table), bytes);
  const damaged = database(context, path);
  const later = await levelStorage({ database: damaged }).open("r");
  const error = await rejection(later.read({ gte: "", lt: "~" }));
  assert.equal(error.name, "StorageCorrupt", error.stack);
});

test("a database that is closed leaves the outcome unknown", async (context) => {
  const db = database(context);
  const store = await levelStorage({ database: db }).open("r");
  const head = await put(store, null, {});
  await db.close();
  const commit = change(head, { a: "1" });
  assert.notEqual((await rejection(store.commit(commit))).name, "StorageRejected");
  await db.open();
  assert.equal(await store.commit(commit), commit.to);
  await store.close();
});
