/** What is read in Rust as well, by the crate and the component: an export, and what becomes of it when it is changed. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { cases, changed, exported } from "./changed-exports.mjs";
import { exportedRuntime } from "./exported-file.mjs";
import { assertRefusal } from "./support.mjs";

async function linesOf(view) {
  const lines = [];
  for await (const line of view.exportLines()) {
    lines.push(line);
  }
  return lines;
}

describe("an export that is kept", () => {
  test("is what the package exports", async (t) => {
    let time = 0;
    t.mock.method(Date, "now", () => time);
    const runtime = await exportedRuntime((now) => {
      time = now;
    });
    assert.deepEqual(await linesOf(runtime), exported);
    await runtime.close();
  });

  for (const change of cases) {
    test(`${change.refused === undefined ? "is taken" : "is refused"} with ${change.name}`, async () => {
      const storage = memoryStorage();
      const importing = Runtime.importLines(storage, changed(change));
      if (change.refused === undefined) {
        const view = await Runtime.inspect(storage, await importing);
        assert.deepEqual(await linesOf(view), exported);
        await view.close();
        return;
      }
      const error = await importing.then(
        () => assert.fail("it was taken"),
        (reason) => reason,
      );
      assertRefusal(error, "invalid_request");
      const { line, path } = error.details;
      assert.deepEqual({ line, path }, { path: undefined, ...change.refused }, error.message);
      assert.deepEqual(await storage.list(), [], "it leaves nothing");
    });
  }
});
