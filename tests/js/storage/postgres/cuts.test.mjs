/** A connection that is cut at each message of the protocol, before and after it, in both directions. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { postgresStorage } from "worker-runtime/postgres";
import { startProxy } from "./proxy.mjs";
import { startServer } from "./server.mjs";
import { change, contents, freshSchema, pooled, put, rejection } from "./support.mjs";

const FILL = { a: "1", b: "2", gone: "3" };
const CHANGES = { a: "one", c: "four", gone: null };
const CHANGED = { a: "one", b: "2", c: "four" };

/** What the tests of this file share: a server, a pool to it, and others through a proxy. */
async function place(context) {
  const { server, reason } = await startServer(context);
  if (server === undefined) {
    return { reason };
  }
  const { proxy, port } = await startProxy(context, server.port);
  const direct = pooled(context, server.options());
  // One connection at a time, so that the messages of one call come in one order.
  const options = { port, max: 1, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 0 };
  const cuttable = () => pooled(context, server.options(options));
  return { server, proxy, direct, cuttable };
}

/** Where to cut: of several messages of one kind in a row the first stands for all. */
const numbersOf = (types) => types.flatMap((type, at) => (type === types[at - 1] ? [] : [at + 1]));

/**
 * Does `call` with the connection cut at every message, each time on what `prepare` gives for a new id, and has `check`
 * judge what came of it: it gets the messages that the server had been sent.
 */
async function cutEverywhere(context, shared, { prepare, call, check, ...more }) {
  const { proxy, direct, cuttable } = shared;
  const { schemaOf = () => "cuts", directions = ["client", "server"] } = more;
  const run = async (plan) => {
    const [id, schema, pool] = [randomUUID(), schemaOf(), cuttable()];
    const through = postgresStorage({ pool, schema });
    const beside = postgresStorage({ pool: direct, schema });
    const prepared = { id, through, beside, ...(await prepare({ id, through, beside })) };
    const armed = proxy.arm(plan);
    const outcome = await call(prepared).then(
      (answer) => ({ answer }),
      (error) => ({ error }),
    );
    proxy.arm();
    await armed.gone;
    return { ...prepared, ...outcome, ...armed, end: () => pool.end() };
  };
  const whole = await run({});
  assert.equal(whole.error, undefined, whole.error?.stack);
  await whole.end();
  let cuts = 0;
  for (const direction of directions) {
    for (const number of numbersOf(whole.seen[direction])) {
      for (const before of [true, false]) {
        const result = await run({ direction, number, before });
        assert.equal(result.cuts, 1, `${direction}'s message ${number} came`);
        const passed = result.seen.client.slice(0, direction === "client" && before ? -1 : undefined);
        await check({ ...result, passed });
        await result.end();
        await result.beside.delete(result.id);
        cuts += 1;
      }
    }
  }
  const told = Object.entries(whole.seen).map(([direction, types]) => `${direction}: ${types.join(" ")}`);
  context.diagnostic(`${cuts} cuts; ${told.join("; ")}`);
}

/** A store with something in it, through the proxy, and its head. */
async function filled({ id, through, beside }) {
  const writer = await beside.open(id);
  const head = await put(writer, null, FILL);
  await writer.close();
  return { store: await through.open(id), head };
}

const cases = {
  async "a commit is there wholly or not at all, and its repeat is answered"(context, shared) {
    const outcomes = { applied: 0, absent: 0 };
    await cutEverywhere(context, shared, {
      async prepare(place) {
        const { store, head } = await filled(place);
        return { store, head, commit: change(head, CHANGES) };
      },
      call: ({ store, commit }) => store.commit(commit),
      async check({ id, beside, store, head, commit, answer, error, passed }) {
        // The server commits once it is told that this was all ("Sync"), whether anybody listens or not.
        const arrived = passed.includes("S");
        assert.equal(arrived ? true : error !== undefined, true, "what was not sent is not acknowledged");
        assert.equal(answer ?? commit.to, commit.to);
        assert.notEqual(error?.name, "StorageRejected", "nothing is certain");
        const other = await beside.open(id, { readOnly: true });
        assert.equal(await other.head(), arrived ? commit.to : head);
        assert.deepEqual(await contents(other), arrived ? CHANGED : FILL);
        outcomes[arrived ? "applied" : "absent"] += 1;
        assert.equal(await store.commit(commit), commit.to);
        assert.deepEqual(await contents(store), CHANGED);
      },
    });
    assert.ok(outcomes.applied > 5 && outcomes.absent > 5, JSON.stringify(outcomes));
    context.diagnostic(`${outcomes.applied} applied, ${outcomes.absent} not`);
  },

  async "a creation is there wholly or not at all, and its repeat is answered"(context, shared) {
    await cutEverywhere(context, shared, {
      prepare: async ({ id, through }) => ({ store: await through.open(id), commit: change(null, FILL) }),
      call: ({ store, commit }) => store.commit(commit),
      async check({ id, beside, store, commit, error }) {
        assert.notEqual(error?.name, "StorageRejected", "nothing is certain");
        const other = await beside.open(id, { readOnly: true });
        const now = await other.head();
        assert.ok(now === null || now === commit.to);
        assert.deepEqual(await contents(other), now === null ? {} : FILL);
        assert.equal((await beside.list()).includes(id), now !== null);
        assert.equal(await store.commit(commit), commit.to);
        assert.deepEqual(await contents(store), FILL);
      },
    });
  },

  async "the first creation of all is answered when it is repeated"(context, shared) {
    await cutEverywhere(context, shared, {
      schemaOf: freshSchema,
      directions: ["client"],
      prepare: async ({ id, through }) => ({ store: await through.open(id), commit: change(null, FILL) }),
      call: ({ store, commit }) => store.commit(commit),
      async check({ store, commit, error }) {
        assert.notEqual(error?.name, "StorageRejected", "nothing is certain");
        assert.equal(await store.commit(commit), commit.to);
        assert.deepEqual(await contents(store), FILL);
      },
    });
  },

  async "a deletion is there wholly or not at all, and may be repeated"(context, shared) {
    await cutEverywhere(context, shared, {
      prepare: filled,
      call: ({ id, through }) => through.delete(id),
      async check({ id, through, store, error, passed }) {
        const arrived = passed.includes("S");
        assert.equal(arrived ? true : error !== undefined, true, "what was not sent is not acknowledged");
        assert.deepEqual(await contents(store), arrived ? {} : FILL);
        assert.equal((await store.head()) === null, arrived);
        await through.delete(id);
        assert.equal(await store.head(), null);
        assert.deepEqual(await contents(store), {});
      },
    });
  },

  async "a question is asked a second time"(context, shared) {
    const questions = [
      { call: ({ store }) => contents(store), right: ({ answer }) => assert.deepEqual(answer, FILL) },
      { call: ({ store }) => store.head(), right: ({ answer, head }) => assert.equal(answer, head) },
      { call: ({ through }) => through.list(), right: ({ answer, id }) => assert.ok(answer.includes(id)) },
    ];
    for (const { call, right } of questions) {
      await cutEverywhere(context, shared, {
        prepare: filled,
        call,
        async check(result) {
          right(result);
          assert.equal(await result.store.head(), result.head);
        },
      });
    }
  },

  async "a store is opened for all that"(context, shared) {
    await cutEverywhere(context, shared, {
      prepare: async () => ({}),
      call: ({ id, through }) => through.open(id),
      async check({ answer }) {
        assert.equal(answer.durability, "power-loss");
        await answer.close();
      },
    });
  },

  async "a creation that arrives late is not applied a second time"(context, { proxy, direct, cuttable }) {
    const [schema, pool] = [freshSchema(), cuttable()];
    const [through, beside] = [pool, direct].map((each) => postgresStorage({ pool: each, schema }));
    await put(await beside.open("first"), null, {});
    const [second, store] = [await through.open("second"), await through.open("r")];
    const whole = proxy.arm();
    await put(second, null, FILL);
    // The statement that would create it is held up on its way, from its first message on.
    const number = whole.seen.client.lastIndexOf("P") + 1;
    const held = proxy.arm({ direction: "client", number, before: true, keep: true });
    const creation = change(null, FILL);
    await rejection(store.commit(creation));
    assert.equal(held.cuts, 1);
    proxy.arm();
    assert.equal(await store.commit(creation), creation.to);
    await beside.delete("r");
    // Somebody else is about to create it.
    await direct.query(`INSERT INTO "${schema}".worker_runtime_stores (runtime) VALUES ('r')`);
    held.release();
    await held.gone;
    assert.equal(await store.head(), null);
    assert.equal(await store.commit(creation), null);
    assert.deepEqual(await beside.list(), ["first", "second"]);
    context.diagnostic(`held up at the last of ${held.seen.client.slice(0, number).join(" ")}`);
  },

  async "a commit that arrives late is not applied a second time"(context, { proxy, direct, cuttable }) {
    const place = { id: randomUUID() };
    for (const [name, pool] of Object.entries({ through: cuttable(), beside: direct })) {
      place[name] = postgresStorage({ pool, schema: "cuts" });
    }
    const { store, head } = await filled(place);
    const whole = proxy.arm();
    await store.head();
    const number = whole.seen.client.lastIndexOf("P") + 1;
    const held = proxy.arm({ direction: "client", number, before: true, keep: true });
    const commit = change(head, CHANGES);
    await rejection(store.commit(commit));
    assert.equal(held.cuts, 1);
    proxy.arm();
    assert.equal(await store.commit(commit), commit.to);
    const next = await put(store, commit.to, { a: "later" });
    held.release();
    await held.gone;
    assert.equal(await store.head(), next);
    assert.deepEqual(await contents(store), { ...CHANGED, a: "later" });
    context.diagnostic(`held up at the last of ${held.seen.client.slice(0, number).join(" ")}`);
  },
};

test("connections that are cut", async (context) => {
  const shared = await place(context);
  if (shared.server === undefined) {
    context.skip(shared.reason);
    return;
  }
  for (const [name, run] of Object.entries(cases)) {
    await context.test(name, (subject) => run(subject, shared));
  }
});
