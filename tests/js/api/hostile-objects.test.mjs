import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import vm from "node:vm";
import { Runtime } from "worker-runtime";
import { assertRefusal, openRuntime, rejection, user } from "./support.mjs";

let runtime;
let workerRef;

before(async () => {
  runtime = await Runtime.create();
  ({ workerRef } = await runtime.createWorker());
});
after(() => runtime.close());

const cyclic = {};
cyclic.self = cyclic;
cyclic.kind = cyclic;

/** An object whose properties are getters that count their calls. */
function counting(fields, counts) {
  return Object.defineProperties(
    {},
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [
        key,
        {
          enumerable: true,
          get() {
            counts[key] = (counts[key] ?? 0) + 1;
            return counts[key] === 1 ? value : null;
          },
        },
      ]),
    ),
  );
}

test("own data properties and getters are read once", async () => {
  const seen = [];
  const once = (fields) => {
    const counts = {};
    seen.push(counts);
    return counting(fields, counts);
  };
  const request = once({
    intent: once({ kind: "role", role: "a", purpose: "b" }),
    profile: once({ kind: "named", value: "v" }),
    configBundle: once({ id: "b" }),
    requestedCapabilities: [once({ name: "n", reason: "r" })],
    workspaceRefs: [once({ name: "w", reference: "x" })],
    mountRefs: [],
  });
  const detail = await runtime.createWorker(request, once({ operationId: "once", signal: undefined }));
  assert.deepEqual(detail.intent, { kind: "role", role: "a", purpose: "b" });
  const ref = () => once(detail.workerRef);
  await runtime.sendInput(
    ref(),
    once({ kind: "user", content: "c" }),
    once({ operationId: "two", signal: undefined }),
  );
  assert.equal(runtime.workerDetail(ref()).transcriptLen, 1);
  await runtime.transcriptProjection(ref(), once({ start: 0, limit: 1 }));
  const cursor = () => once(runtime.eventCursorFromStart());
  await runtime.readEvents(cursor(), 1);
  runtime.subscribeEvents(cursor(), once({ signal: undefined }));
  await runtime.stopWorker(ref(), "r", once({ operationId: "three", signal: undefined }));
  const limits = once({ maxEventBatchItems: 1, maxTranscriptProjectionItems: 2 });
  const created = await Runtime.create(once({ runtimeId: "r", displayName: "d", limits }));
  assert.deepEqual(created.summary().limits, { maxEventBatchItems: 1, maxTranscriptProjectionItems: 2 });
  await created.close();
  for (const counts of seen) {
    assert.ok(Object.keys(counts).length > 0);
    assert.ok(
      Object.values(counts).every((count) => count === 1),
      JSON.stringify(counts),
    );
  }
});

test("arguments are read at the call, not later", async (t) => {
  const fresh = await openRuntime(t);
  const request = { intent: { kind: "task", objective: "first" }, requestedCapabilities: [{ name: "a" }] };
  const created = fresh.createWorker(request);
  request.intent.objective = "changed";
  request.requestedCapabilities.push({ name: "b" });
  const { workerRef: ref, ...detail } = await created;
  assert.equal(detail.intent.objective, "first");
  assert.deepEqual(detail.requestedCapabilities, [{ name: "a" }]);
  const input = user("first");
  const target = { ...ref };
  const call = fresh.sendInput(target, input);
  input.content = "changed";
  target.workerId = "changed";
  assert.deepEqual((await call).workerRef, ref);
  assert.equal((await fresh.transcriptProjection(ref, { start: 0, limit: 1 })).items[0].content, "first");
});

test("prototypes are not trusted", async () => {
  const inherited = (fields) => Object.create(fields);
  await rejection(() => runtime.sendInput(inherited(workerRef), user("x")), "invalid_request", {
    path: "runtimeId",
  });
  await rejection(
    () => runtime.sendInput({ ...workerRef, __proto__: null }, inherited(user("x"))),
    "invalid_request",
    { path: "kind" },
  );
  await rejection(() => runtime.readEvents(inherited(runtime.eventCursorNow()), 1), "invalid_request", {
    path: "runtimeId",
  });
  await rejection(
    () => runtime.createWorker({ intent: inherited({ kind: "assistant" }) }),
    "invalid_request",
    { path: "intent.kind" },
  );
  await rejection(
    () =>
      runtime.createWorker({
        mountRefs: Object.setPrototypeOf(new Array(1), [{ name: "a", reference: "b" }]),
      }),
    "invalid_request",
    { path: "mountRefs[0]" },
  );
  Object.prototype.operationId = 5;
  Object.prototype.reason = 6;
  Object.prototype.extra = 7;
  Object.prototype.limits = 8;
  try {
    await runtime.sendInput(workerRef, user("x"), {});
    const detail = await runtime.createWorker({ requestedCapabilities: [{ name: "a" }] });
    assert.deepEqual(Object.keys(detail.requestedCapabilities[0]), ["name"]);
    await (await Runtime.create({})).close();
  } finally {
    for (const key of ["operationId", "reason", "extra", "limits"]) {
      delete Object.prototype[key];
    }
  }
});

test("each field of a ref, an input and an output has to be its own", async () => {
  const output = { kind: "tool", content: "x" };
  const cases = [
    [workerRef, (ref) => runtime.sendInput(ref, user("x"))],
    [user("x"), (input) => runtime.sendInput(workerRef, input)],
    [output, (given) => runtime.recordOutput(workerRef, given)],
  ];
  for (const [whole, call] of cases) {
    for (const [path, value] of Object.entries(whole)) {
      const { [path]: _, ...others } = whole;
      await rejection(
        () => call(Object.assign(Object.create({ [path]: value }), others)),
        "invalid_request",
        {
          path,
        },
      );
      for (const descriptor of [{ value }, { value, enumerable: true }, { get: () => value }]) {
        Object.defineProperty(Object.prototype, path, { ...descriptor, configurable: true });
        let refused;
        try {
          refused = call(others).catch((error) => error);
        } finally {
          delete Object.prototype[path];
        }
        assertRefusal(await refused, "invalid_request", { path });
      }
    }
  }
});

test("a proxy that claims to be a plain object has no fields but its own", async () => {
  const whole = user("x");
  for (const path of Object.keys(whole)) {
    const { [path]: value, ...others } = whole;
    const claims = [
      new Proxy(others, { get: (_, key) => whole[key] }),
      new Proxy(Object.assign(Object.create({ [path]: value }), others), {
        getPrototypeOf: () => Object.prototype,
      }),
    ];
    for (const input of claims) {
      await rejection(() => runtime.sendInput(workerRef, input), "invalid_request", { path });
    }
  }
});

test("a trap that throws while fields are looked for is told of the whole argument", async () => {
  const boom = () => {
    throw new Error("boom");
  };
  for (const trap of ["ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"]) {
    const input = new Proxy(user("x"), { [trap]: boom });
    await rejection(() => runtime.sendInput(workerRef, input), "invalid_request", { path: "input" });
  }
});

test("instances, null prototypes, other realms and forwarding proxies work by their own fields", async () => {
  class Ref {
    runtimeId = workerRef.runtimeId;
    workerId = workerRef.workerId;
  }
  const foreign = (value) => vm.runInNewContext(`(${JSON.stringify(value)})`);
  const bare = (value) => Object.assign(Object.create(null), value);
  const forward = (value) => new Proxy(value, {});
  for (const ref of [
    new Ref(),
    foreign(workerRef),
    bare(workerRef),
    forward({ ...workerRef }),
    Object.freeze({ ...workerRef }),
  ]) {
    for (const input of [foreign(user("x")), bare(user("x")), forward(user("x")), Object.freeze(user("x"))]) {
      const ack = await runtime.sendInput(ref, input, foreign({ extra: 1 }));
      assert.deepEqual(ack.workerRef, workerRef);
      assert.equal(Object.getPrototypeOf(ack.workerRef), Object.prototype);
    }
  }
  const request = {
    intent: { kind: "task", objective: "o" },
    requestedCapabilities: [{ name: "a" }],
    mountRefs: [],
  };
  for (const wrap of [foreign, bare, forward]) {
    assert.deepEqual((await runtime.createWorker(wrap(request))).requestedCapabilities, [{ name: "a" }]);
  }
  const list = new Proxy([{ name: "a" }], {});
  assert.equal((await runtime.createWorker({ requestedCapabilities: list })).requestedCapabilities.length, 1);
  class List extends Array {}
  assert.equal(
    (await runtime.createWorker({ requestedCapabilities: List.from([{ name: "a" }]) })).requestedCapabilities
      .length,
    1,
  );
});

test("unknown fields are refused in requests, inputs and outputs", async () => {
  for (const extra of [{ extra: 1 }, { "": 1 }, { constructor: 1 }, { ["__proto__"]: 1 }]) {
    const [key] = Object.keys(extra);
    await rejection(() => runtime.sendInput(workerRef, { ...user("x"), ...extra }), "invalid_request", {
      path: key,
    });
    await rejection(
      () => runtime.recordOutput(workerRef, { kind: "tool", content: "x", ...extra }),
      "invalid_request",
      { path: key },
    );
    await rejection(() => runtime.createWorker({ ...extra }), "invalid_request", { path: key });
    await rejection(
      () => runtime.createWorker({ intent: { kind: "assistant", ...extra } }),
      "invalid_request",
      { path: `intent.${key}` },
    );
  }
  await rejection(
    () => runtime.sendInput(workerRef, { ...user("x"), ["\ud800".repeat(500)]: 1 }),
    "invalid_request",
  );
  await runtime.sendInput(workerRef, { ...user("x"), [Symbol("ignored")]: 1 });
});

test("unknown fields are ignored in refs, cursors, queries and options", async () => {
  const extra = { extra: 1, self: cyclic, toJSON: null };
  await runtime.sendInput({ ...workerRef, ...extra }, user("x"), { ...extra });
  assert.deepEqual(
    Object.keys((await runtime.readEvents({ ...runtime.eventCursorFromStart(), ...extra }, 1)).cursor),
    ["runtimeId", "nextEventId"],
  );
  const page = await runtime.transcriptProjection(
    { ...workerRef, ...extra },
    { start: 0, limit: 1, ...extra },
  );
  assert.deepEqual(page.workerRef, workerRef);
  await (await Runtime.create({ ...extra, limits: { ...extra } })).close();
});

test("getters that throw are named, their error is the cause", async () => {
  const boom = new Error("boom");
  const throwing = (fields, key) =>
    Object.defineProperty({ ...fields }, key, {
      enumerable: true,
      get() {
        throw boom;
      },
    });
  const cases = [
    [() => runtime.sendInput(throwing(workerRef, "workerId"), user("x")), "workerId"],
    [() => runtime.sendInput(workerRef, throwing(user("x"), "content")), "content"],
    [() => runtime.sendInput(workerRef, user("x"), throwing({}, "operationId")), "operationId"],
    [() => runtime.sendInput(workerRef, user("x"), throwing({}, "signal")), "signal"],
    [() => runtime.createWorker(throwing({}, "profile")), "profile"],
    [() => runtime.createWorker({ intent: throwing({}, "kind") }), "intent.kind"],
    [
      () =>
        runtime.createWorker({ requestedCapabilities: [{ name: "a" }, throwing({ name: "b" }, "reason")] }),
      "requestedCapabilities[1].reason",
    ],
    [() => runtime.createWorker({ mountRefs: throwing([], "0") }), "mountRefs"],
    [() => runtime.transcriptProjection(workerRef, throwing({ start: 0 }, "limit")), "limit"],
    [() => runtime.readEvents(throwing({ nextEventId: 0 }, "runtimeId"), 1), "runtimeId"],
    [() => Runtime.create({ limits: throwing({}, "maxEventBatchItems") }), "limits.maxEventBatchItems"],
  ];
  for (const [call, path] of cases) {
    const error = await rejection(call, "invalid_request", { path });
    if (path !== "mountRefs") {
      assert.equal(error.cause, boom);
    }
  }
});

/** A proxy that notes what is done to it, and throws at the last step of `upTo` where that is given. */
function noting(target, name, steps, upTo) {
  const note = (step) => {
    steps.push(step);
    if (steps.length === upTo) {
      throw new Error(step);
    }
  };
  const trap = (method) => (target, key, receiver) => {
    note(typeof key === "string" ? `${method} ${name}.${key}` : `${method} ${name}`);
    return Reflect[method](target, key, receiver);
  };
  const methods = ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"];
  return new Proxy(target, Object.fromEntries(methods.map((method) => [method, trap(method)])));
}

test("an item of a list is asked for each field once, in order, and an error names where it was thrown", async () => {
  const request = (steps, upTo) => ({
    mountRefs: noting([noting({ name: "a", reference: "b" }, "item", steps, upTo)], "list", steps, upTo),
  });
  const all = [];
  await runtime.createWorker(request(all));
  const where = {
    "get list.length": "mountRefs",
    "getOwnPropertyDescriptor list.0": "mountRefs[0]",
    "get list.0": "mountRefs[0]",
    "getOwnPropertyDescriptor item.name": "mountRefs[0].name",
    "get item.name": "mountRefs[0].name",
    "getOwnPropertyDescriptor item.reference": "mountRefs[0].reference",
    "get item.reference": "mountRefs[0].reference",
    "ownKeys item": "mountRefs[0]",
    "getPrototypeOf item": "mountRefs[0]",
  };
  const fields = Object.keys(where);
  assert.deepEqual(all.slice(0, fields.length), fields);
  for (const [at, step] of fields.entries()) {
    const steps = [];
    const error = await rejection(() => runtime.createWorker(request(steps, at + 1)), "invalid_request", {
      path: where[step],
    });
    assert.equal(error.cause.message, step);
    assert.equal(error.message, `${where[step]} could not be read`);
    assert.equal(steps.length, at + 1);
  }
  // Nothing is left but the walk over the names.
  assert.ok(all.slice(fields.length).every((step) => step.startsWith("getOwnPropertyDescriptor item.")));
});

test("getters that call back into the runtime", async (t) => {
  const fresh = await openRuntime(t);
  const { workerRef: ref } = await fresh.createWorker();
  const inner = [];
  const input = {
    get kind() {
      inner.push(fresh.sendInput(ref, user("inner")));
      fresh.summary();
      fresh.listWorkers();
      fresh.workerDetail(ref);
      inner.push(fresh.createWorker(), fresh.transcriptProjection(ref, { start: 0, limit: 1 }));
      return "user";
    },
    content: "outer",
  };
  const outer = await fresh.sendInput(ref, input);
  await Promise.all(inner);
  assert.equal(outer.transcriptSequence, 2);
  const { items } = await fresh.transcriptProjection(ref, { start: 0, limit: 9 });
  assert.deepEqual(
    items.map((item) => item.content),
    ["inner", "outer"],
  );
});

test("a getter that closes the runtime: the call around it is refused", async () => {
  for (const outer of [
    (closing, ref) =>
      closing.sendInput(ref, {
        kind: "user",
        get content() {
          closing.close();
          return "x";
        },
      }),
    (closing) =>
      closing.createWorker({
        get intent() {
          closing.close();
          return undefined;
        },
      }),
    async (closing, ref) =>
      closing.workerDetail({
        ...ref,
        get workerId() {
          closing.close();
          return ref.workerId;
        },
      }),
    (closing, ref) =>
      closing.transcriptProjection(ref, {
        start: 0,
        get limit() {
          closing.close();
          return 1;
        },
      }),
    (closing) =>
      closing.readEvents(
        {
          get runtimeId() {
            closing.close();
            return closing.runtimeId;
          },
          nextEventId: 1,
        },
        1,
      ),
    async (closing) =>
      closing.subscribeEvents({
        get runtimeId() {
          closing.close();
          return closing.runtimeId;
        },
        nextEventId: 1,
      }),
  ]) {
    const closing = await Runtime.create();
    const { workerRef: ref } = await closing.createWorker();
    assertRefusal(
      await outer(closing, ref).then(
        () => undefined,
        (error) => error,
      ),
      "runtime_closed",
    );
  }
});

test("getters that call back without end", async (t) => {
  const fresh = await openRuntime(t);
  const { workerRef: ref } = await fresh.createWorker();
  let calls = 0;
  const reentrant = {
    runtimeId: ref.runtimeId,
    get workerId() {
      calls += 1;
      try {
        fresh.workerDetail(reentrant);
      } catch {
        // The next level up answers all the same.
      }
      return ref.workerId;
    },
  };
  assert.deepEqual(fresh.workerDetail(reentrant).workerRef, ref);
  const promises = [];
  const input = {
    kind: "user",
    get content() {
      promises.push(fresh.sendInput(ref, input).catch((error) => error));
      return "again";
    },
  };
  await fresh.sendInput(ref, input);
  await Promise.all(promises);
  assert.ok(calls < 1000);
  assert.equal(fresh.status(), "running");
  assert.equal((await fresh.createWorker()).workerId, "worker-00000002");
});

test("lists of a million items, of holes, and of any length that a proxy claims", async () => {
  const million = Array.from({ length: 1_000_000 }, () => ({ name: "n" }));
  await rejection(() => runtime.createWorker({ requestedCapabilities: million }), "invalid_request", {
    path: "requestedCapabilities",
  });
  await rejection(() => runtime.createWorker({ mountRefs: new Array(2 ** 32 - 1) }), "invalid_request", {
    path: "mountRefs",
  });
  for (const length of [-1, 0.5, NaN, Infinity, 2 ** 53, "1", null, undefined, {}, 1n]) {
    const list = new Proxy([], { get: (target, key) => (key === "length" ? length : target[key]) });
    await rejection(() => runtime.createWorker({ workspaceRefs: list }), "invalid_request");
  }
  const many = Array.from({ length: 65_536 }, (_, i) => ({ name: `n${i}` }));
  const { workerRef: ref } = await runtime.createWorker({ requestedCapabilities: many });
  assert.equal(runtime.workerDetail(ref).requestedCapabilities.length, 65_536);
  assert.equal(runtime.listWorkers().at(-1).requestedCapabilityCount, 65_536);
});

test("texts above 16 MiB of UTF-8 are refused wherever they stand", async () => {
  const limit = 16 * 1024 * 1024;
  for (const text of [
    "x".repeat(limit + 1),
    "\u4e09".repeat(limit / 3 + 1),
    `${"é".repeat(limit / 2)}x`,
    "\u{1f600}".repeat(limit / 4 + 1),
    "x".repeat(300 * 1024 * 1024),
  ]) {
    await rejection(() => runtime.sendInput(workerRef, user(text)), "invalid_request", { path: "content" });
  }
  const long = "x".repeat(limit + 1);
  await rejection(() => runtime.sendInput({ ...workerRef, workerId: long }, user("x")), "invalid_request", {
    path: "workerId",
  });
  await rejection(() => runtime.stopWorker(workerRef, long), "invalid_request", { path: "reason" });
  await rejection(
    () => runtime.createWorker({ intent: { kind: "task", objective: long } }),
    "invalid_request",
    { path: "intent.objective" },
  );
  await rejection(() => runtime.readEvents({ runtimeId: long, nextEventId: 1 }, 1), "invalid_request", {
    path: "runtimeId",
  });
  await rejection(() => Runtime.create({ displayName: long }), "invalid_request", { path: "displayName" });
  const longest = "y".repeat(limit);
  const { workerRef: ref } = await runtime.createWorker({ intent: { kind: "task", objective: longest } });
  assert.ok(runtime.workerDetail(ref).intent.objective === longest);
  const many = Array.from({ length: 100 }, () => ({ name: "n", reference: longest }));
  await rejection(() => runtime.createWorker({ mountRefs: many }), "invalid_request");
});

test("after all of it the module is as good as before", async () => {
  assert.equal(runtime.status(), "running");
  const ack = await runtime.sendInput(workerRef, user("still here"));
  const { items } = await runtime.transcriptProjection(workerRef, {
    start: ack.transcriptSequence - 1,
    limit: 1,
  });
  assert.equal(items[0].content, "still here");
});
