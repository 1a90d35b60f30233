/* In a page: stores in IndexedDB, ours and by hand, filled, opened and read. */
import { generator } from "../workload/texts.mjs";
import { counted } from "./counted.mjs";
import { answerOf, commitByHand, openDatabase, putAll } from "./raw-indexeddb.mjs";
import { contents, fill } from "./stores.mjs";
import { watch } from "./waits.mjs";

const { Runtime } = await import("/package/dist/entry/index.js");
const { indexedDbStorage } = await import("/package/dist/entry/indexeddb.js");

const RECORD_BYTES = 60 * 1024;
const PAGE = 256;
/** What is said; made before anything is measured, because making it holds up the page for longer than any opening. */
const TEXTS = [...contents(1_000)];

/** Has the module compiled and warm, as in a page where some runtime is open already. */
export async function loadModule() {
  await (await Runtime.create()).close();
}

export function fillOurs(spec) {
  return fill({ Runtime, storage: indexedDbStorage(), report: (text) => console.log(`# ${text}`), ...spec });
}

/** One row an entry, keyed by place. */
export async function fillRows({ name, workers, each }) {
  const database = await openDatabase(name);
  let at = 0;
  let rows = [];
  for (const content of contents(workers * each)) {
    const worker = `worker-${((at % workers) + 1).toString(16).padStart(8, "0")}`;
    const sequence = Math.floor(at / workers) + 1;
    at += 1;
    rows.push([at, { worker, sequence, role: "user", content, eventId: at, recordedAt: Date.now() }]);
    if (rows.length === 10_000) {
      await putAll(database, rows);
      rows = [];
    }
  }
  await putAll(database, rows);
  database.close();
  return at;
}

/** Records of 60 KB of the same texts, as many as hold `bytes`. */
export async function fillRecords({ name, bytes }) {
  const database = await openDatabase(name);
  const encoder = new TextEncoder();
  let key = 0;
  let text = "";
  for (const content of contents(Math.ceil(bytes / 150))) {
    text += content;
    if (text.length < RECORD_BYTES) continue;
    await putAll(database, [[key, encoder.encode(text).slice(0, RECORD_BYTES)]]);
    key += 1;
    text = "";
    if (key * RECORD_BYTES >= bytes) break;
  }
  database.close();
  return key;
}

/** Milliseconds until the runtime is open, what was read for it, and milliseconds of the first list of Workers. */
export async function openOurs(id) {
  const { counts, storage } = counted(indexedDbStorage());
  const before = performance.now();
  const runtime = await Runtime.open({ storage, runtimeId: id });
  const ms = performance.now() - before;
  const answer = { ms, reads: counts.reads, records: counts.records, bytes: counts.read };
  const asked = performance.now();
  runtime.listWorkers();
  answer.listMs = performance.now() - asked;
  await runtime.close();
  return answer;
}

/** The same in a page that had it open a moment ago. */
export async function openAgain(id) {
  await openOurs(id);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return openOurs(id);
}

/** What `openByHand` reads: a head, a root and a table of so many records and bytes. */
export async function fillTable({ name, records, bytes }) {
  const database = await openDatabase(name);
  const part = Math.floor(bytes / records);
  const table = Array.from({ length: records }, (_, at) => [["table", at], new Uint8Array(part)]);
  await putAll(database, [["head", "head 0"], ["root", new Uint8Array(256)], ...table]);
  database.close();
}

/**
 * Milliseconds for what an opening asks of the database, one after another as it has to be, and nothing else: no lock, no fresh log,
 * nothing made of what was read.
 */
export async function openByHand(name) {
  const before = performance.now();
  const database = await openDatabase(name);
  const rows = () => database.transaction("rows").objectStore("rows");
  await answerOf(rows().get("head"));
  const root = await answerOf(rows().get("root"));
  await commitByHand(database, [["root", root]], `head ${before}`);
  const table = await answerOf(rows().getAll(IDBKeyRange.bound(["table"], ["table", []])));
  await answerOf(rows().get("head"));
  const ms = performance.now() - before;
  database.close();
  return {
    ms,
    records: table.length + 1,
    bytes: root.length + table.reduce((sum, { length }) => sum + length, 0),
  };
}

/** An opening, `openOurs` or `openByHand`, and what it has waited for in the browser. */
export async function openWatched(way, name) {
  const { end } = watch();
  const from = performance.now();
  const { ms } = await { openOurs, openByHand }[way](name);
  return { ms, ...end(from, from + ms) };
}

/** Milliseconds until all rows are there. */
export async function getAllRows(name) {
  const before = performance.now();
  const database = await openDatabase(name);
  const rows = await answerOf(database.transaction("rows").objectStore("rows").getAll());
  const ms = performance.now() - before;
  database.close();
  return { ms, rows: rows.length };
}

/**
 * Cold pages of 256 from the middle of one Worker's transcript, each of another Worker, in turn with a `get` of one record
 * that was not read before. `records`: how many the page read.
 */
export async function readCold({ id, name, workers, each, keys, rounds, seed }) {
  const { counts, storage } = counted(indexedDbStorage());
  const runtime = await Runtime.open({ storage, runtimeId: id });
  const list = runtime.listWorkers();
  const database = await openDatabase(name);
  const random = generator(seed);
  const seen = new Set();
  const fresh = (most) => {
    for (;;) {
      const value = Math.floor(random() * most);
      if (!seen.has(`${most} ${value}`)) {
        seen.add(`${most} ${value}`);
        return value;
      }
    }
  };
  const rows = [];
  const page = async () => {
    const worker = list[fresh(workers)].workerRef;
    const start = Math.floor(each * (0.3 + 0.3 * random()));
    const { records, read } = counts;
    const before = performance.now();
    const { items } = await runtime.transcriptProjection(worker, { start, limit: PAGE });
    const ms = performance.now() - before;
    return { ms, records: counts.records - records, bytes: counts.read - read, items: items.length };
  };
  const get = async () => {
    const key = fresh(keys);
    const before = performance.now();
    const value = await answerOf(database.transaction("rows").objectStore("rows").get(key));
    return { ms: performance.now() - before, bytes: value.length };
  };
  for (let round = 0; round <= rounds; round++) {
    const row =
      round % 2 === 0 ? { raw: await get(), ours: await page() } : { ours: await page(), raw: await get() };
    if (round > 0) rows.push(row);
  }
  await runtime.close();
  database.close();
  return rows;
}

/**
 * Pages of 256 from the middle of one Worker's transcript after the other, one each `pause` milliseconds from when the last entry was
 * acknowledged: meanwhile what was written is regrouped.
 */
export async function readUnsettled({ pages, pause, ...spec }) {
  const { answer } = await fillOurs({
    ...spec,
    written: async (runtime, counts) => {
      const rows = [];
      for (const { workerRef } of runtime.listWorkers().slice(0, pages)) {
        const start = Math.max(0, Math.floor((spec.each - PAGE) / 2));
        const { records } = counts;
        const before = performance.now();
        await runtime.transcriptProjection(workerRef, { start, limit: PAGE });
        rows.push({ ms: performance.now() - before, records: counts.records - records });
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      return rows;
    },
  });
  return answer;
}

let open;

/** Pages of 256 from the middle of transcripts, one Worker after another. */
async function readPages(pages) {
  const list = pages === 0 ? [] : open.listWorkers();
  for (let at = 0; at < pages; at++) {
    const { workerRef, transcriptLen } = list[at % list.length];
    await open.transcriptProjection(workerRef, { start: Math.floor(transcriptLen / 2), limit: PAGE });
  }
}

/** Opens the store and keeps it open; `pages` are read, so that the cache is as full as it gets. */
export async function keepOpen({ id, pages = 0 }) {
  open = await Runtime.open({ storage: indexedDbStorage(), runtimeId: id });
  await readPages(pages);
}

/** The same work on a small runtime without a storage. */
export async function keepEmpty(pages) {
  open = await Runtime.create();
  const { workerRef } = await open.createWorker();
  for (const content of TEXTS) await open.sendInput(workerRef, { kind: "user", content });
  await readPages(pages);
}

/** Appends at a steady pace, `perSecond`, for `seconds`; answers how many were acknowledged and the longest wait. */
export async function appendSteadily({ perSecond, seconds }) {
  const refs = open.listWorkers().map(({ workerRef }) => workerRef);
  const started = performance.now();
  const waits = [];
  const pending = [];
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - started) / 1e3) * perSecond));
    for (; sent < due; sent++) {
      const since = performance.now();
      const input = { kind: "user", content: TEXTS[sent % TEXTS.length] };
      pending.push(
        open.sendInput(refs[sent % refs.length], input).then(() => waits.push(performance.now() - since)),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  await Promise.all(pending);
  waits.sort((a, b) => a - b);
  const at = (part) => waits[Math.floor(part * (waits.length - 1))];
  return {
    acknowledged: waits.length,
    seconds: (performance.now() - started) / 1e3,
    wait: { median: at(0.5), p99: at(0.99), longest: at(1) },
  };
}
