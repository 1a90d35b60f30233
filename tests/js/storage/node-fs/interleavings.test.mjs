import assert from "node:assert/strict";
import test from "node:test";
import { logStorage } from "../../../../pkg/modules/storage/node-fs/storage.js";
import { History } from "./history.mjs";
import { Machine } from "./simulated-machine.mjs";

/** `NODE_FS_SEED` replays one run; `NODE_FS_RUNS` makes more of them. */
const only = process.env.NODE_FS_SEED;
const runs = Number(process.env.NODE_FS_RUNS ?? 150);
const first = Number(only ?? Math.floor(Math.random() * 2 ** 31));
const seeds = only === undefined ? Array.from({ length: runs }, (_, at) => first + at) : [first];

const ID = "r";
const KEYS = 6;

/** What one process does with the store, until it has done enough or is killed; `long` is the share of long values. */
async function live(machine, process, history, steps, long) {
  const { random } = machine;
  const storage = logStorage(process.disk, "/data");
  let store;
  let head;
  const reopen = async () => {
    for (;;) {
      try {
        await store?.close();
        store = await storage.open(ID, { takeover: true });
        head = await history.head(store);
        return;
      } catch (error) {
        rethrowDamage(error);
      }
    }
  };
  await reopen();
  for (let step = 0; step < steps; step += 1) {
    const kind = random();
    try {
      if (kind < 0.55) {
        const ops = [];
        for (let key = 0; key < KEYS; key += 1) {
          if (random() < 0.3) {
            const length = random() < 0.05 ? 70_000 : random() < long ? 400_000 : Math.floor(random() * 40);
            ops.push([`k${key}`, random() < 0.2 ? null : Buffer.alloc(length, Math.floor(random() * 256))]);
          }
        }
        if (random() < 0.3) {
          const second = history.commit(store, head, ops);
          const third = history.commit(store, `head-${history.tokens}`, [["k0", Buffer.from([step])]]);
          await second;
          head = (await third) ?? (await history.head(store));
        } else {
          const answer = await history.commit(store, head, ops);
          head = answer === undefined ? await history.head(store) : answer;
        }
      } else if (kind < 0.75) {
        head = await history.head(store);
      } else if (kind < 0.92) {
        await history.read(store);
      } else {
        await reopen();
      }
    } catch (error) {
      rethrowDamage(error);
      await reopen();
    }
  }
  if (random() < 0.7) {
    await store.close();
  }
}

/** Calls may fail here, but nothing may look damaged. */
function rethrowDamage(error) {
  if (["AssertionError", "StorageCorrupt", "StorageLost", "TypeError", "RangeError"].includes(error.name)) {
    throw error;
  }
}

/** Calls before which a process that is frozen does the most harm. */
const DECISIVE = new Set(["link", "rename", "write", "unlink"]);

/** Kills, freezes and failing calls, now and then. */
function trouble(random, rates) {
  return (name) => {
    const drawn = random();
    if (drawn < rates.kill) {
      return random() < 0.5 ? "kill" : "kill after";
    }
    const freeze = rates.freeze * (DECISIVE.has(name) ? 8 : 1);
    if (drawn < rates.kill + freeze) {
      return { freeze: Math.floor(random() * 400) };
    }
    if (drawn < rates.kill + freeze + rates.fail) {
      if (name === "sync" || name === "syncDirectory") {
        return "EIO";
      }
      if (name === "write" || name === "link" || name === "makeDirectory") {
        return "ENOSPC";
      }
    }
    return undefined;
  };
}

async function run(seed) {
  const machine = new Machine(seed);
  const { random } = machine;
  const history = new History();
  const rates = {
    kill: random() < 0.5 ? 0.002 : 0,
    freeze: random() < 0.7 ? 0.01 : 0,
    fail: random() < 0.4 ? 0.01 : 0,
  };
  // Some logs come to be written anew.
  const long = random() < 0.25 ? 0.3 : 0;
  const rounds = 1 + Math.floor(random() * 3);
  let killed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const lives = [];
    for (let number = 0; number < 1 + Math.floor(random() * 3); number += 1) {
      const process = machine.process(`${round}.${number}`);
      process.plan = trouble(random, rates);
      process.atOnce = random() < 0.3 ? 0 : random() < 0.5 ? 1 : random();
      const ended = new Promise((resolve) => {
        process.onKill = () => {
          killed += 1;
          resolve();
        };
      });
      lives.push(Promise.race([live(machine, process, history, 4 + Math.floor(random() * 12), long), ended]));
    }
    const all = Promise.all(lives);
    if (random() < 0.3) {
      // The power goes at some moment, for all of them.
      const calls = machine.calls + Math.floor(random() * 1_500);
      await machine.run(Promise.race([all, until(machine, calls)]));
      machine.losePower();
    } else {
      await machine.run(all);
    }
  }
  const process = machine.process("at the end");
  await machine.run(
    (async () => {
      const store = await logStorage(process.disk, "/data").open(ID, { takeover: true });
      const head = await store.head();
      history.check(head, await store.read({ gte: "!", lt: "~" }));
      const answer = await history.commit(store, head, [["k1", Buffer.from("last")]]);
      assert.equal(answer, `head-${history.tokens}`);
      await store.close();
      const again = await logStorage(process.disk, "/data").open(ID, { readOnly: true });
      history.check(await again.head(), await again.read({ gte: "!", lt: "~" }));
    })(),
  );
  return { calls: machine.calls, commits: history.commits.size, killed };
}

/** Settles once the machine has carried out so many calls. */
async function until(machine, calls) {
  const process = machine.process("clock");
  while (machine.calls < calls) {
    await process.disk.pause(1);
  }
}

test("any order of system calls of several processes is explained by one order of commits", async (context) => {
  const total = { calls: 0, commits: 0, killed: 0 };
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
