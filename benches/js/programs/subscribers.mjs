/* What subscribers cost that wait at the same cursor, live and behind. On a storage in memory, which counts reads. */
import { clocks } from "./clocks.mjs";
import { counted, settled } from "./counted.mjs";
import { fromPackage, program } from "./program.mjs";
import { contents, fill } from "./stores.mjs";

/** All of `count` subscribers read `events` events from `from` on. */
async function consume(runtime, count, from, events) {
  const stop = new AbortController();
  const readers = [];
  for (let at = 0; at < count; at++) {
    const subscription = runtime.subscribeEvents(from, { signal: stop.signal });
    readers.push(
      (async () => {
        let sum = 0;
        for (let seen = 0; seen < events; seen++) sum += (await subscription.next()).value.id;
        await subscription.return();
        return sum;
      })(),
    );
  }
  return readers;
}

async function behind(Runtime, storage, subscribers, events) {
  const { counts, storage: watched } = counted(storage);
  const runtime = await Runtime.open({ storage: watched, runtimeId: "log" });
  await settled(counts, 200);
  const { records } = counts;
  const before = clocks();
  await Promise.all(await consume(runtime, subscribers, runtime.eventCursorFromStart(), events));
  const spent = clocks().cpu - before.cpu;
  await runtime.close();
  return { subscribers, records: counts.records - records, cpuMs: spent };
}

async function live(Runtime, subscribers, events) {
  const runtime = await Runtime.create();
  const { workerRef } = await runtime.createWorker();
  const readers = await consume(runtime, subscribers, runtime.eventCursorNow(), events);
  const before = clocks();
  for (const content of contents(events)) await runtime.sendInput(workerRef, { kind: "user", content });
  await Promise.all(readers);
  const spent = clocks().cpu - before.cpu;
  await runtime.close();
  return { subscribers, cpuMs: spent };
}

await program(async ({ many, events }, report) => {
  const { Runtime, memoryStorage } = await fromPackage("worker-runtime");
  const storage = memoryStorage();
  await fill({ Runtime, storage, id: "log", workers: 100, each: 500, report });
  const rows = [];
  for (const subscribers of [1, many]) {
    report(`${subscribers} subscribers`);
    rows.push({
      behind: await behind(Runtime, storage, subscribers, events),
      live: await live(Runtime, subscribers, events),
    });
  }
  return rows;
});
