import { broken, turn } from "./plain.mjs";

export const brokenStores = [
  broken("creates the store when it is opened", "creation", {
    storage: (base) => ({
      async open(id, options) {
        this.shelf(id).head ??= "fresh";
        return base.open.call(this, id, options);
      },
    }),
  }),
  broken("answers undefined for no head", "creation", {
    store: () => ({
      async head() {
        return this.shelf.head ?? undefined;
      },
    }),
  }),
  broken('answers "" for no head', "creation", {
    store: () => ({
      async head() {
        return this.shelf.head ?? "";
      },
    }),
  }),
  broken("creates from any `from` where there is no store", "creation", {
    store: (base) => ({
      fits(commit) {
        return base.fits.call(this, this.shelf.head === null ? { ...commit, from: null } : commit);
      },
    }),
  }),
  broken("creates over a store that exists", "creation", {
    store: (base) => ({
      fits(commit) {
        return commit.from === null || base.fits.call(this, commit);
      },
    }),
  }),
  broken("applies a creation again after a deletion", "creation", {
    store: () => ({
      fits({ from }) {
        return this.shelf.head === from;
      },
    }),
  }),
  broken("forgets a creation once another commit follows", "creation", {
    store: (base) => ({
      apply(commit) {
        this.created.clear();
        base.apply.call(this, commit);
      },
    }),
  }),
  broken("remembers the last creation only", "creation", {
    store: (base) => ({
      apply(commit) {
        if (commit.from === null) {
          this.created.clear();
        }
        base.apply.call(this, commit);
      },
    }),
  }),
  broken("creates once a handle and never again", "creation", {
    store: () => ({
      fits({ from }) {
        return this.shelf.head === from && !(from === null && this.created.size > 0);
      },
    }),
  }),
  broken("remembers creations that were offered, not those that were applied", "creation", {
    store: () => ({
      fits({ from, to }) {
        const fits = this.shelf.head === from && !this.created.has(to);
        this.created.add(to);
        return fits;
      },
    }),
  }),
  broken("leaves the records at a deletion", "deletion", {
    storage: () => ({
      remove(shelf) {
        shelf.head = null;
      },
    }),
  }),
  broken("leaves the head at a deletion", "deletion", {
    storage: () => ({
      remove(shelf) {
        shelf.records.clear();
      },
    }),
  }),
  broken("shows no records without a head, and keeps them for the next store", "deletion", {
    storage: () => ({
      remove(shelf) {
        shelf.head = null;
      },
    }),
    store: (base) => ({
      async read(range) {
        return this.shelf.head === null ? [] : base.read.call(this, range);
      },
    }),
  }),
  broken("deletes every runtime whose id begins with the deleted one's", "deletion", {
    storage: (base) => ({
      remove(shelf) {
        for (const other of this.shelves.values()) {
          if (other.id.startsWith(shelf.id)) {
            base.remove.call(this, other);
          }
        }
      },
    }),
  }),
  broken("rejects the deletion of a runtime that does not exist", "deletion", {
    storage: (base) => ({
      async delete(id) {
        if (this.shelf(id).head === null) {
          throw new Error("not found");
        }
        return base.delete.call(this, id);
      },
    }),
  }),
  broken("refuses to delete what somebody holds", "deletion", {
    storage: (base) => ({
      async delete(id) {
        if (this.shelf(id).handles.size > 0) {
          throw new Error("in use");
        }
        return base.delete.call(this, id);
      },
    }),
  }),
  broken("waits with a deletion until the holder has closed", "deletion", {
    storage: (base) => ({
      async delete(id) {
        const shelf = this.shelf(id);
        for (let turns = 0; shelf.handles.size > 0 && turns < 2000; turns += 1) {
          await turn();
        }
        if (shelf.handles.size > 0) {
          throw new Error("blocked");
        }
        return base.delete.call(this, id);
      },
    }),
  }),
  broken("says that it has deleted before it has", "deletion", {
    storage: (base) => ({
      async delete(id) {
        turn().then(() => base.delete.call(this, id));
      },
    }),
  }),
  broken("lets the holder go on after a deletion", "deletion", {
    store: (base) => ({
      fits(commit) {
        return base.fits.call(this, commit) || (this.shelf.head === null && commit.from === this.mine);
      },
      apply(commit) {
        base.apply.call(this, commit);
        this.mine = commit.to;
      },
    }),
  }),
  broken("gives the holder another store after a deletion", "deletion", {
    storage: () => ({
      async delete(id) {
        this.shelves.delete(this.nameOf(id));
      },
    }),
  }),
  broken("deletes records while commits go on", "deletion", {
    storage: (base) => ({
      async delete(id) {
        const shelf = this.shelf(id);
        for (const key of [...shelf.records.keys()]) {
          shelf.records.delete(key);
          await null;
        }
        await base.delete.call(this, id);
      },
    }),
    store: (base) => ({
      async read(range) {
        await null;
        await null;
        return base.read.call(this, range);
      },
    }),
  }),
  broken("writes back at close only", "handles", {
    store: (base) => ({
      async head() {
        return this.later?.at(-1)?.to ?? base.head.call(this);
      },
      async read(range) {
        const { records } = this.shelf;
        const shown = new Map(records);
        for (const { ops } of this.later ?? []) {
          for (const [key, value] of ops) {
            value === null ? shown.delete(key) : shown.set(key, value);
          }
        }
        this.shelf.records = shown;
        const found = await base.read.call(this, range);
        this.shelf.records = records;
        return found;
      },
      async commit(commit) {
        if ((await this.head()) === commit.from) {
          this.later = [...(this.later ?? []), commit];
        }
        return this.head();
      },
      async close() {
        for (const commit of this.later ?? []) {
          if (this.fits(commit)) {
            this.apply(commit);
          }
        }
        await base.close.call(this);
      },
    }),
  }),
  broken("forgets everything when the last handle is closed", "handles", {
    store: (base) => ({
      async close() {
        await base.close.call(this);
        if (this.shelf.handles.size === 0) {
          this.storage.remove(this.shelf);
        }
      },
    }),
  }),
  broken("sees nothing but its own commits after it was opened", "handles", {
    store: (base) => ({
      async head() {
        this.seen ??= this.shelf.head;
        return this.seen;
      },
      async commit(commit) {
        this.seen = await base.commit.call(this, commit);
        return this.seen;
      },
    }),
  }),
  broken("does not know what it survives", "handles", {
    storage: (base) => ({
      async open(id, options) {
        return Object.assign(await base.open.call(this, id, options), { durability: "strict" });
      },
    }),
  }),
  broken("answers head() without a promise", "handles", {
    store: () => ({
      head() {
        return this.shelf.head;
      },
    }),
  }),
  broken("closes all handles of a runtime together", "handles", {
    store: (base) => ({
      async close() {
        this.shelf.closed = true;
        await base.close.call(this);
        if (this.shelf.handles.size === 0) {
          this.shelf.closed = false;
        }
      },
      async head() {
        if (this.shelf.closed) {
          throw new Error("closed");
        }
        return base.head.call(this);
      },
    }),
  }),
  broken("never says that it was disturbed", "disturbed", {
    storage: (base) => ({
      async open(id, options) {
        return Object.assign(await base.open.call(this, id, options), { disturb() {} });
      },
    }),
  }),
  broken("says that it was disturbed to one handle only", "disturbed", {
    store: (base) => ({
      apply(commit) {
        const { handles } = this.shelf;
        this.shelf.handles = new Set([...handles].filter((handle) => handle !== this).slice(0, 1));
        base.apply.call(this, commit);
        this.shelf.handles = handles;
      },
    }),
  }),
  broken("has something else than a promise to be disturbed with", "disturbed", {
    storage: (base) => ({
      async open(id, options) {
        return Object.assign(await base.open.call(this, id, options), { disturbed: false });
      },
    }),
  }),
  broken("is disturbed by commits, not by deletions", "disturbed", {
    storage: () => ({
      async delete(id) {
        this.remove(this.shelf(id));
      },
    }),
  }),
];
