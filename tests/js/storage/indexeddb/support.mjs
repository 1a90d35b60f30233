import { forceCloseDatabase, IDBFactory } from "fake-indexeddb";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";

/** A storage on a database of its own, and what it is on. */
export function fresh(options = {}) {
  const indexedDB = options.indexedDB ?? new IDBFactory();
  return { indexedDB, storage: indexedDbStorage({ ...options, indexedDB }) };
}

/** A handle that has created its store under the head "a". */
export async function created(storage, id = "r", ops = [["k", bytes(1)]]) {
  const store = await storage.open(id);
  await store.commit({ from: null, to: "a", ops });
  return store;
}

export const bytes = (...values) => Uint8Array.from(values);

export const ALL = { gte: "", lt: "~" };

/** Whether `promise` settles within `ms`. */
export function soon(promise, ms = 500) {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, new Promise((resolve) => setTimeout(resolve, ms, false))]);
}

/**
 * Hands out the factory's databases after `change` had them, and counts them. A change may replace methods; it is
 * what stands in for a browser that misbehaves.
 */
export function meddled(change) {
  const factory = new IDBFactory();
  const open = factory.open.bind(factory);
  const databases = [];
  factory.open = (...args) => {
    const request = open(...args);
    request.addEventListener("success", () => {
      databases.push(request.result);
      change?.(request.result, databases.length);
    });
    return request;
  };
  return {
    factory,
    databases,
    forceClose() {
      for (const database of databases) {
        forceCloseDatabase(database);
      }
    },
  };
}

/** Makes the transactions of `database` that write abort with an error of this name, as often as `times`. */
export function abortWrites(database, name, times = 1) {
  const transaction = database.transaction.bind(database);
  let left = times;
  database.transaction = (stores, mode, options) => {
    const made = transaction(stores, mode, options);
    if (mode === "readwrite" && left > 0) {
      left -= 1;
      // As a browser does at the commit: every request has succeeded by then.
      made.commit = () => made._abort(name);
    }
    return made;
  };
}
