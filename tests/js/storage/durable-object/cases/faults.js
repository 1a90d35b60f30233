/** A storage in which each step of a commit fails once, before or after it was done. */
import assert from "node:assert/strict";
import { durableObjectStorage } from "worker-runtime/durable-object";
import { ALL, change, contents, put } from "../../commits.mjs";

/** Counts the steps on `inner`; the step `at` fails with `error`, done before or not. */
function faulty(inner, plan) {
  const step = async (call) => {
    const fails = plan.steps === plan.at;
    plan.steps += 1;
    if (!fails) {
      return call();
    }
    if (plan.done) {
      await call();
    }
    throw plan.error;
  };
  const on = (target) => ({
    get: (...given) => step(() => target.get(...given)),
    put: (...given) => step(() => target.put(...given)),
    delete: (...given) => step(() => target.delete(...given)),
    list: (...given) => step(() => target.list(...given)),
  });
  return {
    ...on(inner),
    transaction: (closure) => step(() => inner.transaction((transaction) => closure(on(transaction)))),
    sync: () => step(() => inner.sync()),
  };
}

const fill = { a: "1", b: "2", long: "x".repeat(300_000) };
const next = { a: "one", c: "3", long: "y", b: null };
const after = { a: "one", c: "3", long: "y" };

/** Offers a commit whose step `at` fails, then again; answers how the first offering ended. */
async function offered(storage, id, creation, { at, done, error }) {
  const plan = { steps: 0 };
  const store = await durableObjectStorage({ storage: faulty(storage, plan) }).open(id);
  const head = creation ? null : await put(store, null, fill);
  const commit = change(head, creation ? fill : next);
  Object.assign(plan, { steps: 0, at, done, error });
  const first = await store.commit(commit).catch((failure) => failure);
  const { steps } = plan;
  plan.at = undefined;
  const [before, expected] = creation ? [{}, fill] : [fill, after];
  const isThere = (await store.head()) === commit.to;
  assert.deepEqual(await contents(store), isThere ? expected : before, "all of it or nothing");
  if (first.name === "StorageRejected") {
    assert.equal(await store.head(), head, "a refused commit is not applied");
  }
  let answer = await store.commit(commit);
  if (answer === null && creation) {
    // It may have been applied and deleted since: the runtime goes on under a new head.
    assert.ok(!isThere && first.name !== "StorageRejected");
    const again = { ...commit, to: `${commit.to}-again` };
    answer = await store.commit(again);
    assert.equal(answer, again.to);
  } else {
    assert.equal(answer, commit.to, "the repeat decides");
  }
  assert.deepEqual(await contents(store), expected);
  await store.close();
  await durableObjectStorage({ storage }).delete(id);
  return { first, steps, isThere };
}

async function everyStep(storage, error, seen) {
  let steps = 0;
  for (const creation of [true, false]) {
    const whole = await offered(storage, "r", creation, {});
    assert.ok(whole.steps > 4, `${whole.steps} steps`);
    for (const done of [false, true]) {
      for (let at = 0; at < whole.steps; at += 1) {
        const { first, isThere } = await offered(storage, "r", creation, { at, done, error });
        const outside = at === 0 || at === whole.steps - 1;
        assert.equal(isThere, at === whole.steps - 1 || (at === 0 && done), `step ${at}`);
        seen(first, { outside, at });
        steps += 1;
      }
    }
  }
  return `${steps} steps`;
}

export const faults = ({ storage }) => [
  {
    name: "after a failure at any step the outcome is unknown, and the repeat decides",
    async run(context) {
      const error = new Error("disk I/O error: SQLITE_IOERR");
      context.diagnostic(await everyStep(storage, error, (first) => assert.equal(first, error)));
    },
  },
  {
    name: "want of room is a refusal where what was written is undone, and unknown where it may not be",
    async run(context) {
      const error = new Error("database or disk is full: SQLITE_FULL");
      const seen = (first, { outside, at }) => {
        // The first step inside asks for the head.
        if (outside || at === 1) {
          assert.equal(first, error);
        } else {
          assert.equal(first.name, "StorageRejected");
          assert.equal(first.code, "quota");
          assert.equal(first.cause, error);
        }
      };
      context.diagnostic(await everyStep(storage, error, seen));
    },
  },
  {
    name: "an object really undoes what a transaction has written that throws, and throws the same on",
    async run() {
      const error = new Error("thrown in it");
      await storage.put("kept", 1);
      const transaction = storage.transaction(async (inside) => {
        await inside.put({ kept: 2, new: 3 });
        await inside.delete(["kept"]);
        throw error;
      });
      assert.equal(await transaction.catch((failure) => failure), error);
      assert.deepEqual(Object.fromEntries(await storage.list()), { kept: 1 });
    },
  },
  {
    name: "a value that no object takes is refused by the object itself, and nothing of its transaction is there",
    async run() {
      const store = await durableObjectStorage({ storage }).open("r");
      const head = await put(store, null, { a: "1" });
      const large = new Proxy(storage, {
        get(target, name) {
          if (name !== "transaction") {
            return target[name].bind(target);
          }
          return (closure) =>
            target.transaction((inside) =>
              closure({
                get: (...given) => inside.get(...given),
                delete: (...given) => inside.delete(...given),
                list: (...given) => inside.list(...given),
                async put(entries, options) {
                  await inside.put(entries, options);
                  await inside.put({ large: new Uint8Array(3_000_000) });
                },
              }),
            );
        },
      });
      const other = await durableObjectStorage({ storage: large }).open("r");
      const error = await other.commit(change(head, { a: "2" })).catch((failure) => failure);
      assert.equal(error.name, "StorageRejected", error.stack);
      assert.equal(error.code, "too_large");
      assert.equal(await store.head(), head);
      assert.deepEqual(await store.read(ALL), [["a", new TextEncoder().encode("1")]]);
      await Promise.all([store.close(), other.close()]);
    },
  },
];
