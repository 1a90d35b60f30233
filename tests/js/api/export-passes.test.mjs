import assert from "node:assert/strict";
import { test } from "node:test";
import { openRuntime } from "./support.mjs";

test("each pass over an export starts anew, with the state at its beginning", async (t) => {
  const runtime = await openRuntime(t);
  const lines = runtime.exportLines();
  const collect = async () => {
    const all = [];
    for await (const line of lines) {
      all.push(line);
    }
    return all;
  };
  const first = await collect();
  assert.deepEqual(await collect(), first);
  await runtime.createWorker();
  assert.equal((await collect()).length > first.length, true);
});
