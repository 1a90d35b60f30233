import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { openRuntime, trapModule } from "./support.mjs";

/** What is answered in words, by calls that say the same when they are repeated. */
const ASKED = {
  "the status of a Worker that is stopped": (runtime, ref) => runtime.stopWorker(ref, "enough"),
  "the status of a Worker that was stopped with its runtime": async (runtime, ref) => {
    await runtime.stopRuntime();
    return runtime.workerDetail(ref);
  },
  "the list of Workers": (runtime) => runtime.listWorkers(),
  diagnostics: (runtime) => runtime.diagnostics(),
  "a page of a transcript": (runtime, ref) => runtime.transcriptProjection(ref, { start: 0, limit: 9 }),
  "a page of events": (runtime) => runtime.readEvents(runtime.eventCursorFromStart(), 9),
  "the first event of a subscription": async (runtime) => {
    for await (const event of runtime.subscribeEvents(runtime.eventCursorFromStart())) return event;
  },
};

for (const [what, ask] of Object.entries(ASKED)) {
  test(`${what} is the same from a module that was asked for nothing before`, async (t) => {
    await Runtime.create().then((runtime) => runtime.close());
    await trapModule();
    const runtime = await openRuntime(t);
    const { workerRef } = await runtime.createWorker({ intent: { kind: "task", objective: "be asked" } });
    await runtime.sendInput(workerRef, { kind: "system", content: "Hello." });
    const first = await ask(runtime, workerRef);
    assert.deepEqual(first, await ask(runtime, workerRef));
    assert.match(JSON.stringify(first), /"(?:running|stopped|info|warning|system|runtime_started)"/);
  });
}
