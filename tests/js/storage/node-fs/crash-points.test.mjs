import assert from "node:assert/strict";
import test from "node:test";
import { logStorage } from "../../../../pkg/modules/storage/node-fs/storage.js";
import { Machine } from "./simulated-machine.mjs";

const ID = "r";
const ROOT = "/data";

const text = (value) => Buffer.from(value);
const open = (process, options) => logStorage(process.disk, ROOT).open(ID, { takeover: true, ...options });
const all = { gte: "!", lt: "~" };

async function state(store) {
  const head = await store.head();
  const records = await store.read(all);
  return [String(head), ...records.map(([key, value]) => `${key}=${value.length}:${value[0]}`)].join(" ");
}

/** Keeps the state after each acknowledged step, and that of the step under way. */
class Steps {
  known = "null";
  next = undefined;
  model = new Map();
  head = null;

  async commit(store, to, ops) {
    const model = new Map(this.model);
    for (const [key, value] of ops) {
      if (value === null) {
        model.delete(key);
      } else {
        model.set(key, value);
      }
    }
    this.next = describe(to, model);
    const answer = await store.commit({ from: this.head, to, ops });
    assert.equal(answer, to);
    this.known = this.next;
    this.next = undefined;
    this.model = model;
    this.head = to;
  }

  async delete(storage) {
    this.next = "null";
    await storage.delete(ID);
    this.known = "null";
    this.next = undefined;
    this.model = new Map();
    this.head = null;
  }

  check(found) {
    assert.ok(found === this.known || found === this.next, `found ${found}; ${this.known} or ${this.next}`);
  }
}

function describe(head, model) {
  const keys = [...model.keys()].sort();
  return [String(head), ...keys.map((key) => `${key}=${model.get(key).length}:${model.get(key)[0]}`)].join(
    " ",
  );
}

const large = (byte) => Buffer.alloc(530_000, byte);

/** Each is short, and has every kind of change in it that it is named after. */
const WORKLOADS = {
  "creation, commits and a clean close": async (process, steps) => {
    const store = await open(process);
    await steps.commit(store, "h1", [["a", text("1")]]);
    await steps.commit(store, "h2", [["b", text("2")]]);
    await steps.commit(store, "h3", [["a", null]]);
    await store.close();
  },
  "one owner after another": async (process, steps) => {
    for (let round = 0; round < 3; round += 1) {
      const store = await open(process);
      await steps.commit(store, `h${round}a`, [[`k${round}`, text("x")]]);
      if (round === 0) {
        await steps.commit(store, `h${round}b`, [["long", Buffer.alloc(70_000, 1)]]);
      }
      if (round !== 1) {
        await store.close();
      }
    }
  },
  "a log that is written anew": async (process, steps) => {
    const store = await open(process);
    await steps.commit(store, "h0", [["kept", text("k")]]);
    for (let round = 1; round < 4; round += 1) {
      await steps.commit(store, `h${round}`, [["big", large(round)]]);
    }
    await steps.commit(store, "last", [["big", null]]);
    await store.close();
  },
  "deletion and a second creation": async (process, steps) => {
    const storage = logStorage(process.disk, ROOT);
    const store = await open(process);
    await steps.commit(store, "h1", [["a", text("1")]]);
    await steps.delete(storage);
    const again = await open(process);
    await steps.commit(again, "h2", [["b", text("2")]]);
    await store.close();
    await again.close();
  },
};

/** Runs a workload in which one call has another fate; gives how many calls there were. */
async function run(workload, fate, seed, losesPower) {
  const machine = new Machine(seed);
  const process = machine.process("first");
  const steps = new Steps();
  let error;
  const killed = new Promise((resolve) => {
    process.onKill = resolve;
  });
  process.plan = (name, number) => fate?.(name, number);
  await machine.run(
    Promise.race([
      WORKLOADS[workload](process, steps).catch((thrown) => {
        error = thrown;
      }),
      killed,
    ]),
  );
  const { calls } = process;
  if (error?.name === "StorageRejected") {
    // It is not applied and never will be.
    steps.next = undefined;
  }
  if (losesPower) {
    machine.losePower();
  }
  // Whoever comes next finds the state before the step that was under way, or after it, and goes on from there.
  const second = machine.process("second");
  await machine.run(
    (async () => {
      const store = await open(second);
      const found = await state(store);
      steps.check(found);
      const from = await store.head();
      assert.equal(await store.commit({ from, to: "next", ops: [["new", text("n")]] }), "next");
      await store.close();
      const reader = await open(second, { readOnly: true });
      assert.equal(await reader.head(), "next");
      assert.equal((await reader.read({ gte: "new", lt: "new~" })).length, 1);
      await reader.close();
    })(),
  );
  return { calls, error };
}

for (const workload of Object.keys(WORKLOADS)) {
  test(`${workload}: killed at every call, with and without loss of power`, async (context) => {
    const { calls, error } = await run(workload, undefined, 1, false);
    assert.equal(error, undefined);
    let runs = 0;
    // Killed after a call is killed before the next one; of a write that is interrupted a part is there.
    for (let at = 0; at <= calls; at += 1) {
      for (const losesPower of [false, true]) {
        try {
          await run(workload, (_name, number) => (number === at ? "kill" : undefined), at, losesPower);
        } catch (thrown) {
          thrown.message = `killed at ${at}, ${losesPower ? "with" : "without"} loss of power: ${thrown.message}`;
          throw thrown;
        }
        runs += 1;
      }
    }
    context.diagnostic(`${calls} calls, ${runs} runs`);
  });

  test(`${workload}: every call fails once`, async (context) => {
    const { calls } = await run(workload, undefined, 1, false);
    let refused = 0;
    let unknown = 0;
    for (let at = 0; at < calls; at += 1) {
      for (const code of ["EIO", "ENOSPC", "EACCES"]) {
        try {
          const fate = (name, number) => (number === at && failsWith(name, code) ? code : undefined);
          const { error } = await run(workload, fate, at, at % 2 === 1);
          if (error?.name === "StorageRejected") {
            refused += 1;
            assert.equal(error.code, code === "ENOSPC" ? "quota" : "denied");
          } else if (error !== undefined) {
            assert.equal(error instanceof Error, true);
            unknown += 1;
          }
        } catch (thrown) {
          thrown.message = `${code} at ${at}: ${thrown.message}`;
          throw thrown;
        }
      }
    }
    context.diagnostic(`${calls} calls, ${refused} commits refused, ${unknown} other errors`);
    assert.ok(refused > 0 && unknown > 0);
  });
}

/** What cannot fail, or not in this way. */
function failsWith(name, code) {
  return (
    name !== "pause" &&
    name !== "exists" &&
    (code !== "ENOSPC" || ["write", "link", "open", "rename", "makeDirectory"].includes(name))
  );
}

test("a commit that is refused is not there, and the next one is applied by the same handle", async () => {
  for (const code of ["ENOSPC", "EDQUOT", "EFBIG", "EACCES"]) {
    const machine = new Machine(3);
    const process = machine.process("p");
    await machine.run(
      (async () => {
        const store = await open(process);
        assert.equal(await store.commit({ from: null, to: "h1", ops: [["a", text("1")]] }), "h1");
        assert.equal(await store.commit({ from: "h1", to: "h2", ops: [["b", text("2")]] }), "h2");
        process.plan = (name) => (name === "write" ? code : undefined);
        await assert.rejects(store.commit({ from: "h2", to: "h3", ops: [["c", text("3")]] }), {
          name: "StorageRejected",
          code: code === "EFBIG" ? "too_large" : code === "EACCES" ? "denied" : "quota",
        });
        process.plan = () => undefined;
        assert.equal(await state(store), "h2 a=1:49 b=1:50");
        assert.equal(await store.commit({ from: "h2", to: "h4", ops: [["d", text("4")]] }), "h4");
        await store.close();
        assert.equal(await state(await open(process)), "h4 a=1:49 b=1:50 d=1:52");
      })(),
    );
  }
});

test("of several commits offered at once only those are refused that do not fit", async () => {
  const machine = new Machine(4);
  const process = machine.process("p");
  await machine.run(
    (async () => {
      const store = await open(process);
      await store.commit({ from: null, to: "h1", ops: [] });
      let writes = 0;
      // The two together do not fit, the first alone does.
      process.plan = (name) => {
        writes += name === "write" ? 1 : 0;
        return name === "write" && (writes === 1 || writes === 2 || writes > 3) ? "ENOSPC" : undefined;
      };
      const [one, two] = await Promise.allSettled([
        store.commit({ from: "h1", to: "h2", ops: [["a", text("1")]] }),
        store.commit({ from: "h2", to: "h3", ops: [["b", text("2")]] }),
      ]);
      assert.equal(one.value, "h2");
      assert.equal(two.reason?.name, "StorageRejected");
      process.plan = () => undefined;
      assert.equal(await state(store), "h2 a=1:49");
    })(),
  );
});

test("after a sync that failed the same file is not synced again, and the handle answers nothing more", async () => {
  const machine = new Machine(5);
  const process = machine.process("p");
  await machine.run(
    (async () => {
      const store = await open(process);
      await store.commit({ from: null, to: "h1", ops: [] });
      process.plan = (name) => (name === "sync" ? "EIO" : undefined);
      const failed = store.commit({ from: "h1", to: "h2", ops: [["a", text("1")]] });
      await assert.rejects(failed, (error) => error.name !== "StorageRejected");
      let calls = 0;
      process.plan = () => {
        calls += 1;
        return undefined;
      };
      await assert.rejects(store.commit({ from: "h1", to: "h2", ops: [["a", text("1")]] }));
      await assert.rejects(store.head());
      await assert.rejects(store.read(all));
      assert.equal(calls, 0);
      await store.close();
      // Another handle decides what became of it.
      const next = await open(process);
      const head = await next.head();
      assert.ok(head === "h1" || head === "h2");
      assert.equal(await next.commit({ from: head, to: "h3", ops: [] }), "h3");
      await next.close();
    })(),
  );
});
