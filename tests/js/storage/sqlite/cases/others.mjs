/** Other connections and processes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Runtime } from "worker-runtime";
import { sqliteStorage } from "worker-runtime/sqlite";
import { fenceStopped, surviveKills, takeTurns } from "../../processes/appending.mjs";
import { contents, databaseFile, opened, put } from "../support.mjs";

const opener = fileURLToPath(new URL("../opener.mjs", import.meta.url));
const ROUNDS = Number(process.env.SQLITE_KILL_ROUNDS ?? 15);
const JOURNALS = {
  "a write-ahead log": ["journal_mode=wal", "synchronous=full"],
  "a rollback journal": ["journal_mode=delete", "synchronous=extra"],
};

const settles = (promise, milliseconds) =>
  Promise.race([promise.then(() => true), pause(milliseconds, false, { ref: false })]);

const onJournals = (name, place, body) =>
  Object.entries(JOURNALS).map(([journal, pragmas]) => ({
    name: `${name}, with ${journal}`,
    async run(context) {
      const path = databaseFile(context, place);
      const { storage } = opened(context, path, { pragmas });
      await body(context, { opener, place: [path, ...pragmas].join("?") }, storage);
    },
  }));

export const others = [
  ...onJournals(
    "processes killed in mid-commit lose nothing that was acknowledged",
    tmpdir(),
    (context, medium, storage) => surviveKills(context, medium, storage, ROUNDS),
  ),
  ...onJournals(
    "two processes that fight over a store overwrite nothing",
    tmpdir(),
    (context, medium, storage) => takeTurns(context, medium, storage, 100),
  ),
  ...onJournals(
    "a process that was stopped and goes on after a takeover is fenced",
    undefined,
    (context, medium, storage) => fenceStopped(context, medium, storage, 4),
  ),
  {
    name: "a commit of another connection is noticed, and own commits are not",
    async run(context) {
      const path = databaseFile(context);
      const first = await opened(context, path).storage.open("r");
      const second = await opened(context, path).storage.open("r");
      const head = await put(first, null, { a: "1" });
      await pause(600);
      const { disturbed } = first;
      let now = head;
      for (let step = 0; step < 20; step += 1) {
        now = await put(first, now, { a: `${step}` });
      }
      assert.equal(await settles(disturbed, 600), false);
      await put(second, now, { a: "taken" });
      assert.equal(await settles(disturbed, 2_000), true);
      await first.close();
      await second.close();
    },
  },
  {
    name: "two storages over one connection know each other",
    async run(context) {
      const { database, storage } = opened(context, databaseFile(context));
      const holder = await storage.open("r");
      const { disturbed } = holder;
      const waits = sqliteStorage({ database }).open("r", { signal: AbortSignal.timeout(50) });
      await assert.rejects(waits, { name: "TimeoutError" });
      const taker = await sqliteStorage({ database }).open("r", { takeover: true });
      assert.equal(await settles(disturbed, 50), true);
      await Promise.all([holder.close(), taker.close()]);
      await (await storage.open("r", { signal: AbortSignal.timeout(1_000) })).close();
    },
  },
  {
    name: "a runtime that another connection takes over is fenced without a mutation of its own",
    async run(context) {
      const path = databaseFile(context);
      const runtime = await Runtime.open({ storage: opened(context, path).storage, runtimeId: "r" });
      const next = runtime.subscribeEvents(runtime.eventCursorNow()).next();
      const taken = await Runtime.open({ storage: opened(context, path).storage, runtimeId: "r" });
      await assert.rejects(next, { code: "storage_conflict" });
      await taken.createWorker();
      await taken.close();
      await runtime.close();
    },
  },
  {
    name: "an open store that is idle keeps no process alive",
    async run(context) {
      const path = databaseFile(context);
      const child = spawn(process.execPath, [fileURLToPath(new URL("../idle.mjs", import.meta.url)), path], {
        stdio: "inherit",
      });
      context.after(() => child.kill("SIGKILL"));
      assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
      const store = await opened(context, path).storage.open("r");
      assert.deepEqual(await contents(store), { k: "v" });
    },
  },
];
