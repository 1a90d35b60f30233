/**
 * Stores that break their contract in what they answer. Nothing may hang, trap the module, be refused without a code, or be shown
 * that is not so; and whatever a store answers to reads, what it was given stays whole.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStorage, Runtime, RuntimeError } from "worker-runtime";
import { allEvents, pause, planned, quota, random, regrouped, says, seedOf } from "./support.mjs";

/** Changes values, a tenth of them. */
const values = (change) => (draw) => async (_range, next) =>
  (await next()).map(([key, value]) => [key, draw() < 0.1 ? change(value, draw, key) : value]);
const list = (change) => (draw) => async (range, next) => change(await next(), draw, range);
const within = (records, { gte, lt, limit }) =>
  records.filter(([key]) => key >= gte && key < lt).slice(0, limit ?? records.length);
/** At times another state's records: `states` has what the store was before, the latest last. */
const stateOf = (pick, rate) => (draw, states) => async (range, next) => {
  const state = pick(states, draw);
  return draw() < rate && state !== undefined ? within(state.records, range) : next();
};

const READ_LIES = {
  "values are a byte short": values((value) => value.slice(0, -1)),
  "values are a byte longer": values((value) => Uint8Array.of(...value, 0)),
  "values have a bit flipped": values((value, draw) => {
    const changed = value.slice();
    changed[Math.floor(draw() * changed.length)] ^= 1 << Math.floor(draw() * 8);
    return changed;
  }),
  "values are noise": values((_value, draw) => Uint8Array.from({ length: draw() * 300 }, () => draw() * 256)),
  "values are empty": values(() => new Uint8Array(0)),
  "values are as long as can be": values(() => new Uint8Array(1_048_576)),
  "values are ArrayBuffers": values((value) => value.slice().buffer),
  "values are lists of numbers": values((value) => [...value]),
  "values have two bytes an element": values((value) => new Uint16Array(value)),
  "values are texts": values((value) => Buffer.from(value).toString("base64")),
  "values are null": values(() => null),
  "keys are objects that look like keys": (draw) => async (_range, next) =>
    (await next()).map(([key, value]) => [draw() < 0.1 ? { toString: () => key } : key, value]),
  "keys are longer than keys": (draw) => async (_range, next) =>
    (await next()).map(([key, value]) => [draw() < 0.1 ? `${key}${"!".repeat(400)}` : key, value]),
  "two values are swapped": list((records, draw) => {
    const [one, two] = [records, records].map(() => records[Math.floor(draw() * records.length)]);
    if (one !== undefined) {
      [one[1], two[1]] = [two[1], one[1]];
    }
    return records;
  }),
  "in descending order": list((records) => records.reverse()),
  "some records twice": list((records, draw) =>
    records.flatMap((record) => (draw() < 0.1 ? [record, record] : [record])),
  ),
  "some records missing": list((records, draw) => records.filter(() => draw() < 0.9)),
  "the last record missing": list((records, draw) => (draw() < 0.4 ? records.slice(0, -1) : records)),
  "no records": list((records, draw) => (draw() < 0.3 ? [] : records)),
  "a map": list((records) => new Map(records)),
  "an iterator": list((records) => records.values()),
  "more than the limit": (_draw, states) => async (range) =>
    within(states.at(-1).records, { ...range, limit: undefined }),
  "beyond the upper bound": (_draw, states) => async (range) =>
    within(states.at(-1).records, { ...range, lt: "~" }),
  "below the lower bound": (_draw, states) => async (range) =>
    within(states.at(-1).records, { ...range, gte: "!" }),
  "what changes once it was answered": list((records, draw) => {
    queueMicrotask(() => {
      for (const [, value] of records) {
        if (draw() < 0.3) {
          value.fill(7);
        }
      }
      records.length = 0;
    });
    return records;
  }),
};

/**
 * A takeover rewrites the root record that it was given. Where that was an older one, records are missing from then on: no
 * store can be opened that does not read what it has acknowledged, and that it cannot is all there is to be told.
 */
const STALE_READS = {
  "a state of before": stateOf((states, draw) => states[Math.floor(draw() * states.length)], 0.3),
  "the state before the last commit": stateOf((states) => states.at(-2), 0.5),
  "the root record of before beside later ones": (draw, states) => async (_range, next) => {
    const { records } = states[Math.floor(draw() * states.length)];
    const old = records.find(([key]) => key === "root");
    return (await next()).map((record) => (record[0] === "root" && old !== undefined ? old : record));
  },
};

const HEAD_LIES = {
  "a head of before": (draw, states) => async (_argument, next) =>
    draw() < 0.3 ? states[Math.floor(draw() * states.length)].head : next(),
  "null at times": (draw) => async (_argument, next) => (draw() < 0.3 ? null : next()),
  "a head of nobody's at times": (draw) => async (_argument, next) =>
    draw() < 0.2 ? "f".repeat(32) : next(),
};

const part = (choose) => (draw) => async (commit, next, store) => {
  if (draw() < 0.2) {
    return store.commit({ ...commit, ops: commit.ops.filter((op, at) => choose(draw, op, at)) });
  }
  return next();
};

const COMMIT_LIES = {
  "acknowledges what it has not applied": (draw) => async (commit, next) =>
    draw() < 0.2 ? commit.to : next(),
  "rejects for certain what it has applied": (draw) => async (_commit, next) => {
    const head = await next();
    if (draw() < 0.2) {
      throw quota();
    }
    return head;
  },
  "rejects for certain and applies it later": (draw) => async (_commit, next) => {
    if (draw() < 0.2) {
      // By then the handle may have been let go of.
      setTimeout(() => next().catch(() => undefined), 4);
      throw quota();
    }
    return next();
  },
  "applies some of it": part((draw) => draw() < 0.5),
  "applies the first of it": part((_draw, _op, at) => at === 0),
  "moves the head alone": part(() => false),
  "applies all but deletions": part((_draw, [, value]) => value !== null),
  "changes what it was offered": () => async (commit, next) => {
    const head = await next();
    for (const [, value] of commit.ops) {
      value?.fill(7);
    }
    commit.ops.length = 0;
    return head;
  },
  "answers a head of before": (draw, states) => async (_commit, next) => {
    const head = await next();
    return draw() < 0.1 ? states[0].head : head;
  },
  "answers a head of nobody's": (draw) => async (_commit, next) => (draw() < 0.1 ? "a".repeat(32) : next()),
  "applies everything twice": () => async (_commit, next) => {
    await next();
    return next();
  },
};

/** The promise's end, which comes in time. */
async function soon(promise, what) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what} hangs` })), 15_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A few lives of a runtime on a store that lies, and what was acknowledged. */
class Trial {
  sent = new Map();
  shown = 0;
  codes = new Set();
  count = 0;

  constructor(seed) {
    this.draw = random(seed);
    this.states = [];
    this.inner = memoryStorage();
    this.storage = planned({}, this.inner);
  }

  /** Notes what the store really has, after each of its commits. */
  async note() {
    const store = await this.inner.open("r", { readOnly: true });
    const head = await store.head();
    if (head !== null && head !== this.states.at(-1)?.head) {
      this.states.push({ head, records: await store.read({ gte: "", lt: "~" }) });
      this.states.splice(1, this.states.length - 40);
    }
  }

  refused = (error) => {
    assert.ok(error instanceof RuntimeError, `no RuntimeError: ${error?.stack ?? String(error)}`);
    assert.match(error.code, /^storage_/, error.stack);
    if (error.code === "storage_corrupt" || error.code === "storage_missing") {
      assert.equal(typeof (error.details.key ?? error.details.runtimeId), "string", error.message);
    }
    this.codes.add(error.code);
  };

  /** Only what was sent may be shown, where it was sent to, and where it was acknowledged to be. */
  show(items) {
    for (const { content, sequence, eventId } of items) {
      const call = this.sent.get(content);
      assert.ok(call !== undefined, `nobody has sent ${content.slice(0, 20)}`);
      if (call.ack !== undefined) {
        assert.deepEqual(
          [call.ack.transcriptSequence, call.ack.eventId],
          [sequence, eventId],
          content.slice(0, 20),
        );
      }
      this.shown += 1;
    }
  }

  async say(runtime, workerRef) {
    const content = `${this.count++} ${"l".repeat(this.draw() * 3_000)}`;
    const call = {};
    this.sent.set(content, call);
    call.ack = await runtime.sendInput(workerRef, says(content));
  }

  async live() {
    const { draw, refused } = this;
    const giveUp = AbortSignal.timeout(300);
    const options = { cacheBytes: draw() < 0.7 ? 0 : 100_000, storageTimeoutMs: 50, signal: giveUp };
    const runtime = await soon(
      Runtime.open({ storage: this.storage, runtimeId: "r", ...options }).catch(refused),
      "an opening",
    );
    if (runtime === undefined) {
      return;
    }
    for (let round = 0; round < 6; round++) {
      const calls = [];
      const [known] = await Promise.resolve()
        .then(() => runtime.listWorkers())
        .catch((error) => [refused(error)]);
      if (known === undefined) {
        calls.push(runtime.createWorker().catch(refused));
      } else {
        const { workerRef } = known;
        calls.push(...Array.from({ length: 50 }, () => this.say(runtime, workerRef).catch(refused)));
        for (let i = 0; i < 4; i++) {
          const start = Math.floor(draw() * known.transcriptLen);
          calls.push(
            runtime
              .transcriptProjection(workerRef, { start, limit: 20 })
              .then(({ items }) => this.show(items))
              .catch((error) =>
                error instanceof assert.AssertionError ? Promise.reject(error) : refused(error),
              ),
          );
        }
      }
      await soon(Promise.all(calls), "a call");
      await pause(draw() * 10);
    }
    await soon(allEvents(runtime).catch(refused), "a read of all events");
    await soon(runtime.close(), "closing");
  }

  /** What a store that tells the truth again has. */
  async read() {
    const runtime = await Runtime.open({ storage: this.inner, runtimeId: "r", cacheBytes: 0 });
    const found = new Set();
    for (const { workerRef } of runtime.listWorkers()) {
      for (let start = 0; start !== undefined; ) {
        const page = await runtime.transcriptProjection(workerRef, { start, limit: 256 });
        this.show(page.items);
        for (const { content } of page.items) {
          assert.ok(!found.has(content), "nothing is there twice");
          found.add(content);
        }
        start = page.nextStart;
      }
    }
    const events = await allEvents(runtime);
    assert.ok(events.every(({ id }, at) => id === at + 1));
    await runtime.close();
    return found;
  }
}

async function trial(t, method, lie) {
  const trial = new Trial(seedOf(t, "lies"));
  const { storage } = trial;
  const noting = async (_commit, next) => {
    const head = await next();
    await trial.note();
    return head;
  };
  storage.plan.commit = noting;
  await trial.live();
  assert.ok(trial.shown > 0 && trial.codes.size === 0, "what tells the truth is believed");
  const told = lie(trial.draw, trial.states);
  storage.plan[method] = method === "commit" ? (...args) => noting(args[0], async () => told(...args)) : told;
  for (let life = 0; life < 3; life++) {
    await trial.live();
  }
  storage.plan = Object.assign(storage.plan, { commit: undefined, read: undefined, head: undefined });
  await regrouped();
  t.diagnostic(`refused with ${[...trial.codes].join(", ") || "nothing"}`);
  return trial;
}

for (const [method, lies] of [
  ["read", READ_LIES],
  ["head", HEAD_LIES],
]) {
  describe(`a store whose \`${method}\` answers with`, () => {
    for (const [name, lie] of Object.entries(lies)) {
      test(name, async (t) => {
        const told = await trial(t, method, lie);
        const found = await told.read();
        for (const [content, { ack }] of told.sent) {
          assert.ok(ack === undefined || found.has(content), `${content.slice(0, 9)} was acknowledged`);
        }
      });
    }
  });
}

/** What is left of it is opened or refused, and either way nothing is shown that is not so. */
async function readOrRefused(told) {
  await told.read().catch((error) => {
    if (error instanceof assert.AssertionError) {
      throw error;
    }
    told.refused(error);
  });
}

describe("a store whose `read` answers with what is no longer so:", () => {
  for (const [name, lie] of Object.entries(STALE_READS)) {
    test(name, async (t) => {
      await readOrRefused(await trial(t, "read", lie));
    });
  }
});

describe("a store whose `commit`", () => {
  for (const [name, lie] of Object.entries(COMMIT_LIES)) {
    test(name, async (t) => {
      await readOrRefused(await trial(t, "commit", lie));
    });
  }
});
