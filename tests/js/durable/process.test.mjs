/** What a runtime does to the process that it lives in. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL(".", import.meta.url));

/** Runs a script in a process of its own; rejections that nobody handles end it with an error. */
function execute(script, milliseconds = 8_000) {
  const prelude = `
    import { memoryStorage, Runtime } from "worker-runtime";
    const store = (changes) => {
      const inner = memoryStorage();
      return {
        list: () => inner.list(),
        delete: (id) => inner.delete(id),
        async open(id, options) {
          const handle = await inner.open(id, options);
          return {
            durability: "memory",
            head: () => handle.head(),
            read: (range) => handle.read(range),
            commit: (commit) => handle.commit(commit),
            close: () => handle.close(),
            ...changes?.(handle),
          };
        },
      };
    };
    const says = (content) => ({ kind: "user", content });
  `;
  const args = [
    ...process.execArgv.filter((arg) => !arg.startsWith("--test")),
    "--input-type=module",
    "-e",
    prelude + script,
  ];
  return new Promise((resolve) => {
    const begin = performance.now();
    const child = spawn(process.execPath, args, { cwd: directory });
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        output += data;
      });
    }
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output, took: performance.now() - begin });
    });
  });
}

test("an open runtime that nobody closes keeps no process alive, also while it regroups and watches", async () => {
  const { code, output } = await execute(`
    const runtime = await Runtime.open({ storage: store(), runtimeId: "r" });
    const { workerRef } = await runtime.createWorker();
    for (let i = 0; i < 6; i++) {
      await Promise.all(Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("x".repeat(3000)))));
    }
    void runtime.subscribeEvents(runtime.eventCursorNow()).next();
    console.log("done");
  `);
  assert.equal(output, "done\n");
  assert.equal(code, 0);
});

test("a regrouping that is never answered keeps no process alive", async () => {
  const { code, output } = await execute(`
    let silent = false;
    const storage = store((handle) => ({
      commit: (commit) => (silent && commit.ops.some(([key]) => key === "root") ? new Promise(() => {}) : handle.commit(commit)),
    }));
    const runtime = await Runtime.open({ storage, runtimeId: "r" });
    const { workerRef } = await runtime.createWorker();
    silent = true;
    await Promise.all(Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("x".repeat(3000)))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log("done");
  `);
  assert.equal(output, "done\n");
  assert.equal(code, 0);
});

test("a mutation that is waited for keeps the process alive until it is decided", async () => {
  const { code, output } = await execute(`
    let silent = 0;
    const storage = store((handle) => ({
      commit: (commit) => (silent-- > 0 ? new Promise(() => {}) : handle.commit(commit)),
    }));
    const runtime = await Runtime.open({ storage, runtimeId: "r", storageTimeoutMs: 100 });
    const { workerRef } = await runtime.createWorker();
    silent = 3;
    console.log((await runtime.sendInput(workerRef, says("x"))).transcriptSequence);
    // The same where it waits for a regrouping that is not answered.
    await Promise.all(Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("x".repeat(3000)))));
    silent = 2;
    await new Promise((resolve) => setTimeout(resolve, 30));
    console.log((await runtime.sendInput(workerRef, says("x"))).transcriptSequence);
  `);
  assert.equal(output, "1\n102\n");
  assert.equal(code, 0);
});

test("no rejection is left unhandled, whatever fails and whoever gives up", async () => {
  const { code, output } = await execute(
    `
    const fail = (name) => () => Promise.reject(new Error(name));
    for (const method of ["head", "read", "commit", "close"]) {
      for (const fate of [fail(method), () => { throw new Error(method); }, () => new Promise(() => {}), async () => 7]) {
        let failing = false;
        const storage = store((handle) => ({
          [method]: (argument) => (failing ? fate() : handle[method](argument)),
          disturbed: new Promise((_, reject) => setTimeout(reject, 5, new Error("disturbed"))),
        }));
        const runtime = await Runtime.open({ storage, runtimeId: "r", storageTimeoutMs: 10, cacheBytes: 0 });
        const { workerRef } = await runtime.createWorker();
        for (let i = 0; i < 3; i++) {
          await Promise.all(Array.from({ length: 100 }, () => runtime.sendInput(workerRef, says("x".repeat(3000)))));
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
        failing = true;
        const giveUp = new AbortController();
        const calls = [
          runtime.sendInput(workerRef, says("x"), { signal: giveUp.signal }),
          runtime.sendInput(workerRef, says("y")),
          runtime.transcriptProjection(workerRef, { start: 0, limit: 3 }),
          Runtime.open({ storage, runtimeId: "r", storageTimeoutMs: 10, signal: giveUp.signal }),
          Runtime.inspect(storage, "r", { signal: giveUp.signal }),
        ];
        setTimeout(() => giveUp.abort(), 15);
        const open = (await Promise.allSettled([...calls, runtime.close()])).slice(3, 5);
        await Promise.all(open.map(({ value }) => value?.close()));
      }
    }
    console.log("done");
  `,
    30_000,
  );
  assert.equal(output, "done\n");
  assert.equal(code, 0);
});

test("an aborted signal leaves no listener behind", async () => {
  const { code, output } = await execute(`
    import { getEventListeners } from "node:events";
    const { signal } = new AbortController();
    const storage = memoryStorage();
    const runtime = await Runtime.open({ storage, runtimeId: "r", signal });
    const { workerRef } = await runtime.createWorker(undefined, { signal });
    await runtime.sendInput(workerRef, says("x"), { signal });
    const view = await Runtime.inspect(storage, "r", { signal });
    const lines = [];
    for await (const line of view.exportLines({ signal })) lines.push(line);
    await Runtime.importLines(memoryStorage(), lines, { signal });
    await view.close();
    await runtime.close();
    console.log(getEventListeners(signal, "abort").length);
  `);
  assert.equal(output, "0\n");
  assert.equal(code, 0);
});

test("history larger than memory works: what is resident does not grow with what is stored", async () => {
  const { code, output } = await execute(
    `
    const { moduleInstance } = await import(new URL("../core/loader.js", import.meta.resolve("worker-runtime")).href);
    const storage = memoryStorage();
    const runtime = await Runtime.open({ storage, runtimeId: "r", cacheBytes: 1_000_000 });
    const { workerRef } = await runtime.createWorker();
    const { exchange } = await moduleInstance();
    const sizes = [];
    for (let i = 0; i < 8; i++) {
      for (let n = 0; n < 40; n++) {
        await Promise.all(Array.from({ length: 50 }, () => runtime.sendInput(workerRef, says("x".repeat(4000)))));
      }
      let items = 0;
      for (let start = 0; start !== undefined; ) {
        const page = await runtime.transcriptProjection(workerRef, { start, limit: 100 });
        items += page.items.length;
        start = page.nextStart;
      }
      if (items !== (i + 1) * 2_000) throw new Error(String(items));
      sizes.push(exchange.memory.buffer.byteLength);
    }
    console.log(JSON.stringify(sizes));
    process.exit();
  `,
    60_000,
  );
  assert.equal(code, 0, output);
  const sizes = JSON.parse(output);
  assert.ok(sizes[7] <= sizes[3] * 1.1, `the module's memory, as 64 MB are written and read: ${sizes}`);
  assert.ok(sizes[7] <= 12_000_000, `${sizes}`);
});
