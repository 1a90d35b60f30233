/*
 * What single operations cost as a runtime grows: CPU time of each, measured at sizes of history and numbers of Workers, one runtime
 * growing from size to size.
 */
import { rmSync } from "node:fs";
import { Runtime as PlainRuntime } from "../subjects/plain.mjs";
import { texts } from "../workload/texts.mjs";
import { clocks } from "./clocks.mjs";
import { fromPackage, program } from "./program.mjs";
import { contents } from "./stores.mjs";

const TOGETHER = 1_000;
/** A probe takes at least so long, in milliseconds of CPU time, or `MOST` operations. */
const LONG_ENOUGH = 20;
const MOST = 20_000;
/** So many Workers are created to see what one costs. */
const MORE_WORKERS = 200;

/** Microseconds of CPU time an operation; the least of `tries`. */
async function cost(operation, tries = 5) {
  let least = Number.POSITIVE_INFINITY;
  let at = 0;
  for (let turn = 0; turn < tries; turn++) {
    const before = clocks();
    let done = 0;
    for (;;) {
      for (let burst = 0; burst < 20; burst++) await operation(at++);
      done += 20;
      if (done >= MOST || clocks().cpu - before.cpu >= LONG_ENOUGH) break;
    }
    least = Math.min(least, ((clocks().cpu - before.cpu) * 1e3) / done);
  }
  return least;
}

/** Microseconds of CPU time an operation, over `count` of them. */
async function mean(count, operation) {
  const before = clocks();
  for (let at = 0; at < count; at++) await operation(at);
  return ((clocks().cpu - before.cpu) * 1e3) / count;
}

async function addWorkers(runtime, refs, count) {
  while (refs.length < count) {
    const pending = [];
    for (let at = refs.length; at < Math.min(count, refs.length + TOGETHER); at++) {
      pending.push(runtime.createWorker({ intent: { kind: "task", objective: `objective ${at}` } }));
    }
    for (const { workerRef } of await Promise.all(pending)) refs.push(workerRef);
  }
}

async function addEntries(runtime, refs, from, to) {
  let pending = [];
  let at = from;
  for (const content of contents(to - from)) {
    pending.push(runtime.sendInput(refs[at % refs.length], { kind: "user", content }));
    at += 1;
    if (pending.length === TOGETHER) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
}

async function probe(runtime, refs, entries) {
  const inputs = texts(2_000, { seed: 7 });
  const ref = (at) => refs[(at * 7_919) % refs.length];
  const each = Math.max(1, Math.floor(entries / refs.length));
  const { runtimeId } = runtime;
  const row = {};
  row.transcriptProjection = await cost((at) =>
    runtime.transcriptProjection(ref(at), { start: Math.max(0, ((at * 31) % each) - 16), limit: 16 }),
  );
  row.readEvents = await cost((at) =>
    runtime.readEvents({ runtimeId, nextEventId: 1 + ((at * 7_919) % Math.max(1, entries - 16)) }, 16),
  );
  row.workerDetail = await cost((at) => runtime.workerDetail(ref(at)));
  row.summary = await cost(() => runtime.summary());
  row["listWorkers, each"] = (await cost(() => runtime.listWorkers(), 3)) / refs.length;
  // Regrouping that falls due meanwhile is part of it.
  row.sendInput = await mean(inputs.length, (at) =>
    runtime.sendInput(ref(at), { kind: "user", content: inputs[at] }),
  );
  return row;
}

await program(async ({ entries, workers, directory }, report) => {
  const { Runtime, memoryStorage } = await fromPackage("worker-runtime");
  const { nodeFsStorage } = await fromPackage("worker-runtime/node-fs");
  const make = {
    "a plain class": () => PlainRuntime.create(),
    memory: () => Runtime.create(),
    "memoryStorage()": () => Runtime.open({ storage: memoryStorage() }),
    "nodeFsStorage()": () => Runtime.open({ storage: nodeFsStorage({ directory }) }),
  };
  const rows = [];
  for (const [backend, create] of Object.entries(make)) {
    if (directory === undefined && backend === "nodeFsStorage()") continue;
    const grown = await create();
    const refs = [];
    await addWorkers(grown, refs, 100);
    let have = 0;
    for (const size of entries) {
      report(`${backend}: ${size} entries`);
      await addEntries(grown, refs, have, size);
      have = size;
      rows.push({ backend, by: "entries", entries: size, workers: 100, ...(await probe(grown, refs, size)) });
    }
    await grown.close();
    const crowded = await create();
    const crowd = [];
    for (const count of workers) {
      report(`${backend}: ${count} Workers`);
      await addWorkers(crowded, crowd, count);
      const createWorker = await mean(MORE_WORKERS, async () => {
        crowd.push(
          (await crowded.createWorker({ intent: { kind: "task", objective: "one more" } })).workerRef,
        );
      });
      await addEntries(crowded, crowd, 0, 20 * crowd.length);
      const probed = await probe(crowded, crowd, 20 * crowd.length);
      rows.push({
        backend,
        by: "Workers",
        entries: 20 * crowd.length,
        workers: crowd.length,
        createWorker,
        ...probed,
      });
    }
    await crowded.close();
  }
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  return rows;
});
