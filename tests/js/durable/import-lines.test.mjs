/** Lines of an export that somebody has changed, with counts and a checksum that fit: what is taken is what was meant. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { missingFields, sealed, strangeFields } from "./changed-exports.mjs";
import { assertRefusal, says } from "./support.mjs";

async function linesOf(view) {
  const lines = [];
  for await (const line of view.exportLines()) {
    lines.push(line);
  }
  return lines;
}

async function exported() {
  const runtime = await Runtime.create({ runtimeId: "r", displayName: "d" });
  const { workerRef: first } = await runtime.createWorker(
    {
      intent: { kind: "role", role: "x", purpose: "p" },
      profile: { kind: "named", value: "v" },
      configBundle: { id: "b" },
      requestedCapabilities: [{ name: "c", reason: "r" }],
      workspaceRefs: [{ name: "n", reference: "" }],
      mountRefs: [{ name: "m", reference: "y" }],
    },
    { operationId: "create" },
  );
  const { workerRef: second } = await runtime.createWorker();
  await runtime.sendInput(first, says("one"), { operationId: "say" });
  await runtime.recordOutput(second, { kind: "tool", content: "two" });
  await runtime.stopWorker(first, "", { operationId: "stop" });
  await runtime.cancelWorker(second);
  await runtime.createWorker({ intent: { kind: "task", objective: "o" } });
  await runtime.stopRuntime();
  const lines = await linesOf(runtime);
  await runtime.close();
  return lines.map((line) => JSON.parse(line));
}

/** A copy with some lines fewer or more. */
function spliced(objects, ...change) {
  const copy = structuredClone(objects);
  copy.splice(...change);
  return structuredClone(copy);
}

/** Imports the lines; they are refused and leave nothing, or they are what the copy is exported as. */
async function refusedOrTaken(objects, what) {
  const lines = sealed(objects.map((object) => JSON.stringify(object)));
  const storage = memoryStorage();
  try {
    await Runtime.importLines(storage, lines);
  } catch (error) {
    assertRefusal(error, "invalid_request");
    assert.deepEqual(await storage.list(), [], `${what} leaves nothing`);
    return "refused";
  }
  const [runtimeId] = await storage.list();
  const view = await Runtime.inspect(storage, runtimeId);
  assert.deepEqual(await linesOf(view), lines, what);
  await view.close();
  return "taken";
}

describe("an export whose lines are changed is refused or means what it says", () => {
  let original;
  before(async () => {
    original = await exported();
  });

  test("unchanged, it is taken", async () => {
    assert.equal(await refusedOrTaken(original, "nothing"), "taken");
  });

  test("with any field of another value", async (t) => {
    const found = { refused: 0, taken: 0 };
    for (const [what, changed] of strangeFields(original)) {
      found[await refusedOrTaken(changed, what)] += 1;
    }
    t.diagnostic(JSON.stringify(found));
    assert.ok(found.refused > 1_000 && found.taken > 20);
  });

  test("with any field missing", async () => {
    for (const [what, changed] of missingFields(original)) {
      await refusedOrTaken(changed, what);
    }
  });

  test("with lines that are there twice, missing or out of order, and counts that fit", async () => {
    const counts = ["events", "workers", "entries", "diagnostics", "operations"];
    for (let line = 0; line < original.length - 1; line++) {
      const twice = spliced(original, line, 0, original[line]);
      const missing = spliced(original, line, 1);
      const swapped = structuredClone(original);
      [swapped[line], swapped[line + 1]] = [swapped[line + 1], swapped[line]];
      assert.equal(await refusedOrTaken(twice, `line ${line} twice`), "refused");
      assert.equal(await refusedOrTaken(missing, `line ${line} missing`), "refused");
      assert.equal(await refusedOrTaken(swapped, `line ${line} swapped`), "refused");
      for (const count of counts) {
        for (const [name, changed, change] of [
          ["twice", twice, 1],
          ["missing", missing, -1],
        ]) {
          const fitting = structuredClone(changed);
          fitting.at(-1)[count] += change;
          await refusedOrTaken(fitting, `line ${line} ${name}, ${count} fitting`);
        }
      }
    }
  });

  test("an operation that is there twice is refused", async () => {
    const place = original.findIndex(({ type }) => type === "operation");
    const twice = spliced(original, place, 0, original[place]);
    twice.at(-1).operations += 1;
    assert.equal(await refusedOrTaken(twice, "twice"), "refused");
  });

  test("fields that it does not know are ignored, on every line", async () => {
    for (const line of original.keys()) {
      const more = structuredClone(original);
      more[line].unknown = { anything: [1] };
      const storage = memoryStorage();
      await Runtime.importLines(storage, sealed(more.map((object) => JSON.stringify(object))));
      const view = await Runtime.inspect(storage, "r");
      assert.deepEqual(await linesOf(view), sealed(original.map((object) => JSON.stringify(object))));
      await view.close();
    }
  });
});
