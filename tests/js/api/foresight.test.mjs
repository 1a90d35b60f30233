import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Runtime } from "worker-runtime";
import { everything, internal, openRuntime, rejection, user } from "./support.mjs";

const { Foresight } = await internal("pipeline/foresight.js");
const { Command, CREATE, STOP, USER } = await internal("pipeline/command.js");

/** A generator of numbers below `n`, the same for the same seed. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Takes the queue instead: an operation id of its own changes nothing else. */
let operations = 0;
const queued = () => ({ operationId: `queued-${operations++}` });

/** Somebody who is told of all events, and looks away now and then. */
function following(runtime, roll) {
  const told = [];
  const subscription = runtime.subscribeEvents(runtime.eventCursorFromStart());
  let ended = Number.POSITIVE_INFINITY;
  const pauses = Array.from({ length: 50 }, () => roll(4));
  const done = (async () => {
    for await (const event of subscription) {
      told.push(event);
      if (event.id >= ended) break;
      for (let turn = pauses[event.id % pauses.length]; turn > 0; turn--) {
        await new Promise(setImmediate);
      }
    }
  })();
  const stop = (last) => {
    ended = last;
    return told.length < last ? done : subscription.return();
  };
  return { told, stop };
}

/** Does the same random calls with and without answers given ahead; whatever can be seen must be the same. */
async function drive(t, seed, options) {
  const roll = dice(seed);
  const runtime = await openRuntime(t, { runtimeId: "same" });
  const seen = [];
  const pending = [];
  const followers = Array.from({ length: 3 }, () => following(runtime, roll));
  const note = (promise) => {
    pending.push(
      promise.then(
        ({ transcriptSequence, eventId, lastEventId, status, workerRef }) => [
          workerRef.workerId,
          status,
          transcriptSequence,
          eventId ?? lastEventId,
        ],
        (error) => [error.code, error.details.path],
      ),
    );
  };
  let workers = 0;
  for (let step = 0; step < 400; step++) {
    const workerId = `worker-${(1 + roll(workers + 1)).toString(16).padStart(8, "0")}`;
    const ref = { runtimeId: roll(40) === 0 ? "other" : "same", workerId };
    const content = [" ", "x", "\n\u00e9", "\u{1f600}", "y".repeat(roll(3) * 40_000), "\u3000"][roll(6)];
    switch (roll(12)) {
      case 0:
        workers += 1;
        note(runtime.createWorker({}, options()));
        break;
      case 1:
        if (roll(5) === 0) {
          note(runtime.stopWorker(ref, undefined, options()));
        }
        break;
      case 2:
        seen.push(runtime.summary(), runtime.eventCursorNow());
        break;
      case 3:
        seen.push(...(await Promise.all(pending.splice(0))));
        break;
      case 11: {
        // Asked before the core has executed what was answered, and after.
        const standing = ({ workerId, status, transcriptLen, lastEventId }) => [
          workerId,
          status,
          transcriptLen,
          lastEventId,
        ];
        const ids = Array.from(
          { length: workers },
          (_, i) => `worker-${(1 + i).toString(16).padStart(8, "0")}`,
        );
        await Promise.allSettled(pending);
        note(runtime.sendInput(ref, user("z"), options()));
        const details = ids.map((id) => runtime.workerDetail({ runtimeId: "same", workerId: id }));
        assert.deepEqual(details.map(standing), runtime.listWorkers().map(standing));
        break;
      }
      case 4:
        if (workers > 0) {
          await Promise.allSettled(pending);
          const page = await runtime.transcriptProjection(
            { runtimeId: "same", workerId: "worker-00000001" },
            { start: roll(9), limit: 9 },
          );
          seen.push(page.items.map((item) => [item.sequence, item.content, item.eventId, item.role]));
        }
        break;
      case 5:
        note(runtime.recordOutput(ref, { kind: roll(2) ? "tool" : "assistant", content }, options()));
        break;
      default:
        note(runtime.sendInput(ref, { kind: roll(2) ? "user" : "system", content }, options()));
    }
  }
  seen.push(...(await Promise.all(pending.splice(0))));
  const all = await everything(runtime);
  for (const { told, stop } of followers) {
    await stop(all.events.length);
    assert.deepEqual(told, all.events, `seed ${seed}`);
  }
  for (const list of [all.events, ...all.transcripts.map((page) => page.items)]) {
    for (const item of list) {
      delete item.recordedAt;
    }
  }
  return { seen: seen.filter(Array.isArray), all };
}

test("answers given ahead are those that the core gives", { timeout: 60_000 }, async (t) => {
  const first = Date.now() % 1_000_000;
  for (let seed = first; seed < first + 40; seed++) {
    const [ahead, behind] = [await drive(t, seed, () => undefined), await drive(t, seed, queued)];
    assert.deepEqual(ahead, behind, `seed ${seed}`);
  }
});

test("events that were answered and not executed are told as the core tells them", async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const roll = dice(seed);
  const realNow = Date.now;
  t.after(() => {
    Date.now = realNow;
  });
  const { moduleInstance } = await internal("core/loader.js");
  const { boundary } = await moduleInstance();
  const { execute_foreseen } = boundary;
  t.after(() => {
    boundary.execute_foreseen = execute_foreseen;
  });
  let executions = 0;
  boundary.execute_foreseen = (...args) => {
    executions += 1;
    return execute_foreseen(...args);
  };
  const runtime = await openRuntime(t);
  const refs = [];
  for (let i = 0; i < 5; i++) {
    refs.push((await runtime.createWorker()).workerRef);
  }
  await runtime.readEvents(runtime.eventCursorFromStart(), 1);
  let foreseen = 0;
  let now = 1000;
  for (let round = 0; round < 300; round++) {
    runtime.listWorkers();
    const before = executions;
    const calls = 1 + roll(300);
    for (let call = 0; call < calls; call++) {
      now += roll(3);
      // Most often with the last call: what comes after it has all before executed.
      const strange = roll(call === calls - 1 ? 20 : 5_000);
      const clocks = [now + 0.5, -7, Number.NaN, 1e300, now + 2 ** 31, now + 2 ** 29];
      Date.now = () => clocks[strange] ?? now;
      const ref = refs[roll(refs.length)];
      if (roll(2)) {
        runtime.sendInput(ref, { kind: roll(2) ? "user" : "system", content: "x" });
      } else {
        runtime.recordOutput(ref, { kind: roll(2) ? "tool" : "assistant", content: "x" });
      }
    }
    const last = runtime.eventCursorNow().nextEventId - 1;
    const back = roll(roll(2) ? 5 : calls + 4);
    const cursor = { runtimeId: runtime.runtimeId, nextEventId: Math.max(1, last + 2 - back) };
    const limit = roll(2) ? 256 : roll(10);
    const executed = executions;
    const ahead = await runtime.readEvents(cursor, limit);
    foreseen += executed === executions && executed === before ? ahead.events.length : 0;
    runtime.listWorkers();
    assert.deepEqual(ahead, await runtime.readEvents(cursor, limit), `seed ${seed}, round ${round}`);
  }
  assert.ok(foreseen > 1_000, `${foreseen} events`);
});

async function foreseeing(t) {
  const { moduleInstance } = await internal("core/loader.js");
  const { Handle, IN_MEMORY } = await internal("core/handle.js");
  const { WorkerRequest } = await internal("core/workers.js");
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const instance = await moduleInstance();
  const handle = Handle.create(instance, IN_MEMORY, {});
  t.after(() => handle.free());
  handle.begin();
  handle.executeCreate(new WorkerRequest(), undefined, 0);
  handle.merge();
  handle.learnIds(1);
  let merges = 0;
  const foresight = new Foresight(handle);
  const append = handle.appendForeseen;
  handle.appendForeseen = (...foreseen) => {
    merges += 1;
    return append.apply(handle, foreseen);
  };
  const learn = (code, fields) =>
    foresight.learn(
      [
        Object.assign(
          new Command(code),
          { runtimeId: handle.runtimeId, workerId: "worker-00000001" },
          fields,
        ),
      ],
      handle.lastEventId(),
    );
  learn(CREATE, { sequence: 1, answer: { lastEventId: 2 } });
  const accept = (text, ref) => {
    const { runtimeId, workerId } = { runtimeId: handle.runtimeId, workerId: workerRef.workerId, ...ref };
    const worker = handle.ids.number(runtimeId, workerId);
    return foresight.accept(worker, USER, text) ? foresight.ack(worker) : undefined;
  };
  return { handle, foresight, accept, learn, merges: () => merges };
}

test("many are executed at once, in runs of at most 256, each with the time of its call", async (t) => {
  const { handle, foresight, accept, merges } = await foreseeing(t);
  const realNow = Date.now;
  t.after(() => {
    Date.now = realNow;
  });
  Date.now = () => 1000;
  for (let i = 0; i < 600; i++) {
    assert.deepEqual(accept(`${i}`).transcriptSequence, i + 1);
  }
  assert.equal(merges(), 2);
  assert.equal(handle.lastEventId(), 514);
  // Later by a little is in the same run; back, by a fraction, or by more than a word has room for is not.
  const clock = [2000, 999, 999.5, 999.5 + 2 ** 30, Number.NaN, 1e300, -3, 4000, 4000 + 2 ** 30 - 1];
  for (const now of clock) {
    Date.now = () => now;
    accept(`at ${now}`);
  }
  assert.equal(merges(), 9);
  foresight.execute();
  assert.equal(foresight.isAhead, false);
  const { items } = handle.transcriptPage(1, 598, 11, false);
  const times = [2000, 999, 999, 999 + 2 ** 30, 0, Number.MAX_SAFE_INTEGER, 0, 4000, 4000 + 2 ** 30 - 1];
  assert.deepEqual(
    items.map((item) => [item.content, item.recordedAt]),
    [["598", 1000], ["599", 1000], ...clock.map((now, i) => [`at ${now}`, times[i]])],
  );
});

test("contents are kept up to a bound; what comes after it is kept by the core", async (t) => {
  const { handle, foresight, accept } = await foreseeing(t);
  // One string, however often it is given: what counts is what the contents might take.
  const large = "x".repeat(64 * 1024);
  let answered = 0;
  while (accept(large) !== undefined) {
    answered += 1;
  }
  assert.equal(answered * large.length, 256 * 1024 * 1024);
  foresight.execute();
  const page = handle.transcriptPage(1, answered - 1, 1, false);
  assert.equal(page.items[0].content, large);
});

/** Bytes of the heap after everything was collected that nobody holds. */
function heapInUse() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("close lets go of the contents", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const before = heapInUse();
  for (let i = 0; i < 800; i++) {
    await runtime.sendInput(workerRef, user(`${i}`.padEnd(50_000, `${i} `)));
  }
  const kept = heapInUse() - before;
  assert.ok(kept > 38_000_000, `${kept} bytes are kept`);
  await runtime.close();
  const left = heapInUse() - before;
  assert.ok(left < 4_000_000, `${left} bytes are left`);
});

test("close lets go of the Workers", async () => {
  const runtime = await Runtime.create();
  const before = heapInUse();
  const objective = (at) => `objective ${at}`.padEnd(200, ".");
  await Promise.all(
    Array.from({ length: 20_000 }, (_, at) =>
      runtime.createWorker({ intent: { kind: "task", objective: objective(at) } }),
    ),
  );
  const kept = heapInUse() - before;
  assert.ok(kept > 4_000_000, `${kept} bytes are kept`);
  await runtime.close();
  const left = heapInUse() - before;
  assert.ok(left < 500_000, `${left} bytes are left`);
});

test("close lets go of what a caller hung on the runtime", async () => {
  const hung = await (async () => {
    const runtime = await Runtime.create();
    runtime.agent = { history: new Array(100_000).fill("said") };
    const reference = new WeakRef(runtime.agent);
    await runtime.close();
    return reference;
  })();
  await new Promise((resolve) => setTimeout(resolve, 10));
  heapInUse();
  assert.equal(hung.deref(), undefined);
});

test("callers are told in the order of their calls, whoever stops following meanwhile", async (t) => {
  const meanwhile = {
    "the follower returns": ({ say, subscription }) => {
      say();
      subscription.return();
      say();
    },
    "the follower is aborted": ({ say, controller }) => {
      say();
      controller.abort();
      say();
    },
    "the follower has its event": ({ say }) => {
      say();
      Promise.resolve().then(say);
      say();
    },
    "the runtime is closed": ({ say, runtime, tell }) => {
      say();
      tell(runtime.createWorker());
      runtime.close();
    },
  };
  for (const [name, act] of Object.entries(meanwhile)) {
    const runtime = await openRuntime(t);
    const { workerRef } = await runtime.createWorker();
    const controller = new AbortController();
    const { signal } = controller;
    const subscription = runtime.subscribeEvents(runtime.eventCursorNow(), { signal });
    subscription.next();
    const told = [];
    let calls = 0;
    const tell = (promise) => {
      const call = calls++;
      promise.then(() => told.push(call));
    };
    act({
      say: () => tell(runtime.sendInput(workerRef, user("x"))),
      tell,
      runtime,
      subscription,
      controller,
    });
    await new Promise(setImmediate);
    assert.ok(calls > 1);
    assert.deepEqual(told, Array.from(Array(calls).keys()), name);
  }
});

test("what it cannot foresee takes the queue", async (t) => {
  const { foresight, accept, learn } = await foreseeing(t);
  for (const text of ["", " ", "\n", " ".repeat(64 * 1024)]) {
    assert.equal(accept(text), undefined);
  }
  for (const fields of [{ workerId: "worker-00000002" }, { workerId: "" }, { runtimeId: "other" }]) {
    assert.equal(accept("x", fields), undefined);
  }
  assert.equal(foresight.isAhead, false);
  learn(STOP, {});
  learn(USER, { sequence: 5 });
  assert.equal(accept("x"), undefined);
});

test("the longest content is foreseen like any other, and comes back", async (t) => {
  const { handle, foresight, accept } = await foreseeing(t);
  const texts = [
    "x".repeat(64 * 1024 + 1),
    "é".repeat(8 * 1024 * 1024),
    "x".repeat(16 * 1024 * 1024),
    "short",
  ];
  for (const text of texts) {
    assert.notEqual(accept(text), undefined);
  }
  foresight.execute();
  const { items } = handle.transcriptPage(1, 0, 9, false);
  assert.ok(items.length === texts.length && items.every(({ content }, at) => content === texts[at]));
});

test("an answer that the core does not give poisons the handle", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, user("x"));
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, 1);
  const { moduleInstance } = await internal("core/loader.js");
  const instance = await moduleInstance();
  const { execute_foreseen } = instance.boundary;
  await runtime.sendInput(workerRef, user("y"));
  instance.boundary.execute_foreseen = (handle, count, first, now) =>
    execute_foreseen(handle, count, first + 1, now);
  t.after(() => {
    instance.boundary.execute_foreseen = execute_foreseen;
  });
  assert.throws(() => runtime.status(), { code: "runtime_poisoned" });
  instance.boundary.execute_foreseen = execute_foreseen;
  await rejection(() => runtime.sendInput(workerRef, user("z")), "runtime_poisoned");
});
