import { broken, turn } from "./plain.mjs";

/** Deletes stretches of keys that stand one after another in a commit as `remove` does. */
const inStretches = (remove) => ({
  store: (base) => ({
    apply(commit) {
      const present = [...this.shelf.records.keys()];
      base.apply.call(this, commit);
      const gone = commit.ops.filter(([, value]) => value === null).map(([key]) => key);
      if (gone.length > 1) {
        remove(this.shelf.records, present, [gone[0], gone.at(-1)]);
      }
    },
  }),
});

export const brokenCommits = [
  broken(
    "deletes what lies between the keys that a commit deletes",
    "commits",
    inStretches((records, present, [first, last]) => {
      for (const key of present.filter((key) => first <= key && key <= last)) {
        records.delete(key);
      }
    }),
  ),
  broken(
    "deletes what a commit puts between the keys that it deletes",
    "commits",
    inStretches((records, present, [first, last]) => {
      for (const key of [...records.keys()].filter((key) => !present.includes(key))) {
        if (first <= key && key <= last) {
          records.delete(key);
        }
      }
    }),
  ),
  broken("does not look at `from`", "commits", { store: () => ({ fits: () => true }) }),
  broken("compares heads without their case", "commits", {
    store: () => ({
      fits({ from, to }) {
        return this.shelf.head?.toLowerCase() === from?.toLowerCase() && !this.created.has(to);
      },
    }),
  }),
  broken("compares the first 31 characters of heads", "commits", {
    store: () => ({
      fits({ from, to }) {
        return this.shelf.head?.slice(0, 31) === from?.slice(0, 31) && !this.created.has(to);
      },
    }),
  }),
  broken("takes blanks off heads", "commits", {
    store: () => ({
      fits({ from, to }) {
        return this.shelf.head === (from?.trim() ?? null) && !this.created.has(to);
      },
    }),
  }),
  broken("takes any earlier head for the present one", "commits", {
    store: (base) => ({
      fits({ from, to }) {
        this.shelf.past ??= new Set();
        return this.shelf.past.has(from) || base.fits.call(this, { from, to });
      },
      apply(commit) {
        base.apply.call(this, commit);
        this.shelf.past.add(commit.to);
      },
    }),
  }),
  broken("writes before it compares", "commits", {
    store: () => ({
      async commit(commit) {
        const fits = this.fits(commit);
        const { head } = this.shelf;
        this.apply(commit);
        this.shelf.head = fits ? commit.to : head;
        return this.shelf.head;
      },
    }),
  }),
  broken("answers a refused commit with its own `to`", "commits", {
    store: (base) => ({
      async commit(commit) {
        await base.commit.call(this, commit);
        return commit.to;
      },
    }),
  }),
  broken("answers a refused commit with its `from`", "commits", {
    store: () => ({
      async commit(commit) {
        if (this.fits(commit)) {
          this.apply(commit);
          return commit.to;
        }
        return this.shelf.head === commit.to ? commit.to : commit.from;
      },
    }),
  }),
  broken("answers a refused commit with null", "commits", {
    store: () => ({
      async commit(commit) {
        if (this.fits(commit)) {
          this.apply(commit);
        }
        return this.shelf.head === commit.to ? commit.to : null;
      },
    }),
  }),
  broken("answers with true", "commits", {
    store: (base) => ({
      async commit(commit) {
        return (await base.commit.call(this, commit)) === commit.to || this.shelf.head;
      },
    }),
  }),
  broken("answers with nothing", "commits", {
    store: (base) => ({
      async commit(commit) {
        await base.commit.call(this, commit);
      },
    }),
  }),
  broken("rejects a commit from another head", "commits", {
    store: (base) => ({
      async commit(commit) {
        const answer = await base.commit.call(this, commit);
        if (answer !== commit.to) {
          throw new Error("conflict");
        }
        return answer;
      },
    }),
  }),
  broken("does not move the head without ops", "commits", {
    store: (base) => ({
      async commit(commit) {
        return commit.ops.length === 0 ? commit.to : base.commit.call(this, commit);
      },
    }),
  }),
  broken("never deletes", "commits", {
    store: (base) => ({
      applyOp(key, value) {
        if (value !== null) {
          base.applyOp.call(this, key, value);
        }
      },
    }),
  }),
  broken("rejects the deletion of a record that does not exist", "commits", {
    store: (base) => ({
      async commit(commit) {
        if (
          this.fits(commit) &&
          commit.ops.some(([key, value]) => value === null && !this.shelf.records.has(key))
        ) {
          throw new Error("not found");
        }
        return base.commit.call(this, commit);
      },
    }),
  }),
  broken("stops at the first deletion", "commits", {
    store: (base) => ({
      apply(commit) {
        const at = commit.ops.findIndex(([, value]) => value === null);
        base.apply.call(this, { ...commit, ops: at < 0 ? commit.ops : commit.ops.slice(0, at + 1) });
      },
    }),
  }),
  broken("writes at most 500 ops", "commits", {
    store: (base) => ({
      apply(commit) {
        base.apply.call(this, { ...commit, ops: commit.ops.slice(0, 500) });
      },
    }),
  }),
  broken("sorts the ops in place", "commits", {
    store: (base) => ({
      apply(commit) {
        commit.ops.sort();
        base.apply.call(this, commit);
      },
    }),
  }),
  broken("drops a store without records", "commits", {
    store: (base) => ({
      apply(commit) {
        base.apply.call(this, commit);
        if (this.shelf.records.size === 0) {
          this.shelf.head = null;
        }
      },
    }),
  }),
  broken("answers before it writes", "commits", {
    store: () => ({
      async commit(commit) {
        if (!this.fits(commit)) {
          return this.shelf.head;
        }
        turn().then(() => this.apply(commit));
        return commit.to;
      },
    }),
  }),
  broken("remembers what it has refused, and refuses it for ever", "commits", {
    store: (base) => ({
      fits(commit) {
        this.refused ??= new Set();
        const fits = base.fits.call(this, commit) && !this.refused.has(commit.to);
        if (!fits) {
          this.refused.add(commit.to);
        }
        return fits;
      },
    }),
  }),
  broken("compares and writes in two turns", "concurrency", {
    store: () => ({
      async commit(commit) {
        const fits = this.fits(commit);
        await turn();
        if (fits) {
          this.apply(commit);
        }
        return this.shelf.head;
      },
    }),
  }),
  broken("guards its head against its own handle only", "concurrency", {
    store: (base) => ({
      async commit(commit) {
        const before = this.busy ?? Promise.resolve();
        const work = before.then(async () => {
          const fits = this.fits(commit);
          await turn();
          if (fits) {
            base.apply.call(this, commit);
          }
          return this.shelf.head;
        });
        this.busy = work;
        return work;
      },
    }),
  }),
  broken("writes op by op while reads go on", "beside commits", {
    store: (base) => ({
      async commit(commit) {
        if (this.shelf.busy || !this.fits(commit)) {
          while (this.shelf.busy) {
            await turn();
          }
          if (!this.fits(commit)) {
            return this.shelf.head;
          }
        }
        this.shelf.busy = true;
        for (const [at, op] of commit.ops.entries()) {
          if (at % 8 === 7) {
            await turn();
          }
          base.applyOp.call(this, ...op);
        }
        base.apply.call(this, commit);
        this.shelf.busy = false;
        return commit.to;
      },
    }),
  }),
  broken("shows the new head and writes the records later", "beside commits", {
    store: (base) => ({
      async commit(commit) {
        if (!this.fits(commit)) {
          return this.shelf.head;
        }
        base.apply.call(this, { ...commit, ops: commit.ops.slice(0, 10) });
        await turn();
        if (this.shelf.head === commit.to) {
          base.apply.call(this, commit);
        }
        return commit.to;
      },
    }),
  }),
  broken("applies an earlier commit again when it is repeated", "repeats", {
    store: (base) => ({
      async commit(commit) {
        this.shelf.applied ??= new Set();
        if (this.shelf.applied.has(commit.to) || this.fits(commit)) {
          this.shelf.applied.add(commit.to);
          const now =
            this.shelf.head !== commit.from && this.shelf.head !== commit.to ? this.shelf.head : commit.to;
          base.apply.call(this, commit);
          this.shelf.head = now;
        }
        return this.shelf.head;
      },
    }),
  }),
  broken("answers `to` to every commit that it has once applied", "repeats", {
    store: (base) => ({
      async commit(commit) {
        this.shelf.applied ??= new Set();
        if (this.shelf.applied.has(commit.to)) {
          return commit.to;
        }
        const answer = await base.commit.call(this, commit);
        if (answer === commit.to) {
          this.shelf.applied.add(commit.to);
        }
        return answer;
      },
    }),
  }),
  broken("rejects a repeat", "repeats", {
    store: (base) => ({
      async commit(commit) {
        if (this.shelf.head === commit.to) {
          throw new Error("duplicate");
        }
        return base.commit.call(this, commit);
      },
    }),
  }),
  broken("rejects a repeat while the first is under way", "repeats", {
    store: (base) => ({
      async commit(commit) {
        if (this.offering === commit.to) {
          throw new Error("busy");
        }
        this.offering = commit.to;
        await turn();
        const answer = await base.commit.call(this, commit);
        this.offering = undefined;
        return answer;
      },
    }),
  }),
  broken("moves the head to null at a repeat", "repeats", {
    store: (base) => ({
      async commit(commit) {
        if (this.shelf.head === commit.to) {
          this.shelf.head = null;
          return commit.to;
        }
        return base.commit.call(this, commit);
      },
    }),
  }),
  broken("knows a repeat only by its own handle", "repeats", {
    store: (base) => ({
      async commit(commit) {
        if (this.shelf.head === commit.to && this.last !== commit.to) {
          return null;
        }
        const answer = await base.commit.call(this, commit);
        this.last = answer;
        return answer;
      },
    }),
  }),
];
