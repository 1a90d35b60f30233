import assert from "node:assert/strict";
import { test } from "node:test";
import { RuntimeError, StorageLost, StorageRejected } from "worker-runtime";
import { inFreshProcess } from "./fresh-process.mjs";
import { openRuntime, thrown } from "./support.mjs";

test("a RuntimeError is an Error with a code and frozen plain details", async (t) => {
  const runtime = await openRuntime(t);
  const error = thrown(
    () => runtime.workerDetail({ runtimeId: runtime.runtimeId, workerId: "x" }),
    "worker_not_found",
  );
  assert.ok(error.stack.includes("RuntimeError: "));
  assert.equal(String(error), `RuntimeError: ${error.message}`);
  assert.ok(Object.isFrozen(error.details));
  assert.equal(Object.getPrototypeOf(error.details), Object.prototype);
  assert.deepEqual(structuredClone(error.details), error.details);
  assert.ok(!("cause" in error));
  assert.deepEqual(Object.keys(error).sort(), ["code", "details"]);
});

test("a RuntimeError can be made by a double of the runtime", () => {
  const cause = new Error("c");
  const error = new RuntimeError("m", { code: "storage_failed", details: { outcome: "unknown" }, cause });
  assert.deepEqual(
    [error.message, error.code, error.details, error.cause],
    ["m", "storage_failed", { outcome: "unknown" }, cause],
  );
  assert.deepEqual(new RuntimeError("m").details, {});
});

test("storage errors are known by name", () => {
  const rejected = new StorageRejected("quota", { message: "full", cause: 1 });
  assert.deepEqual(
    [rejected.name, rejected.code, rejected.message, rejected.cause],
    ["StorageRejected", "quota", "full", 1],
  );
  assert.equal(new StorageLost("gone").name, "StorageLost");
  assert.ok(rejected instanceof Error);
});

test("errors are made where the host has frozen what they inherit from", () =>
  inFreshProcess(`
    Object.freeze(Error.prototype);
    Object.freeze(Object.prototype);
    const { Runtime, RuntimeError, StorageLost, StorageRejected } = await import("worker-runtime");
    const named = [new RuntimeError("m"), new StorageRejected("quota"), new StorageLost("gone")];
    assert.deepEqual(named.map(({ name }) => name), ["RuntimeError", "StorageRejected", "StorageLost"]);
    assert.deepEqual(named.map((error) => Object.keys(error).sort()), [["code", "details"], ["code", "name"], ["name"]]);
    const error = await rejected(Runtime.create({ runtimeId: "" }));
    assert.equal(error.code, "invalid_request");
  `));
