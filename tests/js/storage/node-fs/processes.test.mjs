import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { nodeFsStorage } from "../../../../pkg/dist/entry/node-fs.js";
import { Appender } from "../processes/appending.mjs";
import { commit, contents, directory, ID, open } from "./support.mjs";

const opener = fileURLToPath(new URL("opener.mjs", import.meta.url));
const ENTRY = new URL("../../../../pkg/dist/entry/node-fs.js", import.meta.url).href;
const ROUNDS = Number(process.env.NODE_FS_KILL_ROUNDS ?? 100);

test(`a process killed in mid-append loses nothing that was acknowledged, ${ROUNDS} times`, async (context) => {
  const root = directory(context);
  let acknowledged = 0;
  let next = new Appender(context, { opener, place: root }, "wait");
  for (let round = 0; round < ROUNDS; round += 1) {
    const writer = next;
    await writer.until(1);
    // The next one waits for this one, and needs nobody to clean up behind it.
    next = new Appender(context, { opener, place: root }, "wait");
    await pause(Math.random() * 30);
    await writer.kill();
    const last = writer.acknowledged.at(-1);
    acknowledged += writer.acknowledged.length;
    const reader = await open(root, { readOnly: true });
    const records = await contents(reader);
    for (const head of writer.acknowledged) {
      const [pid, step] = head.split("-");
      assert.equal(records[`entry-${step.padStart(6, "0")}-${pid}`], head);
    }
    // Beyond it at most the one commit that was under way, unless the next one has gone on already.
    const [lastPid, lastStep] = last.split("-");
    const [pid, step] = records.last.split("-");
    assert.ok(pid !== lastPid || Number(step) - Number(lastStep) <= 1);
    await reader.close();
  }
  await next.kill();
  context.diagnostic(`${ROUNDS} rounds, ${acknowledged} acknowledged commits, none lost`);
});

test("two processes that fight over a store take turns, and nothing is overwritten", async (context) => {
  const root = directory(context);
  const fighters = [
    new Appender(context, { opener, place: root }, "fight", "150"),
    new Appender(context, { opener, place: root }, "fight", "150"),
  ];
  await Promise.all(fighters.map(({ ended }) => ended));
  const store = await open(root);
  const records = await contents(store);
  const acknowledged = fighters.flatMap((fighter) => fighter.acknowledged);
  assert.ok(fighters.every(({ lines }) => lines.at(-1) === "DONE"));
  assert.ok(fighters.every((fighter) => fighter.acknowledged.length > 0));
  const entries = Object.entries(records).filter(([key]) => key.startsWith("entry-"));
  assert.deepEqual(new Set(entries.map(([, value]) => value)), new Set(acknowledged));
  await store.close();
  context.diagnostic(
    `${fighters.map((fighter) => fighter.acknowledged.length).join(" and ")} commits of 150 each`,
  );
});

test("a holder that was stopped and goes on after a takeover is fenced", async (context) => {
  const root = directory(context);
  for (let round = 0; round < 8; round += 1) {
    const holder = new Appender(context, { opener, place: root }, "takeover");
    await holder.until(3 + round);
    holder.child.kill("SIGSTOP");
    await pause(20);
    const waits = nodeFsStorage({ directory: root }).open(ID, { signal: AbortSignal.timeout(50) });
    await assert.rejects(waits, { name: "TimeoutError" });
    const store = await open(root, { takeover: true });
    const first = await commit(store, { taken: `round ${round}` });
    holder.child.kill("SIGCONT");
    await holder.ended;
    const second = await commit(store, { taken: `round ${round}, still` });
    assert.notEqual(first, second);
    const records = await contents(store);
    for (const head of holder.acknowledged) {
      const [pid, step] = head.split("-");
      assert.equal(records[`entry-${step.padStart(6, "0")}-${pid}`], head);
    }
    // What it has acknowledged it had before; the commit under way may be in, or not.
    const mine = Object.keys(records).filter((key) => key.endsWith(`-${holder.child.pid}`));
    assert.ok(mine.length - holder.acknowledged.length <= 1);
    assert.match(holder.lines.at(-2), /^FENCED /);
    await store.close();
  }
});

test("opening waits for a living holder, and not for a dead one", async (context) => {
  const root = directory(context);
  const holder = new Appender(context, { opener, place: root }, "takeover", "3");
  await holder.ended;
  const writer = new Appender(context, { opener, place: root });
  await writer.until(1);
  let opened = false;
  const waiting = open(root).then((store) => {
    opened = true;
    return store;
  });
  await pause(150);
  assert.equal(opened, false);
  await writer.kill();
  const store = await waiting;
  assert.equal(typeof (await store.head()), "string");
  await store.close();
});

test("a lock of another start of the system, of a number used again, or of garbage holds nobody up", async (context) => {
  const root = directory(context);
  const first = await open(root);
  const lock = join(
    root,
    readdirSync(root).find((name) => name.endsWith(".lock")),
  );
  const mine = JSON.parse(readFileSync(lock, "utf8"));
  await first.close();
  assert.equal(existsSync(lock), false);
  for (const stale of [
    { ...mine, system: "another" },
    { ...mine, pid: process.ppid, started: "1" },
    { ...mine, pid: 2 ** 22 + 1 },
    mine,
  ]) {
    writeFileSync(lock, JSON.stringify(stale));
    const store = await open(root, { signal: AbortSignal.timeout(1_000) });
    await store.close();
  }
  writeFileSync(lock, "{");
  const store = await open(root, { signal: AbortSignal.timeout(10_000) });
  await store.close();
});

test("a process that may not be asked about holds nobody up", async (context) => {
  const root = directory(context);
  const first = await open(root);
  const lock = join(
    root,
    readdirSync(root).find((name) => name.endsWith(".lock")),
  );
  const other = { ...JSON.parse(readFileSync(lock, "utf8")), pid: process.ppid, started: undefined };
  await first.close();
  writeFileSync(lock, JSON.stringify(other));
  // As in a host that grants the folder and nothing else.
  context.mock.method(process, "kill", () => {
    throw Object.assign(new Error("not granted"), { name: "NotCapable" });
  });
  const store = await open(root, { signal: AbortSignal.timeout(1_000) });
  await store.close();
});

test("a thread holds the lock like a process, and lets go by ending", async (context) => {
  const root = directory(context);
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.entry).then(async ({ nodeFsStorage }) => {
      await nodeFsStorage({ directory: workerData.root }).open(workerData.id);
      parentPort.postMessage("open");
      setInterval(() => {}, 1000);
    });`;
  const worker = new Worker(source, { eval: true, workerData: { root, id: ID, entry: ENTRY } });
  await new Promise((resolve) => worker.once("message", resolve));
  await assert.rejects(open(root, { signal: AbortSignal.timeout(100) }), { name: "TimeoutError" });
  await worker.terminate();
  const store = await open(root, { signal: AbortSignal.timeout(5_000) });
  await store.close();
});

test("an open store that is idle keeps no process alive", async (context) => {
  const root = directory(context);
  const source = `
    const { nodeFsStorage } = await import(${JSON.stringify(ENTRY)});
    const store = await nodeFsStorage({ directory: ${JSON.stringify(root)} }).open("r");
    await store.commit({ from: null, to: "h", ops: [["k", new Uint8Array(3)]] });
    store.disturbed.then(() => {});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: "inherit" });
  context.after(() => child.kill("SIGKILL"));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0);
  const store = await nodeFsStorage({ directory: root }).open("r", { signal: AbortSignal.timeout(1_000) });
  assert.equal(await store.head(), "h");
  await store.close();
});
