/**
 * A small correct adapter, made to be broken: each broken one replaces a method or two. Keys of `shelves` come
 * from `nameOf`, so that ids can be confused; keys of records from `keyOf`.
 */
export class PlainStorage {
  shelves = new Map();
  Store = PlainStore;

  nameOf(id) {
    return id;
  }

  shelf(id) {
    const name = this.nameOf(id);
    let shelf = this.shelves.get(name);
    if (shelf === undefined) {
      shelf = { id, head: null, records: new Map(), handles: new Set() };
      this.shelves.set(name, shelf);
    }
    return shelf;
  }

  async open(id, options = {}) {
    return new this.Store(this.shelf(id), this, options);
  }

  listed() {
    return [...this.shelves.values()].filter((shelf) => shelf.head !== null).map((shelf) => shelf.id);
  }

  async list() {
    return this.listed().sort(utf8Order);
  }

  remove(shelf) {
    shelf.head = null;
    shelf.records.clear();
  }

  async delete(id) {
    const shelf = this.shelf(id);
    this.remove(shelf);
    for (const handle of shelf.handles) {
      handle.disturb();
    }
  }
}

export class PlainStore {
  durability = "memory";
  created = new Set();

  constructor(shelf, storage, options) {
    this.shelf = shelf;
    this.storage = storage;
    this.options = options;
    this.disturbed = new Promise((resolve) => {
      this.disturb = resolve;
    });
    shelf.handles.add(this);
  }

  keyOf(key) {
    return key;
  }

  async head() {
    return this.shelf.head;
  }

  order(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  within(key, { gte, lt }) {
    return gte <= key && key < lt;
  }

  /** Keys of the records in a range, in order. */
  select(range) {
    const keys = [...this.shelf.records.keys()].filter((key) => this.within(key, range));
    return keys.sort((a, b) => this.order(a, b)).slice(0, range.limit);
  }

  give(value) {
    return value.slice();
  }

  async read(range) {
    return this.select(range).map((key) => [key, this.give(this.shelf.records.get(key))]);
  }

  keep(value) {
    return value;
  }

  applyOp(key, value) {
    if (value === null) {
      this.shelf.records.delete(key);
    } else {
      this.shelf.records.set(key, this.keep(value));
    }
  }

  apply({ from, to, ops }) {
    for (const [key, value] of ops) {
      this.applyOp(this.keyOf(key), value);
    }
    this.shelf.head = to;
    if (from === null) {
      this.created.add(to);
    }
    for (const handle of this.shelf.handles) {
      if (handle !== this) {
        handle.disturb();
      }
    }
  }

  fits({ from, to }) {
    return this.shelf.head === from && !(from === null && this.created.has(to));
  }

  async commit(commit) {
    if (this.fits(commit)) {
      this.apply(commit);
    }
    return this.shelf.head;
  }

  async close() {
    this.shelf.handles.delete(this);
  }
}

/** A correct adapter that waits for a living holder, unless it is told not to. */
export class PoliteStorage extends PlainStorage {
  Store = PoliteStore;

  async open(id, options = {}) {
    const shelf = this.shelf(id);
    if (options.readOnly) {
      return new this.Store(shelf, this, options);
    }
    options.signal?.throwIfAborted();
    if (!options.takeover) {
      await this.turn(shelf, options.signal);
    }
    const store = new this.Store(shelf, this, options);
    shelf.holder = store;
    return store;
  }

  turn(shelf, signal) {
    if (shelf.holder === undefined) {
      // Held by whoever is let in, from this very turn of the loop on.
      shelf.holder = "about to open";
      return undefined;
    }
    shelf.queue ??= [];
    return new Promise((resolve, reject) => {
      const waiter = { resolve };
      shelf.queue.push(waiter);
      signal?.addEventListener("abort", () => {
        shelf.queue = shelf.queue.filter((other) => other !== waiter);
        this.giveUp(reject, signal);
      });
    });
  }

  giveUp(reject, signal) {
    reject(signal.reason);
  }
}

export class PoliteStore extends PlainStore {
  async close() {
    await super.close();
    if (this.shelf.holder === this) {
      const next = this.shelf.queue?.shift();
      this.shelf.holder = next === undefined ? undefined : "about to open";
      next?.resolve();
    }
  }
}

export function utf8Order(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** One turn of the event loop. */
export function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * An adapter that is `Base` but for what `changes` replaces in its storage and `storeChanges` in its stores. In
 * `changes` and `storeChanges`, `super` methods are reached through the second argument, the prototype replaced.
 */
export function broken(name, caughtBy, { storage = () => ({}), store = () => ({}), Base = PlainStorage }) {
  const BaseStore = new Base().Store;
  class BrokenStore extends BaseStore {}
  Object.assign(BrokenStore.prototype, store(BaseStore.prototype));
  class BrokenStorage extends Base {
    Store = BrokenStore;
  }
  Object.assign(BrokenStorage.prototype, storage(Base.prototype));
  return { name, caughtBy, make: () => new BrokenStorage() };
}
