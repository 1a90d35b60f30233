/* IndexedDB by hand: a database with one store, keys given. */

export function openDatabase(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("rows");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A transaction that is durable once it fulfils; `work` is given the store and what commits. */
export function strictly(database, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore("rows"), () => transaction.commit());
  });
}

/** A commit that a second writer cannot come between: the head is read, and written with the records. */
export function commitByHand(database, pairs, head) {
  return strictly(database, (rows, commit) => {
    rows.get("head").onsuccess = () => {
      for (const [key, value] of pairs) rows.put(value, key);
      rows.put(head, "head");
      commit();
    };
  });
}

/** Puts `[key, value]` pairs, many a transaction. */
export async function putAll(database, pairs, together = 2_000) {
  for (let start = 0; start < pairs.length; start += together) {
    await new Promise((resolve, reject) => {
      const transaction = database.transaction("rows", "readwrite", { durability: "relaxed" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      const store = transaction.objectStore("rows");
      for (const [key, value] of pairs.slice(start, start + together)) store.put(value, key);
    });
  }
}
