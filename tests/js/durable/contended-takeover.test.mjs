/** A takeover from a rival that commits without ever resting. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { contents, deferred, says } from "./support.mjs";

/**
 * A storage that does one thing at a time, in the order of the calls, each of which takes a turn of the loop: who has
 * asked before the other's answer is there always comes first. Whoever has a store is told of whoever opens it after.
 */
function oneAtATime() {
  const inner = memoryStorage();
  let last = Promise.resolve();
  const inTurn = (call) => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve))).then(call);
    return last;
  };
  const settle = new Set();
  return {
    list: () => inner.list(),
    delete: (id) => inner.delete(id),
    async open(id, options) {
      const store = await inner.open(id, options);
      for (const disturb of settle) {
        disturb();
      }
      let disturbed = deferred();
      settle.add(() => {
        disturbed.resolve();
        disturbed = deferred();
      });
      return {
        durability: "memory",
        get disturbed() {
          return disturbed.promise;
        },
        head: () => inTurn(() => store.head()),
        read: (range) => inTurn(() => store.read(range)),
        commit: (commit) => inTurn(() => store.commit(commit)),
        close: () => store.close(),
      };
    },
  };
}

/** Has `mine` send for as long as it can, `inFlight` inputs at a time. */
async function restless(mine, inFlight) {
  const rival = await Runtime.open({ storage: mine, runtimeId: "r" });
  const { workerRef } = await rival.createWorker();
  const sent = [];
  let number = 0;
  const sending = Array.from({ length: inFlight }, async () => {
    for (;;) {
      number += 1;
      const content = String(number);
      await rival.sendInput(workerRef, says(content));
      sent.push(content);
    }
  });
  return { workerRef, sent, ends: Promise.allSettled(sending), close: () => rival.close() };
}

async function takesOver(t, mine, theirs, inFlight) {
  const { workerRef, sent, ends, close } = await restless(mine, inFlight);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const started = performance.now();
  const signal = AbortSignal.timeout(10_000);
  const runtime = await Runtime.open({ storage: theirs, runtimeId: "r", takeover: true, signal });
  t.diagnostic(`after ${Math.round(performance.now() - started)} ms and ${sent.length} inputs`);
  const found = await contents(runtime, workerRef);
  const ended = await ends;
  assert.ok(ended.every(({ reason }) => reason.code === "storage_conflict"));
  assert.ok(sent.every((content) => found.includes(content)));
  await runtime.close();
  await close();
}

for (const inFlight of [1, 16]) {
  describe(`with ${inFlight} inputs under way`, () => {
    test("succeeds where who asks first always comes first", async (t) => {
      const storage = oneAtATime();
      await takesOver(t, storage, storage, inFlight);
    });

    test("succeeds in files", async (t) => {
      const directory = await mkdtemp(join(tmpdir(), "contended-"));
      t.after(() => rm(directory, { recursive: true, force: true }));
      await takesOver(t, nodeFsStorage({ directory }), nodeFsStorage({ directory }), inFlight);
    });
  });
}
