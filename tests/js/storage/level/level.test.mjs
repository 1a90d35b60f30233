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

test("commits to different stores do not wait for one another", async () => {
  const db = new MemoryLevel();
  let go;
  const gate = new Promise((resolve) => {
    go = resolve;
  });
  let first = true;
  const held = new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "batch" && first) {
        first = false;
        return (...args) => gate.then(() => db.batch(...args));
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const storage = levelStorage({ database: held });
  const [slow, quick] = [await storage.open("slow"), await storage.open("quick")];
  const waiting = put(slow, null, {});
  await put(quick, null, {});
  go();
  await waiting;
});

test("after a write that failed nothing is certain, until the database is opened anew", async (context) => {
  const path = mkdtempSync(join(tmpdir(), "level-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    context.skip(`mounting is not permitted here: ${String(error.message).split("\n")[0]}`);
    return;
  }
  const ballast = join(path, "ballast");
  writeFileSync(ballast, randomBytes(5_000_000));
  const db = new ClassicLevel(join(path, "db"));
  context.after(async () => {
    await db.close();
    execFileSync("umount", ["-l", path]);
    rmSync(path, { recursive: true });
  });
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
  await store.close();
  rmSync(ballast);
  await db.close();
  await db.open();
  const again = await levelStorage({ database: db }).open("r");
  assert.ok([head, last.to].includes(await again.head()));
  const records = await again.read({ gte: "", lt: "~" });
  assert.equal(records.length, Number((await again.head()).split("-")[1]) + 1);
  assert.equal(await again.commit(last), last.to);
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
