import assert from "node:assert/strict";
import { test } from "node:test";
import { openRuntime, rejection, user } from "./support.mjs";

test("a field that is `undefined` is absent, also where it is unknown or of another kind", async (t) => {
  const runtime = await openRuntime(t);
  const detail = await runtime.createWorker({
    extra: undefined,
    intent: { kind: "task", objective: "o", purpose: undefined },
    profile: { kind: "runtime_default", value: undefined },
    mountRefs: [{ name: "m", reference: "", extra: undefined }],
  });
  assert.deepEqual(detail.intent, { kind: "task", objective: "o" });
  await runtime.sendInput(detail.workerRef, { ...user("x"), extra: undefined });
  await runtime.recordOutput(detail.workerRef, { kind: "tool", content: "x", extra: undefined });
  await rejection(() => runtime.createWorker({ extra: null }), "invalid_request");
  await rejection(() => runtime.sendInput(detail.workerRef, { ...user("x"), extra: 0 }), "invalid_request");
});
