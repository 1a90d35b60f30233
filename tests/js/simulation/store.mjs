/** The simulated store: what is visible, and how to take back what a crash may lose. */
export class Store {
  head = null;
  #values = new Map();
  /** Keys in ascending order. */
  #keys = [];
  /** Creations that were applied: none is applied a second time. */
  #created = new Set();
  #undo = [];

  /** The contract of a host: applies the commit if its time has come. */
  commit({ from, to, ops }) {
    if (this.head !== from || (from === null && this.#created.has(to))) {
      return;
    }
    if (from === null) {
      this.#created.add(to);
    }
    const changes = [];
    for (const [key, value] of ops) {
      changes.push([key, this.#values.get(key)]);
      this.#set(key, value ?? undefined);
    }
    this.#undo.push({ head: from, to, changes });
    this.head = to;
  }

  /** Copies of the records of a range. */
  read({ gte, lt, limit = Number.POSITIVE_INFINITY }) {
    const records = [];
    for (let at = this.#place(gte); at < this.#keys.length && records.length < limit; at++) {
      const key = this.#keys[at];
      if (key >= lt) {
        break;
      }
      records.push([key, this.#values.get(key).slice()]);
    }
    return records;
  }

  /** Takes back the last `count` commits; what is left stays for good. */
  takeBack(count) {
    for (const { head, to, changes } of this.#undo.splice(this.#undo.length - count).reverse()) {
      for (const [key, before] of changes.reverse()) {
        this.#set(key, before);
      }
      if (head === null) {
        this.#created.delete(to);
      }
      this.head = head;
    }
    this.#undo = [];
  }

  /** Deletes everything, for good. */
  delete() {
    this.head = null;
    this.#values.clear();
    this.#keys = [];
    this.#undo = [];
  }

  #set(key, value) {
    const at = this.#place(key);
    const known = this.#keys[at] === key;
    if (value === undefined) {
      this.#values.delete(key);
      if (known) {
        this.#keys.splice(at, 1);
      }
    } else {
      this.#values.set(key, value);
      if (!known) {
        this.#keys.splice(at, 0, key);
      }
    }
  }

  /** Where a key is, or would be. */
  #place(key) {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle] < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
