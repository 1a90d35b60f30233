import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Runtime } from "worker-runtime";
import { everything, openRuntime, rejection, thrown, user } from "./support.mjs";

let runtime;
let workerRef;

before(async () => {
  runtime = await Runtime.create();
  ({ workerRef } = await runtime.createWorker());
});
after(() => runtime.close());

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function revokedArray() {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** Throws at whatever is done with it. */
const trapping = new Proxy(
  {},
  Object.fromEntries(
    Reflect.ownKeys(Reflect)
      .filter((name) => typeof name === "string")
      .map((name) => [
        name,
        () => {
          throw new Error(`trap ${name}`);
        },
      ]),
  ),
);

const cyclic = {};
cyclic.self = cyclic;
cyclic.kind = cyclic;

/** Nothing of this is a ref, input, query, cursor, option object, string or number. */
const NEVER = [
  null,
  true,
  false,
  Symbol("s"),
  10n,
  () => {},
  function f() {},
  class C {},
  revoked(),
  revokedArray(),
  trapping,
];
const SCALARS = ["", "text", 0, 1, -1, NaN, Infinity];
const OBJECTS = [
  {},
  [],
  cyclic,
  new Date(),
  new Map(),
  /x/,
  new Error("e"),
  new Proxy({}, {}),
  Promise.resolve(),
  new Uint8Array(8),
  globalThis,
];

const EVERY = [
  [
    "sendInput worker",
    (value) => runtime.sendInput(value, user("x")),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "sendInput input",
    (value) => runtime.sendInput(workerRef, value),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "sendInput options",
    (value) => runtime.sendInput(workerRef, user("x"), value),
    [...NEVER, ...SCALARS, []],
  ],
  [
    "sendInput kind",
    (value) => runtime.sendInput(workerRef, { kind: value, content: "x" }),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "sendInput content",
    (value) => runtime.sendInput(workerRef, { kind: "user", content: value }),
    [...NEVER, 1, ...OBJECTS, undefined, new String("x"), ["x"]],
  ],
  [
    "recordOutput output",
    (value) => runtime.recordOutput(workerRef, value),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "operationId",
    (value) => runtime.sendInput(workerRef, user("x"), { operationId: value }),
    [...NEVER, 1, ...OBJECTS, "", " ", "\u3000", "x".repeat(257), new String("x")],
  ],
  ["stopWorker worker", (value) => runtime.stopWorker(value), [...NEVER, ...SCALARS, ...OBJECTS, undefined]],
  [
    "stopWorker reason",
    (value) => runtime.stopWorker(workerRef, value),
    [...NEVER, 1, ...OBJECTS, new String("x")],
  ],
  ["cancelWorker reason", (value) => runtime.cancelWorker(workerRef, value), [...NEVER, 1, ...OBJECTS]],
  [
    "cancelWorker options",
    (value) => runtime.cancelWorker(workerRef, "r", value),
    [...NEVER, ...SCALARS, []],
  ],
  ["createWorker options", (value) => runtime.createWorker({}, value), [...NEVER, ...SCALARS, []]],
  ["createWorker request", (value) => runtime.createWorker(value), [...NEVER, ...SCALARS, [], cyclic]],
  [
    "createWorker intent",
    (value) => runtime.createWorker({ intent: value }),
    [...NEVER, ...SCALARS, ...OBJECTS],
  ],
  [
    "createWorker profile",
    (value) => runtime.createWorker({ profile: value }),
    [...NEVER, ...SCALARS, ...OBJECTS],
  ],
  [
    "createWorker configBundle",
    (value) => runtime.createWorker({ configBundle: value }),
    [...NEVER, ...SCALARS, ...OBJECTS],
  ],
  [
    "createWorker list",
    (value) => runtime.createWorker({ requestedCapabilities: value }),
    [...NEVER, ...SCALARS, ...OBJECTS.filter((value) => !Array.isArray(value))],
  ],
  [
    "createWorker item",
    (value) => runtime.createWorker({ mountRefs: [value] }),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "createWorker name",
    (value) => runtime.createWorker({ mountRefs: [{ name: value, reference: "" }] }),
    [...NEVER, 1, ...OBJECTS, undefined],
  ],
  [
    "transcriptProjection worker",
    (value) => runtime.transcriptProjection(value, { start: 0, limit: 1 }),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "transcriptProjection query",
    (value) => runtime.transcriptProjection(workerRef, value),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "readEvents cursor",
    (value) => runtime.readEvents(value, 1),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  ["Runtime.create options", (value) => Runtime.create(value), [...NEVER, ...SCALARS, []]],
  ["Runtime.create runtimeId", (value) => Runtime.create({ runtimeId: value }), [...NEVER, 1, ...OBJECTS]],
  [
    "Runtime.create displayName",
    (value) => Runtime.create({ displayName: value }),
    [...NEVER, 1, ...OBJECTS],
  ],
  ["Runtime.create limits", (value) => Runtime.create({ limits: value }), [...NEVER, ...SCALARS, []]],
  ["Runtime.open options", (value) => Runtime.open(value), [...NEVER, ...SCALARS, ...OBJECTS, undefined]],
  [
    "Runtime.open storage",
    (value) => Runtime.open({ storage: value }),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "Runtime.inspect storage",
    (value) => Runtime.inspect(value, "id"),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
  [
    "Runtime.importLines storage",
    (value) => Runtime.importLines(value, []),
    [...NEVER, ...SCALARS, ...OBJECTS, undefined],
  ],
];

for (const [name, call, values] of EVERY) {
  test(`${name}: whatever it is not`, async () => {
    const seen = await everything(runtime);
    for (const value of values) {
      const error = await rejection(() => call(value), "invalid_request");
      assert.equal(typeof error.details.path, "string");
      assert.ok(error.message.includes(error.details.path), `${error.message} names the field`);
    }
    assert.deepEqual(await everything(runtime), seen);
  });
}

test("methods that answer at once throw for the same values", async () => {
  for (const value of [...NEVER, ...SCALARS, ...OBJECTS, undefined]) {
    thrown(() => runtime.workerDetail(value), "invalid_request");
    thrown(() => runtime.subscribeEvents(value), "invalid_request");
  }
  for (const value of [...NEVER, ...SCALARS, []]) {
    thrown(() => runtime.subscribeEvents(runtime.eventCursorNow(), value), "invalid_request");
    await rejection(() => runtime.exportLines(value)[Symbol.asyncIterator]().next(), "invalid_request");
  }
});

const BAD_NUMBERS = [
  -1,
  -5e-324,
  0.5,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  2 ** 64,
  1e308,
  "1",
  1n,
  null,
  undefined,
  true,
  [1],
  {},
  new Number(1),
  Symbol("n"),
  new Date(0),
  revoked(),
];
const GOOD_NUMBERS = [0, -0, 1, 255, 256, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];

test("numbers are integers from 0 to 2^53 - 1, and nothing else", async (t) => {
  const { runtimeId } = runtime;
  for (const value of BAD_NUMBERS) {
    await rejection(() => runtime.readEvents({ runtimeId, nextEventId: value }, 1), "invalid_request", {
      path: "nextEventId",
    });
    await rejection(() => runtime.readEvents({ runtimeId, nextEventId: 1 }, value), "invalid_request", {
      path: "limit",
    });
    await rejection(
      () => runtime.transcriptProjection(workerRef, { start: value, limit: 1 }),
      "invalid_request",
      { path: "start" },
    );
    await rejection(
      () => runtime.transcriptProjection(workerRef, { start: 0, limit: value }),
      "invalid_request",
      { path: "limit" },
    );
    thrown(() => runtime.subscribeEvents({ runtimeId, nextEventId: value }), "invalid_request", {
      path: "nextEventId",
    });
    if (value !== undefined) {
      for (const key of ["maxEventBatchItems", "maxTranscriptProjectionItems"]) {
        await rejection(() => Runtime.create({ limits: { [key]: value } }), "invalid_request", {
          path: `limits.${key}`,
        });
      }
    }
  }
  const generous = await openRuntime(t, {
    limits: { maxEventBatchItems: 2 ** 53 - 1, maxTranscriptProjectionItems: 2 ** 53 - 1 },
  });
  const worker = await generous.createWorker();
  for (const value of GOOD_NUMBERS) {
    const cursor = { runtimeId: generous.runtimeId, nextEventId: value };
    const batch = await generous.readEvents(cursor, value);
    const available = Math.max(0, 3 - Math.max(1, value));
    assert.equal(batch.events.length, Math.min(available, value + 0));
    assert.ok(!Object.is(batch.cursor.nextEventId, -0));
    const page = await generous.transcriptProjection(worker.workerRef, { start: value, limit: value });
    assert.ok(!Object.is(page.start, -0) && !Object.is(page.limit, -0));
    assert.deepEqual(generous.subscribeEvents(cursor).cursor, { ...cursor, nextEventId: value + 0 });
  }
});

test("malformed numbers come before limit_too_large", async () => {
  const { runtimeId } = runtime;
  await rejection(() => runtime.readEvents({ runtimeId, nextEventId: -1 }, 1000), "invalid_request");
  await rejection(() => runtime.readEvents({ runtimeId, nextEventId: 1 }, 1000.5), "invalid_request");
  await rejection(
    () => runtime.transcriptProjection(workerRef, { start: NaN, limit: 1000 }),
    "invalid_request",
  );
});
