import { broken, PoliteStorage } from "./plain.mjs";

/** Broken in the way in which it waits for a living holder. */
function impolite(name, changes) {
  return broken(name, "opening", { ...changes, Base: PoliteStorage });
}

export const brokenOpening = [
  impolite("waits although it is told to take over", {
    storage: (base) => ({
      async open(id, options = {}) {
        return base.open.call(this, id, { ...options, takeover: false });
      },
    }),
  }),
  impolite("waits although it is told to read only", {
    storage: (base) => ({
      async open(id, options = {}) {
        return base.open.call(this, id, { ...options, readOnly: false });
      },
    }),
  }),
  impolite("takes the lock to read only", {
    storage: (base) => ({
      async open(id, options = {}) {
        return base.open.call(this, id, options.readOnly ? { takeover: true } : options);
      },
    }),
  }),
  impolite("ignores the signal", {
    storage: (base) => ({
      async open(id, options = {}) {
        return base.open.call(this, id, { ...options, signal: undefined });
      },
    }),
  }),
  impolite("looks at the signal only before it waits", {
    storage: (base) => ({
      async open(id, options = {}) {
        options.signal?.throwIfAborted();
        return base.open.call(this, id, { ...options, signal: undefined });
      },
    }),
  }),
  impolite("rejects with an error of its own when the signal aborts", {
    storage: () => ({
      giveUp(reject) {
        reject(new DOMException("given up", "AbortError"));
      },
    }),
  }),
  impolite("wraps what the signal gives as its reason", {
    storage: () => ({
      giveUp(reject, signal) {
        reject(new Error("given up", { cause: signal.reason }));
      },
    }),
  }),
  impolite("leaves who has given up in the queue", {
    storage: () => ({
      turn(shelf, signal) {
        if (shelf.holder === undefined) {
          shelf.holder = "about to open";
          return undefined;
        }
        shelf.queue ??= [];
        return new Promise((resolve, reject) => {
          shelf.queue.push({ resolve });
          signal?.addEventListener("abort", () => this.giveUp(reject, signal));
        });
      },
    }),
  }),
  impolite("does not wake who waits", {
    store: () => ({
      async close() {
        if (this.shelf.holder === this && !this.shelf.queue?.length) {
          this.shelf.holder = undefined;
        }
      },
    }),
  }),
  impolite("never lets go", { store: () => ({ async close() {} }) }),
  impolite("wakes the first of those who wait and forgets the others", {
    store: (base) => ({
      async close() {
        await base.close.call(this);
        this.shelf.queue = [];
      },
    }),
  }),
  impolite("has one lock for all runtimes", {
    storage: (base) => ({
      async open(id, options = {}) {
        if (!options.takeover && !options.readOnly) {
          this.door ??= { id: "", records: new Map(), handles: new Set() };
          await this.turn(this.door, options.signal);
        }
        return base.open.call(this, id, { ...options, takeover: true });
      },
    }),
    store: (base) => ({
      async close() {
        await base.close.call(this);
        const next = this.storage.door?.queue?.shift();
        if (this.storage.door !== undefined) {
          this.storage.door.holder = next && "about to open";
        }
        next?.resolve();
      },
    }),
  }),
  impolite("refuses where it should wait", {
    storage: (base) => ({
      async open(id, options = {}) {
        if (this.shelf(id).holder !== undefined && !options.takeover && !options.readOnly) {
          throw new Error("locked");
        }
        return base.open.call(this, id, options);
      },
    }),
  }),
  impolite("breaks the handle when its signal aborts later", {
    storage: (base) => ({
      async open(id, options = {}) {
        const store = await base.open.call(this, id, options);
        const head = store.head.bind(store);
        store.head = async () => {
          options.signal?.throwIfAborted();
          return head();
        };
        return store;
      },
    }),
  }),
  impolite("moves the head when it is opened", {
    storage: (base) => ({
      async open(id, options) {
        const store = await base.open.call(this, id, options);
        if (store.shelf.head !== null) {
          store.shelf.head += "'";
        }
        return store;
      },
    }),
  }),
  impolite("shows a reader what was there when it was opened", {
    storage: (base) => ({
      async open(id, options = {}) {
        const store = await base.open.call(this, id, options);
        if (options.readOnly) {
          const { head, records, handles } = store.shelf;
          store.shelf = { id, head, records: new Map(records), handles };
        }
        return store;
      },
    }),
  }),
  impolite("stops the holder once another handle is opened", {
    storage: (base) => ({
      async open(id, options) {
        const store = await base.open.call(this, id, options);
        for (const handle of store.shelf.handles) {
          if (handle !== store) {
            handle.head = async () => {
              throw new Error("taken over");
            };
          }
        }
        return store;
      },
    }),
  }),
  impolite("creates an empty store for a reader", {
    storage: (base) => ({
      async open(id, options = {}) {
        if (options.readOnly) {
          this.shelf(id).head ??= "empty";
        }
        return base.open.call(this, id, options);
      },
    }),
  }),
];
