/* In a page: of durable appends to IndexedDB, one after another, how long the transactions take and what lies between them. */
import { texts } from "../workload/texts.mjs";
import { handWriters } from "./appends-indexeddb.mjs";

const APPENDS = 200;

/** Watches transactions that write; `end` answers the milliseconds until their first answer, from there to their end, and their number. */
function watchWrites() {
  const { prototype } = IDBDatabase;
  const original = prototype.transaction;
  const { prototype: stores } = IDBObjectStore;
  const { get } = stores;
  const spent = { asking: 0, writing: 0, transactions: 0 };
  let begun = 0;
  let answered = 0;
  prototype.transaction = function (...args) {
    const transaction = original.apply(this, args);
    if (transaction.mode === "readwrite") {
      begun = performance.now();
      answered = 0;
      transaction.addEventListener("complete", () => {
        const now = performance.now();
        const from = answered || begun;
        spent.asking += from - begun;
        spent.writing += now - from;
        spent.transactions += 1;
      });
    }
    return transaction;
  };
  stores.get = function (...args) {
    const request = get.apply(this, args);
    if (this.transaction.mode === "readwrite") {
      request.addEventListener("success", () => (answered ||= performance.now()));
    }
    return request;
  };
  return () => {
    prototype.transaction = original;
    stores.get = get;
    return spent;
  };
}

/** One row a round: of each writer, milliseconds an append. */
export async function watchAppends(rounds) {
  const { Runtime } = await import("/package/dist/entry/index.js");
  const { indexedDbStorage } = await import("/package/dist/entry/indexeddb.js");
  const runtime = await Runtime.open({ storage: indexedDbStorage() });
  const { workerRef } = await runtime.createWorker();
  const { raw, grouped, close } = await handWriters();
  const contents = texts(APPENDS, { seed: 3 });
  const writers = {
    raw: (content) => raw.append(content),
    "by hand": (content) => grouped.commit([content]),
    ours: (content) => runtime.sendInput(workerRef, { kind: "user", content }),
  };
  const rows = [];
  for (let round = 0; round <= rounds; round++) {
    const row = {};
    for (const [name, write] of Object.entries(writers)) {
      const end = watchWrites();
      const before = performance.now();
      for (const content of contents) await write(content);
      const whole = performance.now() - before;
      const { asking, writing, transactions } = end();
      row[name] = {
        asking: asking / APPENDS,
        writing: writing / APPENDS,
        between: (whole - asking - writing) / APPENDS,
        whole: whole / APPENDS,
        transactions: transactions / APPENDS,
      };
    }
    if (round > 0) rows.push(row);
  }
  await runtime.close();
  close();
  return rows;
}
