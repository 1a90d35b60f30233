import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { faultyStorage } from "../../../pkg/dist/entry/testing.js";
import { memoryStorage } from "../../../pkg/dist/storage/memory.js";

const ALL = { gte: "", lt: "~" };
const FATES = [
  "ok",
  "rejected",
  "unknown_before",
  "unknown_after",
  "never",
  "twice",
  "late",
  "throws",
  "partial",
  "stale_read",
  "slow",
];

/** A value that says which commit has written it. */
function value(text) {
  return new TextEncoder().encode(text);
}

async function shown(store, range = ALL) {
  return (await store.read(range)).map(([key, bytes]) => [key, new TextDecoder().decode(bytes)]);
}

/** A faulty storage over one in memory that has a store "r" at head "A" with `a` = "1" and `b` = "1". */
async function arranged(plan) {
  const inner = memoryStorage();
  const plain = await inner.open("r");
  const ops = [
    ["a", value("1")],
    ["b", value("1")],
  ];
  await plain.commit({ from: null, to: "A", ops });
  const storage = faultyStorage(inner, plan);
  return { inner, plain, storage, store: await storage.open("r") };
}

function toB(text = "2") {
  return {
    from: "A",
    to: "B",
    ops: [
      ["a", value(text)],
      ["c", value(text)],
    ],
  };
}

function assertThrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

const BEFORE = [
  ["a", "1"],
  ["b", "1"],
];
const AFTER = [
  ["a", "2"],
  ["b", "1"],
  ["c", "2"],
];

/** "pending" where `promise` does not settle within `milliseconds`. */
function within(promise, milliseconds) {
  return Promise.race([
    promise,
    new Promise((resolve) => {
      setTimeout(() => resolve("pending"), milliseconds);
    }),
  ]);
}

describe("the fate of a commit", () => {
  test("ok: applied and answered", async () => {
    const { plain, store } = await arranged({ fates: ["ok"] });
    assert.equal(await store.commit(toB()), "B");
    assert.deepEqual(await shown(plain), AFTER);
  });

  test("rejected: StorageRejected, not applied", async () => {
    const { plain, store } = await arranged({ fates: ["rejected"] });
    await assert.rejects(store.commit(toB()), { name: "StorageRejected", code: "quota" });
    assert.equal(await plain.head(), "A");
    assert.deepEqual(await shown(plain), BEFORE);
  });

  test("unknown_before: a plain error, not applied", async () => {
    const { plain, store } = await arranged({ fates: ["unknown_before"] });
    await assert.rejects(store.commit(toB()), { name: "Error" });
    assert.equal(await plain.head(), "A");
    assert.deepEqual(await shown(plain), BEFORE);
  });

  test("unknown_after: a plain error, applied; the repeat is answered", async () => {
    const { plain, store } = await arranged({ fates: ["unknown_after", "ok"] });
    await assert.rejects(store.commit(toB()), { name: "Error" });
    assert.deepEqual(await shown(plain), AFTER);
    assert.equal(await store.commit(toB()), "B");
  });

  test("never: neither answered nor applied", async () => {
    const { plain, store } = await arranged({ fates: ["never"] });
    assert.equal(await within(store.commit(toB()), 30), "pending");
    assert.equal(await plain.head(), "A");
    assert.deepEqual(await shown(plain), BEFORE);
  });

  test("twice: handed on twice, and whoever uses `then` is answered twice", async () => {
    const { inner, plain } = await arranged({ fates: [] });
    let handed = 0;
    const counting = {
      ...inner,
      async open(...args) {
        const store = await inner.open(...args);
        const commit = store.commit.bind(store);
        store.commit = (given) => {
          handed += 1;
          return commit(given);
        };
        return store;
      },
    };
    const store = await faultyStorage(counting, { fates: ["twice", "twice"] }).open("r");
    const answers = [];
    store.commit(toB()).then((answer) => answers.push(answer));
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    assert.deepEqual(answers, ["B", "B"]);
    assert.equal(handed, 2);
    assert.equal(await store.commit({ from: "B", to: "C", ops: [] }), "C");
    assert.equal(handed, 4);
    assert.deepEqual(await shown(plain), AFTER);
  });

  test("late: a takeover that was made meanwhile wins", async () => {
    const { plain, store } = await arranged({ fates: ["late"], lateMs: 30 });
    const late = store.commit(toB());
    assert.equal(await plain.head(), "A");
    assert.equal(await plain.commit({ from: "A", to: "taken", ops: [] }), "taken");
    assert.equal(await late, "taken");
    assert.deepEqual(await shown(plain), BEFORE);
  });

  test("late: without a rival it is applied in the end", async () => {
    const { plain, store } = await arranged({ fates: ["late"], lateMs: 10 });
    assert.equal(await store.commit(toB()), "B");
    assert.deepEqual(await shown(plain), AFTER);
  });

  test("late: a repeat that overtakes it makes it a repeat itself", async () => {
    const { plain, store } = await arranged({ fates: ["late", "ok", "ok"], lateMs: 20 });
    const late = store.commit(toB());
    assert.equal(await store.commit(toB()), "B");
    assert.equal(await store.commit({ from: "B", to: "C", ops: [["a", value("3")]] }), "C");
    assert.equal(await late, "C");
    assert.deepEqual(await shown(plain), [
      ["a", "3"],
      ["b", "1"],
      ["c", "2"],
    ]);
  });

  test("late: it is applied even after its handle was closed", async () => {
    const { plain, store } = await arranged({ fates: ["late"], lateMs: 20 });
    const late = store.commit(toB());
    await store.close();
    assert.equal(await plain.head(), "A");
    assert.equal(await late, "B");
    assert.deepEqual(await shown(plain), AFTER);
  });

  test("throws: synchronously, not applied", async () => {
    const { plain, store } = await arranged({ fates: ["throws"] });
    assert.throws(() => store.commit(toB()), { name: "Error" });
    assert.equal(await plain.head(), "A");
  });

  test("partial: the first half of the ops under the new head, answered as if whole", async () => {
    const { plain, store } = await arranged({ fates: ["partial", "partial"] });
    assert.equal(await store.commit(toB()), "B");
    assert.equal(await plain.head(), "B");
    assert.deepEqual(await shown(plain), [
      ["a", "2"],
      ["b", "1"],
    ]);
    assert.equal(await store.commit({ from: "B", to: "C", ops: [["d", value("3")]] }), "C");
    assert.equal((await shown(plain)).length, 2);
  });

  test("stale_read: handed on", async () => {
    const { plain, store } = await arranged({ fates: ["stale_read"] });
    assert.equal(await store.commit(toB()), "B");
    assert.deepEqual(await shown(plain), AFTER);
  });

  test("slow: applied and answered after a while", async () => {
    const { plain, store } = await arranged({ fates: ["slow"], slowMs: 15 });
    const slow = store.commit(toB());
    assert.equal(await plain.head(), "A");
    assert.equal(await slow, "B");
  });

  test("none of them changes the commit that it is given", async () => {
    for (const fate of FATES.filter((fate) => fate !== "never")) {
      const { store } = await arranged({ fates: [fate], lateMs: 1, slowMs: 1 });
      const commit = Object.freeze({ from: "A", to: "B", ops: Object.freeze(toB().ops.map(Object.freeze)) });
      await (async () => store.commit(commit))().catch(() => undefined);
      assert.deepEqual(commit, toB());
    }
  });
});

describe("the fate of a read and of a head", () => {
  const asks = { read: (store) => shown(store), head: (store) => store.head() };
  const answers = { read: BEFORE, head: "A" };

  for (const [method, ask] of Object.entries(asks)) {
    test(`${method}, rejected and unknown: rejects, and the next one is answered`, async () => {
      const { store } = await arranged({ fates: ["rejected", "unknown_before", "unknown_after"] });
      await assert.rejects(ask(store), { name: "StorageRejected" });
      await assert.rejects(ask(store), { name: "Error" });
      await assert.rejects(ask(store), { name: "Error" });
      assert.deepEqual(await ask(store), answers[method]);
    });

    test(`${method}, never: not answered`, async () => {
      const { store } = await arranged({ fates: ["never"] });
      assert.equal(await within(ask(store), 30), "pending");
    });

    test(`${method}, throws: synchronously`, async () => {
      const { store } = await arranged({ fates: ["throws"] });
      assert.throws(() => store[method](ALL), { name: "Error" });
    });

    test(`${method}, twice and slow: answered`, async () => {
      const { store } = await arranged({ fates: ["twice", "slow"], slowMs: 1 });
      assert.deepEqual(await ask(store), answers[method]);
      assert.deepEqual(await ask(store), answers[method]);
    });

    test(`${method}, late: answered with what is there by then`, async () => {
      const { plain, store } = await arranged({ fates: ["late"], lateMs: 20 });
      const late = ask(store);
      await plain.commit(toB());
      assert.deepEqual(await late, method === "head" ? "B" : AFTER);
    });
  }

  test("read, partial: the first half of the records", async () => {
    const { store } = await arranged({ fates: ["partial"] });
    assert.deepEqual(await shown(store), [["a", "1"]]);
  });

  test("head, partial: answered", async () => {
    const { store } = await arranged({ fates: ["partial"] });
    assert.equal(await store.head(), "A");
  });

  test("stale_read: the state before the last commit, in whatever range", async () => {
    const stale = (count) => new Array(count).fill("stale_read");
    const { store } = await arranged({ fates: ["ok", ...stale(6)] });
    await store.commit({
      from: "A",
      to: "B",
      ops: [
        ["a", value("2")],
        ["b", null],
        ["c", value("2")],
      ],
    });
    assert.deepEqual(await shown(store), BEFORE);
    assert.deepEqual(await shown(store, { gte: "a", lt: "~", limit: 1 }), [["a", "1"]]);
    assert.deepEqual(await shown(store, { gte: "b", lt: "~", limit: 5 }), [["b", "1"]]);
    assert.deepEqual(await shown(store, { gte: "c", lt: "~" }), []);
    assert.equal(await store.head(), "A");
    assert.deepEqual(await shown(store), BEFORE);
    assert.deepEqual(await shown(store), [
      ["a", "2"],
      ["c", "2"],
    ]);
  });

  test("stale_read: before a creation there was nothing", async () => {
    const storage = faultyStorage(memoryStorage(), { fates: ["ok", "stale_read", "stale_read"] });
    const store = await storage.open("new");
    await store.commit({ from: null, to: "A", ops: [["a", value("1")]] });
    assert.equal(await store.head(), null);
    assert.deepEqual(await shown(store), []);
    assert.equal(await store.head(), "A");
  });

  test("stale_read: a repeated and a refused commit are not the last one", async () => {
    const { store } = await arranged({ fates: ["ok", "ok", "ok", "stale_read"] });
    await store.commit(toB());
    await store.commit(toB());
    await store.commit({ from: "elsewhere", to: "C", ops: [["a", value("3")]] });
    assert.deepEqual(await shown(store), BEFORE);
  });

  test("stale_read: the present state where the last commit came by another way", async () => {
    const { plain, store } = await arranged({ fates: ["ok", "stale_read", "stale_read"] });
    await store.commit(toB());
    await plain.commit({ from: "B", to: "C", ops: [["a", value("3")]] });
    assert.equal(await store.head(), "C");
    assert.equal((await shown(store))[0][1], "3");
  });

  test("stale_read: nothing of what was there before a deletion", async () => {
    const { storage, store } = await arranged({ fates: ["ok", "stale_read", "stale_read"] });
    await store.commit(toB());
    await storage.delete("r");
    assert.equal(await store.head(), null);
    assert.deepEqual(await shown(store), []);
  });
});

describe("a list of fates", () => {
  test("counts calls of all handles together, and neither open, list, delete nor close", async () => {
    const { storage, store } = await arranged({ fates: ["ok", "unknown_before", "ok", "rejected"] });
    await storage.list();
    assert.equal(await store.head(), "A");
    const other = await storage.open("other", { takeover: true });
    await assert.rejects(other.head(), { name: "Error" });
    await other.close();
    await storage.delete("other");
    assert.deepEqual(await shown(store), BEFORE);
    await assert.rejects(store.commit(toB()), { name: "StorageRejected" });
    assert.equal(await store.commit(toB()), "B");
  });

  test("is taken literally: rejected also after an offering that was applied", async () => {
    const { plain, store } = await arranged({ fates: ["unknown_after", "rejected", "ok"] });
    await assert.rejects(store.commit(toB()), { name: "Error" });
    await assert.rejects(store.commit(toB()), { name: "StorageRejected" });
    assert.equal(await plain.head(), "B");
    assert.equal(await store.commit(toB()), "B");
  });

  test("is followed by nothing but ok", async () => {
    const { store } = await arranged({ fates: ["unknown_before"] });
    await assert.rejects(store.head(), { name: "Error" });
    for (let call = 0; call < 20; call += 1) {
      assert.equal(await store.head(), "A");
    }
  });

  test("may be changed by its owner afterwards without effect", async () => {
    const fates = ["ok", "ok", "unknown_before"];
    const { store } = await arranged({ fates });
    fates.fill("rejected");
    assert.equal(await store.head(), "A");
    assert.equal(await store.head(), "A");
    await assert.rejects(store.head(), { name: "Error" });
  });
});

/** What becomes of `calls` heads, one after another. */
async function course(plan, calls) {
  const { store } = await arranged({ lateMs: 0, slowMs: 0, ...plan });
  const outcomes = [];
  for (let call = 0; call < calls; call += 1) {
    try {
      outcomes.push(await within(store.head(), 15));
    } catch (error) {
      outcomes.push(`${error.name}: ${error.message}`);
    }
  }
  return outcomes;
}

describe("fates drawn from a seed", () => {
  test("are the same for the same seed, and others for another", async () => {
    const first = await course({ seed: 7, rate: 0.5 }, 60);
    assert.deepEqual(await course({ seed: 7, rate: 0.5 }, 60), first);
    assert.notDeepEqual(await course({ seed: 8, rate: 0.5 }, 60), first);
  });

  test("are all ok at a rate of 0, and none at a rate of 1 but those that still answer", async () => {
    assert.deepEqual(new Set(await course({ seed: 1, rate: 0 }, 50)), new Set(["A"]));
    const outcomes = new Set(await course({ seed: 1, rate: 1 }, 60));
    assert.ok(outcomes.has("pending"));
    assert.equal([...outcomes].filter((outcome) => outcome.includes("injected")).length, 4);
  });

  test("are other than ok in about a fifth of the calls without a rate", async () => {
    const { store } = await arranged({ seed: 3, lateMs: 0, slowMs: 0 });
    let failed = 0;
    for (let call = 0; call < 2000; call += 1) {
      try {
        store.head().catch(() => {
          failed += 1;
        });
      } catch {
        failed += 1;
      }
    }
    await within(new Promise(() => undefined), 50);
    // Four of eight fates reject or throw: a tenth of the calls.
    assert.ok(failed > 140 && failed < 260, `${failed} of 2000 calls have failed`);
  });

  test("never break the contract: a writer that repeats until it is decided loses nothing", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const inner = memoryStorage();
      const store = await faultyStorage(inner, { seed, rate: 0.6, lateMs: 2, slowMs: 1 }).open("r");
      const model = new Map();
      let head = null;
      for (let number = 0; number < 12; number += 1) {
        const commit = { from: head, to: `head-${number}`, ops: [[`k${number % 4}`, value(`${number}`)]] };
        let rejected = false;
        for (let offering = 0; head !== commit.to; offering += 1) {
          assert.ok(offering < 200, `seed ${seed}: commit ${number} is never decided`);
          const handed = (async () => store.commit(commit))().catch((error) => error);
          const answer = await within(handed, 10);
          if (answer?.name === "StorageRejected") {
            const present = await (await inner.open("r")).head();
            assert.notEqual(present, commit.to, `seed ${seed}: a commit is rejected that was applied`);
            // Only a first offering that is rejected decides; after an unknown one the writer has to go on.
            if (offering === 0) {
              rejected = true;
              break;
            }
          }
          if (answer === commit.to) {
            head = commit.to;
          }
        }
        if (!rejected) {
          model.set(`k${number % 4}`, `${number}`);
        }
      }
      const plain = await inner.open("r");
      assert.equal(await plain.head(), head, `seed ${seed}`);
      assert.deepEqual(await shown(plain), [...model].sort(), `seed ${seed}`);
    }
  });
});

describe("a faulty storage", () => {
  test("shows what the inner store says about itself", async () => {
    const { plain, store } = await arranged({ fates: [] });
    assert.equal(store.durability, "memory");
    const { disturbed } = store;
    assert.equal(await within(disturbed, 10), "pending");
    await plain.commit(toB());
    assert.equal(await within(disturbed, 100), undefined);
  });

  test("has no `disturbed` where the inner store has none", async () => {
    const { inner } = await arranged({ fates: [] });
    const mute = {
      ...inner,
      async open(...args) {
        const store = await inner.open(...args);
        return { durability: "memory", head: () => store.head(), close: () => store.close() };
      },
    };
    const store = await faultyStorage(mute, { fates: [] }).open("r");
    assert.equal("disturbed" in store, false);
  });

  test("hands the options of open on", async () => {
    const { inner } = await arranged({ fates: [] });
    const seen = [];
    const watched = {
      ...inner,
      open(...args) {
        seen.push(args);
        return inner.open(...args);
      },
    };
    const options = { takeover: true };
    await faultyStorage(watched, { fates: [] }).open("r", options);
    assert.deepEqual(seen, [["r", options]]);
  });

  test("closes the inner store once, when nothing is under way", async () => {
    const { store } = await arranged({ fates: [] });
    await store.close();
    await assert.rejects(store.head(), /closed/);
  });

  test("refuses a plan that is none, which would let everything through", () => {
    const refused = [
      [undefined, "plan"],
      [null, "plan"],
      [[], "plan"],
      [{}, "fates"],
      [Object.create({ seed: 1 }), "fates"],
      [{ fates: "ok" }, "fates"],
      [{ fates: ["ok", "unkown_after"] }, "fates[1]"],
      [{ fates: new Array(1) }, "fates[0]"],
      [{ seed: "1" }, "seed"],
      [{ seed: Number.NaN }, "seed"],
      [{ seed: 1, rate: 1.5 }, "rate"],
      [{ seed: 1, rate: -0.1 }, "rate"],
      [{ seed: 1, lateMs: Number.POSITIVE_INFINITY }, "lateMs"],
      [{ fates: [], slowMs: null }, "slowMs"],
    ];
    for (const [plan, path] of refused) {
      const { code, details } = assertThrown(() => faultyStorage(memoryStorage(), plan));
      assert.equal(code, "invalid_request");
      assert.equal(details.path, path);
    }
    for (const seed of [-1, 0.5, 2 ** 60]) {
      faultyStorage(memoryStorage(), { seed });
    }
  });

  test("leaves no rejection unhandled when nobody looks", async () => {
    const unhandled = [];
    const note = (error) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const { store } = await arranged({ fates: ["unknown_after", "rejected", "unknown_before", "twice"] });
    for (let offering = 0; offering < 4; offering += 1) {
      store.commit({ from: "A", to: "B", ops: [] });
    }
    await within(new Promise(() => undefined), 20);
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });
});
