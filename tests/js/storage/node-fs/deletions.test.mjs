import assert from "node:assert/strict";
import test from "node:test";
import { logStorage } from "../../../../pkg/modules/storage/node-fs/storage.js";
import { Machine } from "./simulated-machine.mjs";

/** `NODE_FS_SEED` replays one run; `NODE_FS_RUNS` makes more of them. */
const only = process.env.NODE_FS_SEED;
const runs = Number(process.env.NODE_FS_RUNS ?? 200);
const first = Number(only ?? Math.floor(Math.random() * 2 ** 31));
const seeds = only === undefined ? Array.from({ length: runs }, (_, at) => first + at) : [first];

const ID = "r";

/** Commits and deletions of one store, and what was seen of it, with the times of each call. */
class Annals {
  clock = 0;
  commits = new Map();
  deletions = [];
  looks = [];

  async commit(store, commit) {
    const noted = this.commits.get(commit.to) ?? {
      ...commit,
      start: ++this.clock,
      applied: Number.POSITIVE_INFINITY,
    };
    this.commits.set(commit.to, noted);
    const start = ++this.clock;
    const head = await store.commit(commit);
    const end = ++this.clock;
    if (head === commit.to) {
      noted.applied = Math.min(noted.applied, end);
    }
    this.looks.push({ head, start, end });
    return head;
  }

  async head(store) {
    const start = ++this.clock;
    const head = await store.head();
    this.looks.push({ head, start, end: ++this.clock });
    return head;
  }

  async delete(storage) {
    const noted = { start: ++this.clock, end: Number.POSITIVE_INFINITY, over: false };
    this.deletions.push(noted);
    await storage.delete(ID);
    noted.end = ++this.clock;
    noted.over = true;
  }

  /** The creation that a head goes back to, and how many commits lie between. */
  origin(head) {
    let place = 0;
    let commit = this.commits.get(head);
    assert.ok(commit !== undefined, `${head} was never offered`);
    while (commit.from !== null) {
      commit = this.commits.get(commit.from);
      place += 1;
    }
    return { creation: commit, place };
  }

  check() {
    const successors = new Map();
    for (const { from, to, applied } of this.commits.values()) {
      if (from !== null && applied < Number.POSITIVE_INFINITY) {
        assert.ok(!successors.has(from), `${from} has two successors, ${successors.get(from)} and ${to}`);
        successors.set(from, to);
      }
    }
    const acknowledged = [...this.commits.values()].filter(
      ({ applied }) => applied < Number.POSITIVE_INFINITY,
    );
    for (const { head, start, end } of this.looks) {
      if (head === null) {
        for (const { to, start: offered, applied } of acknowledged) {
          const excused = this.deletions.some((deletion) => deletion.end > offered && deletion.start < end);
          assert.ok(applied > start || excused, `${to} was acknowledged, and nobody has deleted it`);
        }
        continue;
      }
      const { creation, place } = this.origin(head);
      for (const deletion of this.deletions) {
        assert.ok(
          !(deletion.over && deletion.end < start && deletion.start > creation.applied),
          `${head} was shown after it was deleted`,
        );
      }
      for (const { to, applied } of acknowledged) {
        const other = this.origin(to);
        if (applied < start && other.creation === creation) {
          assert.ok(other.place <= place, `${head} was shown after ${to}`);
        }
      }
    }
  }
}

async function live(machine, process, annals, steps) {
  const { random } = machine;
  const storage = logStorage(process.disk, "/data");
  let store = await storage.open(ID, { takeover: true });
  let head = null;
  const creations = [];
  for (let step = 0; step < steps; step += 1) {
    const kind = random();
    try {
      if (kind < 0.5) {
        const to = `${process.name}.${step}`;
        const commit = { from: head, to, ops: [["k", Buffer.from(to)]] };
        if (head === null) {
          creations.push(commit);
        }
        head = await annals.commit(store, commit);
      } else if (kind < 0.65) {
        head = await annals.head(store);
      } else if (kind < 0.8) {
        await annals.delete(storage);
      } else if (kind < 0.9 && creations.length > 0) {
        head = await annals.commit(store, creations[Math.floor(random() * creations.length)]);
      } else {
        await store.close();
        store = await storage.open(ID, { takeover: true });
        creations.length = 0;
      }
    } catch (error) {
      if (!/is unknown$/.test(error.message)) {
        throw error;
      }
    }
  }
  await store.close();
}

async function run(seed) {
  const machine = new Machine(seed);
  const { random } = machine;
  const annals = new Annals();
  const lives = [];
  for (let number = 0; number < 2 + Math.floor(random() * 2); number += 1) {
    const process = machine.process(`p${number}`);
    process.plan = () => {
      const drawn = random();
      return drawn < 0.001 ? "kill" : drawn < 0.03 ? { freeze: Math.floor(random() * 300) } : undefined;
    };
    const killed = new Promise((resolve) => {
      process.onKill = resolve;
    });
    lives.push(Promise.race([live(machine, process, annals, 5 + Math.floor(random() * 15)), killed]));
  }
  await machine.run(Promise.all(lives));
  const process = machine.process("at the end");
  await machine.run(
    (async () => {
      const storage = logStorage(process.disk, "/data");
      const store = await storage.open(ID, { takeover: true });
      const head = await annals.head(store);
      assert.deepEqual(await storage.list(), head === null ? [] : [ID]);
      const records = await store.read({ gte: "!", lt: "~" });
      assert.deepEqual(
        records.map(([, value]) => Buffer.from(value).toString()),
        head === null ? [] : [head],
      );
      annals.check();
      assert.equal(await store.commit({ from: head, to: "last", ops: [] }), "last");
      await storage.delete(ID);
      assert.equal(await store.head(), null);
      assert.equal(await store.commit({ from: "last", to: "later", ops: [] }), null);
      await store.close();
    })(),
  );
  return { calls: machine.calls, commits: annals.commits.size, deletions: annals.deletions.length };
}

test("any order of commits, deletions and creations is explained by one order of them", async (context) => {
  const total = { calls: 0, commits: 0, deletions: 0 };
  for (const seed of seeds) {
    try {
      const done = await run(seed);
      for (const key of Object.keys(total)) {
        total[key] += done[key];
      }
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
  context.diagnostic(`seeds ${first} to ${first + seeds.length - 1}: ${JSON.stringify(total)}`);
});
