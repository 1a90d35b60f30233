/* Stores of a given size, in any storage. */
import { flat, generator, texts } from "../workload/texts.mjs";
import { counted, settled } from "./counted.mjs";

const TOGETHER = 1_000;

/** `count` different contents of about 195 characters, such that no compression sees one twice soon. */
export function* contents(count) {
  const kept = texts(Math.min(count, 20_000), { seed: 5 });
  const random = generator(6);
  for (let at = 0; at < count; at++) {
    const text = kept[Math.floor(random() * kept.length)];
    yield flat(`${at.toString(36)} ${text.slice(0, 190)}`);
  }
}

/**
 * Fills a new runtime with `workers` × `each` entries, round-robin, a thousand at once, waits until it is regrouped where
 * `settle` says so, and closes it. Answers what that took, and what `written` does with it once all is written.
 */
export async function fill({
  Runtime,
  storage,
  id,
  workers,
  each,
  settle = true,
  written = () => {},
  report = () => {},
}) {
  const { counts, storage: watched } = counted(storage);
  const runtime = await Runtime.open({ storage: watched, runtimeId: id });
  const started = performance.now();
  const refs = [];
  for (let start = 0; start < workers; start += TOGETHER) {
    const pending = [];
    for (let at = start; at < Math.min(workers, start + TOGETHER); at++) {
      pending.push(runtime.createWorker({ intent: { kind: "task", objective: `objective ${at}` } }));
    }
    for (const { workerRef } of await Promise.all(pending)) refs.push(workerRef);
  }
  const created = counts.written;
  let bytes = 0;
  let pending = [];
  let at = 0;
  for (const content of contents(workers * each)) {
    bytes += content.length;
    pending.push(runtime.sendInput(refs[at % workers], { kind: "user", content }));
    at += 1;
    if (pending.length === TOGETHER || at === workers * each) {
      await Promise.all(pending);
      pending = [];
      if (at % 100_000 === 0) report(`${id}: ${at} entries`);
    }
  }
  const writeMs = performance.now() - started;
  const answer = await written(runtime, counts);
  report(`${id}: settling`);
  const settleMs = settle ? await settled(counts) : 0;
  await runtime.close();
  return {
    workers,
    entries: at,
    contentBytes: bytes,
    writeMs,
    settleMs,
    written: counts.written - created,
    commits: counts.commits,
    answer,
  };
}

/** What lies in the store now: records, and bytes of keys and values. */
export async function atRest(storage, id) {
  const store = await storage.open(id, { readOnly: true });
  let records = 0;
  let bytes = 0;
  let largest = 0;
  for (let gte = ""; ; ) {
    const page = await store.read({ gte, lt: "~", limit: 200 });
    for (const [key, value] of page) {
      records += 1;
      bytes += key.length + value.length;
      largest = Math.max(largest, value.length);
    }
    if (page.length < 200) break;
    gte = `${page.at(-1)[0]}!`;
  }
  await store.close();
  return { records, bytes, largest };
}
