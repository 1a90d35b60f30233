// Whole runtimes as lines, in Node.js: what the package exports, the component imports, and the other way round; what the
// one refuses, the other refuses.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { ComponentHost } from "../../component/node/component-host.mjs";
import {
  cases,
  changed,
  exported,
  missingFields,
  sealed,
  strangeFields,
} from "../js/durable/changed-exports.mjs";
import { exportedRuntime } from "../js/durable/exported-file.mjs";

async function listOf(lines) {
  const list = [];
  for await (const line of lines) {
    list.push(line);
  }
  return list;
}

/** What an import by the package came to: the id, or what it was refused with. */
function byPackage(storage, lines) {
  return Runtime.importLines(storage, lines).catch(({ code, details: { line, path } }) => ({
    code,
    line,
    path,
  }));
}

/** The same by the component. */
function byComponent(host, lines) {
  return host.importLines(lines).catch(({ code, details }) => {
    const value = (name) => details.find((detail) => detail.name === name)?.value.val;
    const line = value("line");
    return { code, line: line === undefined ? undefined : Number(line), path: value("path") };
  });
}

describe("lines of the component in Node.js", { concurrency: false }, () => {
  const hosts = [];
  const start = (storage) => {
    const host = new ComponentHost(storage);
    hosts.push(host);
    return host;
  };
  const inspected = async (host, id) => listOf(host.exportLines(await host.make("inspect", id)));

  after(() => Promise.all(hosts.map((host) => host.end())));

  it("are the package's, byte for byte", async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "worker-runtime-lines-"));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const storage = nodeFsStorage({ directory });
    const host = start(storage);
    const id = await host.importLines(exported);
    assert.deepEqual(await inspected(host, id), exported);
    const view = await Runtime.inspect(storage, id);
    assert.deepEqual(await listOf(view.exportLines()), exported);
    await view.close();
  });

  it("are the same of a store that the package has written, and of one that the component has", async () => {
    const storage = memoryStorage();
    const host = start(storage);
    const runtime = await Runtime.open({ storage, runtimeId: "here", displayName: "d" });
    const { workerRef } = await runtime.createWorker(undefined, { operationId: "create" });
    const says = (number) => ({ kind: "user", content: `${number} ${"é\u0000🦀".repeat(number % 90)}` });
    const said = Array.from({ length: 1_000 }, (_, number) =>
      runtime.sendInput(workerRef, says(number), number % 3 === 0 ? { operationId: `say ${number}` } : {}),
    );
    await Promise.all(said);
    await runtime.close();
    const options = { createWith: { runtimeId: "here" }, create: false, takeover: false, acceptLoss: false };
    const opened = await host.make("open", options);
    for (let number = 0; number < 300; number++) {
      await host.call(opened, "interact", workerRef, "tool", `from the component ${number}`, undefined);
    }
    const lines = await listOf(host.exportLines(opened));
    await host.call(opened, "close");
    const view = await Runtime.inspect(storage, "here");
    assert.deepEqual(await listOf(view.exportLines()), lines);
    await view.close();

    const other = memoryStorage();
    await Runtime.importLines(other, lines);
    assert.deepEqual(await inspected(start(other), "here"), lines);
    const third = memoryStorage();
    const copying = start(third);
    await copying.importLines(lines);
    const copy = await Runtime.open({ storage: third, runtimeId: "here" });
    assert.deepEqual(await listOf(copy.exportLines()), lines);
    const again = await copy.sendInput(workerRef, says(999), { operationId: "say 999" });
    assert.deepEqual(again, await said[999]);
    await copy.close();
  });

  it("are those of a runtime in memory as well", async () => {
    const host = start(memoryStorage());
    const runtime = await host.make("create", { runtimeId: "memory" });
    await host.call(runtime, "stopRuntime");
    const lines = await listOf(host.exportLines(runtime));
    assert.equal(await Runtime.importLines(memoryStorage(), lines), "memory");
  });

  it("are taken from a package's runtime while it goes on", async () => {
    const runtime = await exportedRuntime(() => {});
    const storage = memoryStorage();
    const host = start(storage);
    const id = await host.importLines(runtime.exportLines());
    assert.deepEqual(await inspected(host, id), await listOf(runtime.exportLines()));
    await runtime.close();
  });

  it("are refused or taken as the table says", async () => {
    for (const change of cases) {
      const storage = memoryStorage();
      const host = start(storage);
      const answer = await byComponent(host, changed(change));
      if (change.refused === undefined) {
        assert.deepEqual(await inspected(host, answer), exported, change.name);
      } else {
        const expected = { code: "invalid_request", path: undefined, ...change.refused };
        assert.deepEqual(answer, expected, change.name);
        assert.deepEqual(await storage.list(), [], `${change.name} leaves nothing`);
      }
      await hosts.pop().end();
    }
  });

  it("are refused and taken by both alike, whatever is changed", { timeout: 280_000 }, async (t) => {
    const original = exported.map((line) => JSON.parse(line));
    const storage = memoryStorage();
    const host = start(storage);
    const found = { refused: 0, taken: 0 };
    for (const changes of [strangeFields, missingFields]) {
      for (const [what, objects] of changes(original)) {
        const lines = sealed(objects.map((object) => JSON.stringify(object)));
        const mine = memoryStorage();
        const expected = await byPackage(mine, lines);
        const answer = await byComponent(host, lines);
        assert.deepEqual(answer, expected, what);
        found[typeof answer === "string" ? "taken" : "refused"] += 1;
        if (typeof answer === "string") {
          const view = await Runtime.inspect(mine, answer);
          assert.deepEqual(await inspected(host, answer), await listOf(view.exportLines()), what);
          await view.close();
          await storage.delete(answer);
        }
        assert.deepEqual(await storage.list(), [], what);
      }
    }
    t.diagnostic(JSON.stringify(found));
    assert.ok(found.refused > 1_000 && found.taken > 20);
  });
});
