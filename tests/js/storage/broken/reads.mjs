import { broken, turn } from "./plain.mjs";

export const brokenReads = [
  broken("takes the upper bound into the range", "reads", {
    store: () => ({ within: (key, { gte, lt }) => gte <= key && key <= lt }),
  }),
  broken("leaves the lower bound out of the range", "reads", {
    store: () => ({ within: (key, { gte, lt }) => gte < key && key < lt }),
  }),
  broken("matches the lower bound as a prefix", "reads", {
    store: () => ({ within: (key, { gte, lt }) => key.startsWith(gte) && key < lt }),
  }),
  broken('takes an upper bound of "" for none', "reads", {
    store: () => ({ within: (key, { gte, lt }) => gte <= key && (lt === "" || key < lt) }),
  }),
  broken("refuses bounds in the wrong order", "reads", {
    store: (base) => ({
      async read(range) {
        if (range.gte > range.lt) {
          throw new RangeError("the lower bound is above the upper one");
        }
        return base.read.call(this, range);
      },
    }),
  }),
  broken("ignores the limit", "reads", {
    store: (base) => ({ select: ({ gte, lt }, store) => base.select.call(store, { gte, lt }), read: readBy }),
  }),
  broken("takes a limit of 0 for none", "reads", {
    store: (base) => ({
      select: ({ gte, lt, limit }, store) => base.select.call(store, { gte, lt, limit: limit || undefined }),
      read: readBy,
    }),
  }),
  broken("gives one more than the limit", "reads", {
    store: (base) => ({
      select: ({ limit, ...range }, store) =>
        base.select.call(store, { ...range, limit: limit ? limit + 1 : limit }),
      read: readBy,
    }),
  }),
  broken("cuts at the limit before it looks at the lower bound", "reads", {
    store: () => ({
      select({ gte, lt, limit }) {
        return [...this.shelf.records.keys()]
          .sort()
          .slice(0, limit)
          .filter((key) => gte <= key && key < lt);
      },
    }),
  }),
  broken("counts deleted records for the limit", "reads", {
    store: (base) => ({
      applyOp(key, value) {
        this.shelf.gone ??= new Set();
        this.shelf.gone[value === null ? "add" : "delete"](key);
        base.applyOp.call(this, key, value);
      },
      select({ gte, lt, limit }) {
        const all = new Set([...this.shelf.records.keys(), ...(this.shelf.gone ?? [])]);
        const page = [...all]
          .filter((key) => gte <= key && key < lt)
          .sort()
          .slice(0, limit);
        return page.filter((key) => this.shelf.records.has(key));
      },
    }),
  }),
  broken("never gives more than 256 records", "reads", {
    store: (base) => ({
      select: (range, store) => base.select.call(store, range).slice(0, 256),
      read: readBy,
    }),
  }),
  broken("rejects where there is no store", "reads", {
    store: (base) => ({
      async read(range) {
        if (this.shelf.head === null) {
          throw new Error("no such store");
        }
        return base.read.call(this, range);
      },
    }),
  }),
  broken("answers null where there is nothing", "reads", {
    store: (base) => ({
      async read(range) {
        const records = await base.read.call(this, range);
        return records.length === 0 ? null : records;
      },
    }),
  }),
  broken("answers with objects instead of pairs", "reads", {
    store: (base) => ({
      async read(range) {
        return (await base.read.call(this, range)).map(([key, value]) => ({ key, value }));
      },
    }),
  }),
  broken("gives the answer to a first read for ever", "reads", {
    store: (base) => ({
      async read(range) {
        const name = JSON.stringify(range);
        this.answers ??= new Map();
        if (!this.answers.has(name)) {
          this.answers.set(name, await base.read.call(this, range));
        }
        return this.answers.get(name).map(([key, value]) => [key, value.slice()]);
      },
    }),
  }),
  broken("forgets its cache at its own commits only", "handles", {
    store: (base) => ({
      async read(range) {
        const name = JSON.stringify(range);
        this.answers ??= new Map();
        const { answers } = this;
        if (!answers.has(name)) {
          answers.set(name, await base.read.call(this, range));
        }
        return answers.get(name).map(([key, value]) => [key, value.slice()]);
      },
      async commit(commit) {
        this.answers = undefined;
        return base.commit.call(this, commit);
      },
    }),
  }),
  broken("reads record by record while commits go on", "beside commits", {
    store: () => ({
      async read(range) {
        const found = [];
        for (const key of this.select(range)) {
          await turn();
          const value = this.shelf.records.get(key);
          if (value !== undefined) {
            found.push([key, value.slice()]);
          }
        }
        return found;
      },
      async commit(commit) {
        await turn();
        await turn();
        if (this.fits(commit)) {
          this.apply(commit);
        }
        return this.shelf.head;
      },
    }),
  }),
  broken("reads in two halves while commits go on", "beside commits", {
    store: (base) => ({
      async read(range) {
        const keys = this.select(range);
        const middle = keys[keys.length >> 1] ?? range.lt;
        const low = await base.read.call(this, { ...range, lt: middle });
        await turn();
        const high = middle < range.lt ? await base.read.call(this, { ...range, gte: middle }) : [];
        return [...low, ...high].slice(0, range.limit);
      },
    }),
  }),
];

/** Reads with a `select` that is given the store as its second argument. */
async function readBy(range) {
  return this.select(range, this).map((key) => [key, this.shelf.records.get(key).slice()]);
}
