/** What becomes of a runtime whose caller has used up the stack. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initWasm, memoryStorage, Runtime } from "worker-runtime";
import { internal } from "./support.mjs";

const calls = {
  summary: (runtime) => runtime.summary(),
  status: (runtime) => runtime.status(),
  diagnostics: (runtime) => runtime.diagnostics(),
  listWorkers: (runtime) => runtime.listWorkers(),
  eventCursorNow: (runtime) => runtime.eventCursorNow(),
  readEvents: (runtime) => runtime.readEvents(runtime.eventCursorFromStart(), 10).catch(() => {}),
  sendInput: (runtime, ref) => runtime.sendInput(ref, { kind: "user", content: "deep" }).catch(() => {}),
  transcriptProjection: (runtime, ref) =>
    runtime.transcriptProjection(ref, { start: 0, limit: 10 }).catch(() => {}),
};

/** Calls at each of the deepest places of the stack, one frame further out each time. */
function atTheEnd(call, places = 400) {
  let left = places;
  const deeper = () => {
    try {
      deeper();
    } catch (error) {
      if (left > 0) {
        left -= 1;
        try {
          call();
        } catch {}
        throw error;
      }
    }
  };
  deeper();
}

/** The ids of all events until the runtime is closed. */
async function follow(runtime) {
  const ids = [];
  for await (const { id } of runtime.subscribeEvents(runtime.eventCursorFromStart())) {
    ids.push(id);
  }
  return ids;
}

describe("a caller at the end of the stack", () => {
  for (const kind of ["memory", "storage"]) {
    for (const [name, call, followed] of [
      ...Object.entries(calls),
      ["sendInput with somebody waiting", calls.sendInput, true],
    ]) {
      it(`loses no runtime to ${name} (${kind})`, async () => {
        const one =
          kind === "memory" ? await Runtime.create() : await Runtime.open({ storage: memoryStorage() });
        const other = await Runtime.create();
        const { workerRef } = await one.createWorker();
        const told = followed ? follow(one) : undefined;
        call(one, workerRef);
        atTheEnd(() => call(one, workerRef));
        assert.equal(other.status(), "running");
        assert.equal(one.status(), "running");
        const before = one.workerDetail(workerRef).transcriptLen;
        const ack = await one.sendInput(workerRef, { kind: "user", content: "x" });
        assert.ok(ack.transcriptSequence > before);
        const { nextEventId } = one.eventCursorNow();
        await new Promise(setImmediate);
        await one.close();
        await other.close();
        const ids = await told;
        if (ids !== undefined) {
          assert.deepEqual(
            ids,
            Array.from({ length: nextEventId - 1 }, (_, i) => i + 1),
          );
        }
      });
    }
  }
});

it("is asked for more of the stack than any call takes, however often it was asked", async () => {
  const { moduleInstance } = await internal("core/loader.js");
  const { hasStack } = await internal("core/stack.js");
  const { boundary } = await moduleInstance();
  for (let i = 0; i < 20_000; i++) {
    assert.ok(hasStack(boundary));
  }
  let refused = 0;
  atTheEnd(() => {
    refused += hasStack(boundary) ? 0 : 1;
  }, 3_000);
  // A frame of the function that goes down takes some 70 to 250 bytes, a probe some 60 KiB.
  assert.ok(refused > 150 && refused < 1_500, `refused at the last ${refused} of 3,000 frames`);
});

describe("a source of the module that is not needed", () => {
  it("may fail", async () => {
    await initWasm();
    await initWasm(Promise.reject(new Error("nobody waits for this")));
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
});
