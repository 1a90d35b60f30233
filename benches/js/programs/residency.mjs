/*
 * What one kind of runtime keeps in memory, in a process of its own: node --expose-gc residency.mjs '{"kind":"empty"}'.
 * Kinds: `empty`, `plain` and `memory` (in memory with `entries`), `write` (fills a store, not measured), `stored` (that store
 * opened). `pages` are read at the end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Runtime as PlainRuntime } from "../subjects/plain.mjs";
import { fromPackage, program } from "./program.mjs";
import { contents, fill } from "./stores.mjs";

const TOGETHER = 1_000;

async function converse(runtime, { workers, entries }) {
  const refs = [];
  for (let at = 0; at < workers; at++) refs.push((await runtime.createWorker()).workerRef);
  let bytes = 0;
  let pending = [];
  let at = 0;
  for (const content of contents(entries)) {
    bytes += content.length;
    pending.push(runtime.sendInput(refs[at % workers], { kind: "user", content }));
    at += 1;
    if (pending.length === TOGETHER) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
  return bytes;
}

/** Pages of 256 from the middle of transcripts, one Worker after another. */
async function read(runtime, pages) {
  const list = runtime.listWorkers();
  for (let at = 0; at < pages; at++) {
    const { workerRef, transcriptLen } = list[(at * 7) % list.length];
    await runtime.transcriptProjection(workerRef, { start: Math.floor(transcriptLen / 2), limit: 256 });
  }
}

/** After everything that can be collected was. */
async function resident() {
  for (let at = 0; at < 4; at++) {
    globalThis.gc();
    await sleep(50);
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers };
}

await program(async (task, report) => {
  const { Runtime } = await fromPackage("worker-runtime");
  const { nodeFsStorage } = await fromPackage("worker-runtime/node-fs");
  const storage = () => nodeFsStorage({ directory: task.directory });
  const { workers, entries } = task;
  if (task.kind === "write") {
    return fill({ Runtime, storage: storage(), id: "store", workers, each: entries / workers, report });
  }
  const kept = [];
  let bytes = 0;
  // What making the contents leaves behind is the same for every kind.
  for (const content of contents(20_000)) bytes += content.length;
  kept.push(await Runtime.create());
  if (task.kind === "plain") {
    kept.push(await PlainRuntime.create());
    bytes = await converse(kept.at(-1), task);
  } else if (task.kind === "memory") {
    bytes = await converse(kept[0], task);
  } else if (task.kind === "stored") {
    kept.push(await Runtime.open({ storage: storage(), runtimeId: "store" }));
  }
  if (task.pages > 0) await read(kept.at(-1), task.pages);
  const memory = await resident();
  for (const runtime of kept) await runtime.close();
  return { bytes, ...memory };
});
