import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { assertRefusal, internal, openRuntime, trapModule, user } from "./support.mjs";

const DONE = { value: undefined, done: true };
const settled = (promise) =>
  Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    new Promise((resolve) => setTimeout(resolve, 5, false)),
  ]);

async function speaking(t, entries = 0) {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const say = (content) => runtime.sendInput(workerRef, user(content));
  await Promise.all(Array.from({ length: entries }, (_, i) => say(`${i}`)));
  return { runtime, workerRef, say, at: (nextEventId) => ({ runtimeId: runtime.runtimeId, nextEventId }) };
}

async function take(subscription, count) {
  const ids = [];
  while (ids.length < count) {
    const { value, done } = await subscription.next();
    assert.equal(done, false);
    ids.push(value.id);
  }
  return ids;
}

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

test("hands out the first event before anything was done", async (t) => {
  const runtime = await openRuntime(t);
  const { value } = await runtime.subscribeEvents(runtime.eventCursorFromStart()).next();
  assert.deepEqual([value.id, value.kind], [1, "runtime_started"]);
});

test("hands out what is there and then what comes, in order, none twice, none lost", async (t) => {
  const { runtime, say, at } = await speaking(t, 1000);
  const all = take(runtime.subscribeEvents(at(1)), 3002);
  const late = take(runtime.subscribeEvents(runtime.eventCursorNow()), 2000);
  for (let i = 0; i < 20; i++) {
    await Promise.all(range(1, 100).map((i) => say(`${i}`)));
  }
  assert.deepEqual(await all, range(1, 3002));
  assert.deepEqual(await late, range(1003, 3002));
});

test("the events are those of readEvents", async (t) => {
  const { runtime, workerRef, at } = await speaking(t, 3);
  await runtime.stopWorker(workerRef, "r");
  await runtime.stopRuntime();
  const { events } = await runtime.readEvents(at(1), 256);
  const subscription = runtime.subscribeEvents(at(0));
  for (const event of events) {
    assert.deepEqual(await subscription.next(), { value: event, done: false });
  }
});

test("is an async iterable that gives itself", async (t) => {
  const { runtime, at } = await speaking(t, 5);
  const subscription = runtime.subscribeEvents(at(1));
  assert.equal(subscription[Symbol.asyncIterator](), subscription);
  const seen = [];
  for await (const event of subscription) {
    seen.push(event.id);
    if (event.id === 4) {
      break;
    }
  }
  assert.deepEqual(seen, [1, 2, 3, 4]);
  assert.deepEqual(await subscription.next(), DONE, "break ends it");
});

test("concurrent calls of next are answered in order", async (t) => {
  const { runtime, say, at } = await speaking(t, 2);
  const subscription = runtime.subscribeEvents(at(1));
  const answered = [];
  const calls = range(1, 8).map((i) => subscription.next().then(({ value }) => answered.push([i, value.id])));
  await settled(calls[4]);
  assert.equal(answered.length, 4);
  await Promise.all([say("a"), say("b"), say("c"), say("d")]);
  await Promise.all(calls);
  assert.deepEqual(
    answered,
    range(1, 8).map((i) => [i, i]),
  );
});

test("the cursor counts what was handed out", async (t) => {
  const { runtime, say, at } = await speaking(t, 3);
  const subscription = runtime.subscribeEvents(at(0));
  assert.deepEqual(subscription.cursor, at(0));
  for (let id = 1; id <= 5; id++) {
    await subscription.next();
    assert.deepEqual(subscription.cursor, at(id + 1));
  }
  const pending = subscription.next();
  assert.deepEqual(subscription.cursor, at(6), "a call that waits has been handed nothing");
  await say("x");
  await pending;
  assert.deepEqual(subscription.cursor, at(7));
  const resumed = runtime.subscribeEvents(subscription.cursor);
  await say("y");
  assert.equal((await resumed.next()).value.id, 7);
  await subscription.return();
  assert.deepEqual(subscription.cursor, at(7));
});

test("a cursor beyond the end waits for the log to come to it", async (t) => {
  const { runtime, say, at } = await speaking(t, 0);
  const subscription = runtime.subscribeEvents(at(5));
  const next = subscription.next();
  await say("3");
  await say("4");
  assert.equal(await settled(next), false);
  assert.deepEqual(subscription.cursor, at(5));
  await say("5");
  assert.equal((await next).value.id, 5);
});

test("subscribers are woken before the mutation's promise settles", async (t) => {
  const { runtime, say } = await speaking(t, 0);
  const order = [];
  const subscription = runtime.subscribeEvents(runtime.eventCursorNow());
  const next = subscription.next().then(() => order.push("event"));
  await say("x").then(() => order.push("acknowledged"));
  await next;
  assert.deepEqual(order, ["event", "acknowledged"]);
});

test("an event is handed out only once reads show it", async (t) => {
  const { runtime, say } = await speaking(t, 0);
  const subscription = runtime.subscribeEvents(runtime.eventCursorNow());
  const call = say("x");
  const { value } = await subscription.next();
  assert.equal(runtime.eventCursorNow().nextEventId, value.id + 1);
  await call;
});

test("return ends it with done, at once, dropping what was not handed out", async (t) => {
  const { runtime, say, at } = await speaking(t, 10);
  const subscription = runtime.subscribeEvents(at(1));
  await subscription.next();
  assert.deepEqual(await subscription.return("bye"), { value: "bye", done: true });
  assert.deepEqual(await subscription.next(), DONE);
  const waiting = runtime.subscribeEvents(runtime.eventCursorNow());
  const calls = [waiting.next(), waiting.next()];
  assert.deepEqual(await waiting.return(), DONE);
  assert.deepEqual(await Promise.all(calls), [DONE, DONE]);
  await say("x");
  assert.deepEqual(await waiting.next(), DONE);
  assert.deepEqual(await waiting.return(Promise.resolve(7)), { value: 7, done: true });
});

test("throw ends it and rejects with what was thrown", async (t) => {
  const { runtime, at } = await speaking(t, 10);
  const subscription = runtime.subscribeEvents(at(1));
  const waiting = runtime.subscribeEvents(runtime.eventCursorNow()).next();
  await assert.rejects(subscription.throw(new TypeError("mine")), new TypeError("mine"));
  assert.deepEqual(await subscription.next(), DONE);
  assert.equal(await settled(waiting), false, "no other subscription is touched");
});

test("a signal ends it with done, before, between and during calls", async (t) => {
  const { runtime, say, at } = await speaking(t, 3);
  const before = runtime.subscribeEvents(at(1), { signal: AbortSignal.abort() });
  assert.deepEqual(await before.next(), DONE);
  const between = new AbortController();
  const subscription = runtime.subscribeEvents(at(1), { signal: between.signal });
  await subscription.next();
  between.abort();
  assert.deepEqual(await subscription.next(), DONE);
  assert.deepEqual(subscription.cursor, at(2));
  const during = new AbortController();
  const waiting = runtime.subscribeEvents(runtime.eventCursorNow(), { signal: during.signal });
  const calls = [waiting.next(), waiting.next()];
  during.abort(new Error("enough"));
  assert.deepEqual(await Promise.all(calls), [DONE, DONE]);
  await say("x");
  assert.deepEqual(await waiting.next(), DONE);
});

test("an ended subscription no longer listens to its signal", async (t) => {
  const { runtime, at } = await speaking(t, 3);
  let listeners = 0;
  const signal = {
    aborted: false,
    addEventListener: () => {
      listeners += 1;
    },
    removeEventListener: () => {
      listeners -= 1;
    },
  };
  const subscriptions = range(1, 5).map(() => runtime.subscribeEvents(at(1), { signal }));
  assert.equal(listeners, 1, "one for all who share it");
  await Promise.all(subscriptions.map((subscription) => subscription.return()));
  assert.equal(listeners, 0);
});

test("close ends it with done, dropping what was not handed out", async () => {
  const runtime = await Runtime.create();
  await runtime.createWorker();
  const started = runtime.subscribeEvents(runtime.eventCursorFromStart());
  await started.next();
  const waiting = runtime.subscribeEvents(runtime.eventCursorNow());
  const calls = [waiting.next(), waiting.next()];
  const closing = runtime.close();
  assert.deepEqual(await Promise.all(calls), [DONE, DONE]);
  assert.deepEqual(await started.next(), DONE);
  await closing;
  assert.deepEqual(await started.next(), DONE);
  assert.deepEqual(started.cursor, { runtimeId: runtime.runtimeId, nextEventId: 2 });
});

test("runtime_stopped does not end it", async (t) => {
  const { runtime } = await speaking(t, 0);
  const subscription = runtime.subscribeEvents(runtime.eventCursorNow());
  const next = subscription.next();
  await runtime.stopRuntime();
  assert.equal((await next).value.kind, "runtime_stopped");
  assert.equal(await settled(subscription.next()), false);
});

test("a consumer that throws hurts nobody else", async (t) => {
  const { runtime, say, at } = await speaking(t, 0);
  const throwing = (async () => {
    for await (const event of runtime.subscribeEvents(at(1))) {
      throw new Error(`consumer of ${event.id}`);
    }
  })();
  const healthy = take(runtime.subscribeEvents(at(1)), 5);
  await assert.rejects(throwing, /consumer of 1/);
  await Promise.all([say("3"), say("4"), say("5")]);
  assert.deepEqual(await healthy, [1, 2, 3, 4, 5]);
});

test("each consumer goes at its own pace, and calls the runtime as it likes", async (t) => {
  const { runtime, say, at } = await speaking(t, 0);
  const consumers = range(0, 9).map(async (pace) => {
    const seen = [];
    for await (const event of runtime.subscribeEvents(at(1))) {
      seen.push(event.id);
      runtime.summary();
      if (event.id === 60) {
        return seen;
      }
      for (let i = 0; i < pace; i++) {
        await null;
      }
      if (pace === 3 && event.id < 50) {
        await say("from a consumer");
      }
    }
  });
  for (let i = 0; i < 60; i++) {
    await say(`${i}`);
  }
  for (const seen of await Promise.all(consumers)) {
    assert.deepEqual(seen, range(1, 60));
  }
});

test("a thousand subscribers at the same place get the same events, each its own objects", async (t) => {
  const { runtime, say, at } = await speaking(t, 0);
  const first = range(1, 1000).map(() => runtime.subscribeEvents(at(3)).next());
  await say("3");
  const results = await Promise.all(first);
  assert.equal(new Set(results.map((result) => result.value)).size, 1000);
  assert.equal(new Set(results.map((result) => result.value.workerRef)).size, 1000);
  assert.ok(results.every((result) => result.value.id === 3));
});

test("what is told of one event is read once, and nothing where it was answered ahead or there is none", async (t) => {
  const { moduleInstance } = await internal("core/loader.js");
  const { boundary } = await moduleInstance();
  const { events_page, last_event_id } = boundary;
  let pages = 0;
  let looks = 0;
  boundary.events_page = (...args) => {
    pages += 1;
    return events_page(...args);
  };
  boundary.last_event_id = (...args) => {
    looks += 1;
    return last_event_id(...args);
  };
  t.after(() => {
    Object.assign(boundary, { events_page, last_event_id });
  });
  const { runtime, workerRef } = await speaking(t);
  const consumers = Array.from({ length: 10 }, () => runtime.subscribeEvents(runtime.eventCursorNow()));
  for (const ahead of [false, true]) {
    pages = 0;
    looks = 0;
    for (let i = 0; i < 20; i++) {
      const next = consumers.map((consumer) => consumer.next());
      const { eventId } = await runtime.sendInput(
        workerRef,
        user("x"),
        ahead ? undefined : { operationId: `${i}` },
      );
      const events = await Promise.all(next);
      assert.ok(events.every(({ value }) => value.id === eventId));
    }
    assert.equal(pages, ahead ? 0 : 20);
    assert.ok(looks < 20 * 4, `${looks} looks for the last event`);
  }
});

test("a trap rejects one next, then it is done", async () => {
  const runtime = await Runtime.create();
  const waiting = runtime.subscribeEvents(runtime.eventCursorNow());
  const idle = runtime.subscribeEvents(runtime.eventCursorFromStart());
  const calls = [waiting.next(), waiting.next(), waiting.next()];
  const outcomes = Promise.allSettled(calls);
  await trapModule();
  const [one, two, three] = await outcomes;
  assertRefusal(one.reason, "runtime_poisoned");
  assert.deepEqual([two.value, three.value], [DONE, DONE]);
  assert.deepEqual(await waiting.next(), DONE);
  assertRefusal(await idle.next().catch((error) => error), "runtime_poisoned");
  assert.deepEqual(await idle.next(), DONE);
  await runtime.close();
});

test("holds no more than one batch: an idle subscriber far behind costs nothing while the log grows", async (t) => {
  const { runtime, say, at } = await speaking(t, 300);
  const slow = runtime.subscribeEvents(at(1));
  await slow.next();
  for (let i = 0; i < 10; i++) {
    await Promise.all(range(1, 500).map(() => say("more")));
  }
  assert.deepEqual(await take(slow, 5301), range(2, 5302));
});

test("a cursor before the first event hands out all of them", async (t) => {
  const { runtime, at } = await speaking(t, 3);
  assert.deepEqual(await take(runtime.subscribeEvents(at(0)), 5), [1, 2, 3, 4, 5]);
});
