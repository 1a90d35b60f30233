/** Files that somebody has removed: a store of which nothing is left has vanished, one that lacks some is damaged. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Runtime } from "../../../../pkg/dist/entry/index.js";
import { nodeFsStorage } from "../../../../pkg/dist/entry/node-fs.js";
import { directory, quickPlace, storeDirectory } from "./support.mjs";

const start = (root, options) =>
  Runtime.open({ storage: nodeFsStorage({ directory: root }), runtimeId: "r", ...options });

/** A directory with a runtime that has one Worker and is closed. */
async function arranged(context) {
  const root = directory(context, quickPlace);
  const runtime = await start(root);
  await runtime.createWorker();
  await runtime.close();
  return root;
}

const losses = (runtime) => runtime.diagnostics().filter(({ code }) => code === "storage.loss_accepted");

test("a store whose files are all gone is lost, and begins anew where that is accepted", async (context) => {
  const root = await arranged(context);
  const store = storeDirectory(root);
  for (const name of readdirSync(store)) {
    rmSync(join(store, name));
  }
  await assert.rejects(start(root), { code: "storage_lost" });
  await assert.rejects(start(root), { code: "storage_lost" }, "whoever opens it is told");
  const storage = nodeFsStorage({ directory: root });
  await assert.rejects(Runtime.inspect(storage, "r"), { code: "storage_lost" });
  await assert.rejects(storage.list(), { name: "StorageLost" });
  await assert.rejects(start(root, { acceptLoss: true, create: false }), { code: "storage_missing" });
  const accepted = await start(root, { acceptLoss: true });
  assert.deepEqual(accepted.listWorkers(), []);
  assert.deepEqual(
    losses(accepted).map(({ severity }) => severity),
    ["warning"],
  );
  await accepted.createWorker();
  await accepted.close();
  const again = await start(root);
  assert.equal(again.listWorkers().length, 1);
  assert.equal(losses(again).length, 1);
  await again.close();
  assert.deepEqual(await storage.list(), ["r"]);
});

test("a store that lacks some of its files is damaged, whatever is accepted, and stays as it is", async (context) => {
  for (const ending of [/\.log$/, /\.clean-\d+$/]) {
    const root = await arranged(context);
    const store = storeDirectory(root);
    const name = readdirSync(store).find((name) => ending.test(name));
    rmSync(join(store, name));
    const left = () => readdirSync(store).map((name) => [name, readFileSync(join(store, name), "base64")]);
    const before = left();
    await assert.rejects(start(root), { code: "storage_corrupt" });
    await assert.rejects(start(root, { acceptLoss: true }), { code: "storage_corrupt" });
    assert.deepEqual(left(), before);
  }
});
