/** Runtimes that nobody can reach any more, and that nobody has closed. */

import { test } from "node:test";
import { inFreshProcess } from "../api/fresh-process.mjs";

const PRELUDE = `
const { Runtime, memoryStorage } = await import("worker-runtime");
const inner = memoryStorage();
let closed = 0;
let commits = 0;
let hold = null;
const storage = {
  list: () => inner.list(),
  delete: (id) => inner.delete(id),
  async open(id, options) {
    const store = await inner.open(id, options);
    return {
      durability: "memory",
      head: () => store.head(),
      read: (range) => store.read(range),
      async commit(commit) {
        commits += 1;
        await hold;
        return store.commit(commit);
      },
      get disturbed() {
        return store.disturbed;
      },
      close() {
        closed += 1;
        return store.close();
      },
    };
  },
};
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const says = (content) => ({ kind: "user", content });
/** Whether \`condition\` comes about while garbage is collected. */
async function collects(condition, rounds = 40) {
  for (let i = 0; i < rounds; i++) {
    gc();
    await pause(10);
    if (condition()) {
      return true;
    }
  }
  return false;
}
const open = () => Runtime.open({ storage, runtimeId: "r" });
`;
const run = (source) => inFreshProcess(PRELUDE + source, ["--expose-gc"]);

test("lets go of its store", () =>
  run(`
    await (async () => {
      const runtime = await open();
      const { workerRef } = await runtime.createWorker();
      await runtime.sendInput(workerRef, says("x"));
    })();
    assert.ok(await collects(() => closed === 1), "the store is closed");
    const again = await open();
    assert.equal(again.listWorkers().length, 1);
    await again.close();
    assert.equal(closed, 2);
  `));

test("completes what was called before", () =>
  run(`
    let release;
    const pending = await (async () => {
      const runtime = await open();
      const { workerRef } = await runtime.createWorker();
      hold = new Promise((resolve) => {
        release = resolve;
      });
      const first = runtime.sendInput(workerRef, says("first"));
      await pause(5);
      return [first, runtime.sendInput(workerRef, says("second"))];
    })();
    assert.equal(await collects(() => closed > 0), false, "a commit is under way");
    release();
    const acks = await Promise.all(pending);
    assert.deepEqual(acks.map((ack) => ack.transcriptSequence), [1, 2]);
    assert.ok(await collects(() => closed === 1), "the store is closed");
  `));

test("a view lets go of its store, too", () =>
  run(`
    const runtime = await open();
    await (async () => {
      const view = await Runtime.inspect(storage, "r");
      view.summary();
    })();
    assert.ok(await collects(() => closed === 1), "the view's store is closed");
    await runtime.createWorker();
    await runtime.close();
  `));

test("who has a subscription, an export or a read under way has the runtime", () =>
  run(`
    const { subscription, lines, read } = await (async () => {
      const runtime = await open();
      await runtime.createWorker();
      const lines = runtime.exportLines()[Symbol.asyncIterator]();
      await lines.next();
      const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
      await subscription.next();
      return { subscription, lines, read: runtime.readEvents(runtime.eventCursorFromStart(), 5) };
    })();
    assert.equal(await collects(() => closed > 0), false);
    assert.equal((await read).events.length, 2);
    assert.equal((await subscription.next()).value.id, 2);
    assert.equal(JSON.parse((await lines.next()).value).id, 1);
    const waiting = subscription.next();
    assert.equal(await collects(() => closed > 0), false, "somebody waits for events");
    await (await open()).close();
    await assert.rejects(waiting, { code: "storage_conflict" });
  `));

test("many of them leave nothing behind", () =>
  run(`
    for (let i = 0; i < 200; i++) {
      await (async () => {
        const runtime = await Runtime.open({ storage, runtimeId: "r" + i });
        await runtime.createWorker();
      })();
    }
    assert.ok(await collects(() => closed >= 199, 200), "closed: " + closed);
  `));
