/** What a reviewer found once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Runtime } from "worker-runtime";

describe("refs, inputs and outputs", () => {
  it("are no lists", async () => {
    const runtime = await Runtime.create();
    const { workerRef } = await runtime.createWorker();
    const refused = { code: "invalid_request" };
    const input = { kind: "user", content: "x" };
    await assert.rejects(runtime.sendInput(Object.assign([], workerRef), input), refused);
    await assert.rejects(runtime.sendInput(workerRef, Object.assign([], input)), refused);
    await assert.rejects(
      runtime.recordOutput(workerRef, Object.assign([], { kind: "tool" }, input)),
      refused,
    );
    assert.throws(() => runtime.workerDetail(Object.assign([], workerRef)), refused);
    await runtime.close();
  });

  it("do not come back whole in an error where they are megabytes long", async () => {
    const runtime = await Runtime.create();
    const long = "c".repeat(1 << 20);
    const input = { kind: "user", content: "x" };
    for (const ref of [
      { runtimeId: runtime.runtimeId, workerId: long },
      { runtimeId: long, workerId: "worker-00000001" },
    ]) {
      const error = await runtime.sendInput(ref, input).catch((error) => error);
      assert.match(error.code, /^(?:worker_not_found|wrong_runtime)$/);
      assert.ok(error.message.length < 2_000 && JSON.stringify(error.details).length < 2_000);
    }
    await runtime.close();
  });
});

describe("a summary", () => {
  it("has no name from a prototype", async () => {
    const runtime = await Runtime.create();
    try {
      Object.prototype.displayName = 5;
      assert.equal(Object.hasOwn(runtime.summary(), "displayName"), false);
    } finally {
      delete Object.prototype.displayName;
    }
    await runtime.close();
  });
});
