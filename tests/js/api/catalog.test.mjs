import assert from "node:assert/strict";
import { test } from "node:test";
import { allEvents, everything, openRuntime, rejection, user } from "./support.mjs";

const DEFAULTS = {
  status: "running",
  intent: { kind: "assistant" },
  profile: { kind: "runtime_default" },
  requestedCapabilities: [],
  workspaceRefs: [],
  mountRefs: [],
  transcriptLen: 0,
  lastEventId: 2,
};

test("an empty request gets every default", async (t) => {
  for (const args of [
    [],
    [undefined],
    [{}],
    [{ intent: undefined, mountRefs: undefined }, {}],
    [Object.create(null)],
  ]) {
    const runtime = await openRuntime(t);
    const detail = await runtime.createWorker(...args);
    const workerRef = { runtimeId: runtime.runtimeId, workerId: "worker-00000001" };
    assert.deepEqual(detail, { workerRef, ...workerRef, ...DEFAULTS });
    assert.deepEqual(runtime.workerDetail(workerRef), detail);
  }
});

const FULL = {
  intent: { kind: "role", role: "reviewer", purpose: "" },
  profile: { kind: "named", value: "strict" },
  configBundle: { id: "bundle-7" },
  requestedCapabilities: [
    { name: "shell", reason: "" },
    { name: "net" },
    { name: "shell", reason: "zwei\u{1f600}" },
  ],
  workspaceRefs: [{ name: "src", reference: "" }],
  mountRefs: [
    { name: "data", reference: "s3://x" },
    { name: "data", reference: "s3://x" },
  ],
};

test("everything that a request has comes back unchanged", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef, ...detail } = await runtime.createWorker(FULL);
  assert.deepEqual(runtime.workerDetail(workerRef), { workerRef, ...detail });
  for (const [key, value] of Object.entries(FULL)) {
    assert.deepEqual(detail[key], value);
  }
  assert.ok(!("reason" in detail.requestedCapabilities[1]));
  assert.deepEqual(runtime.listWorkers(), [
    {
      workerRef,
      ...workerRef,
      status: "running",
      intent: FULL.intent,
      profile: FULL.profile,
      requestedCapabilityCount: 3,
      hasConfigBundle: true,
      transcriptLen: 0,
      lastEventId: 2,
    },
  ]);
  assert.deepEqual(runtime.diagnostics(), []);
});

test("each kind of intent and profile", async (t) => {
  const runtime = await openRuntime(t);
  const intents = [
    { kind: "assistant" },
    { kind: "assistant", purpose: "help" },
    { kind: "assistant", purpose: " " },
    { kind: "task", objective: "mend the roof" },
    { kind: "role", role: "editor" },
    { kind: "role", role: "editor", purpose: "words" },
  ];
  const profiles = [
    { kind: "runtime_default" },
    { kind: "builtin", value: "coder" },
    { kind: "named", value: "mine" },
  ];
  for (const intent of intents) {
    for (const profile of profiles) {
      const { workerRef } = await runtime.createWorker({ intent, profile });
      assert.deepEqual(runtime.workerDetail(workerRef).intent, intent);
      assert.deepEqual(runtime.workerDetail(workerRef).profile, profile);
      assert.deepEqual(runtime.listWorkers().at(-1).intent, intent);
      assert.deepEqual(runtime.listWorkers().at(-1).profile, profile);
    }
  }
});

test("what is missing is remarked upon, in order", async (t) => {
  const runtime = await openRuntime(t);
  const bare = await runtime.createWorker();
  const bundled = await runtime.createWorker({ configBundle: { id: "b" } });
  const tooled = await runtime.createWorker({ requestedCapabilities: [{ name: "n" }] });
  await runtime.createWorker({ configBundle: { id: "b" }, requestedCapabilities: [{ name: "n" }] });
  const resources = {
    severity: "info",
    code: "runtime.local_default_resources",
    message: "worker created without ConfigBundleRef; runtime-local defaults are assumed",
  };
  const tools = {
    severity: "info",
    code: "worker.tools_less",
    message: "worker created without requested tool capabilities",
  };
  assert.deepEqual(runtime.diagnostics(), [
    { id: 1, ...resources, workerRef: bare.workerRef },
    { id: 2, ...tools, workerRef: bare.workerRef },
    { id: 3, ...tools, workerRef: bundled.workerRef },
    { id: 4, ...resources, workerRef: tooled.workerRef },
  ]);
  assert.equal(runtime.summary().diagnosticCount, 4);
});

test("creating makes one event and leaves the others as they are", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, user("x"));
  await runtime.createWorker();
  const events = await allEvents(runtime);
  assert.deepEqual(
    events.map(({ id, kind, message }) => [id, kind, message]),
    [
      [1, "runtime_started", "runtime started"],
      [2, "worker_created", "worker worker-00000001 created"],
      [3, "worker_input_accepted", "worker input accepted"],
      [4, "worker_created", "worker worker-00000002 created"],
    ],
  );
  assert.deepEqual(
    runtime.listWorkers().map((worker) => [worker.workerId, worker.transcriptLen, worker.lastEventId]),
    [
      ["worker-00000001", 1, 3],
      ["worker-00000002", 0, 4],
    ],
  );
});

const REFUSED = [
  [{ intent: { kind: "task", objective: "" } }, "intent.objective"],
  [{ intent: { kind: "task", objective: " \u3000" } }, "intent.objective"],
  [{ intent: { kind: "task" } }, "intent.objective"],
  [{ intent: { kind: "role", role: "\n" } }, "intent.role"],
  [{ intent: { kind: "role" } }, "intent.role"],
  [{ intent: { kind: "role", role: "r", purpose: null } }, "intent.purpose"],
  [{ intent: { kind: "other" } }, "intent.kind"],
  [{ intent: { kind: "toString" } }, "intent.kind"],
  [{ intent: { kind: 1 } }, "intent.kind"],
  [{ intent: {} }, "intent.kind"],
  [{ intent: "assistant" }, "intent"],
  [{ intent: null }, "intent"],
  [{ intent: [] }, "intent"],
  [{ intent: { kind: "assistant", objective: "x" } }, "intent.objective"],
  [{ intent: { kind: "task", objective: "x", purpose: "y" } }, "intent.purpose"],
  [{ profile: { kind: "builtin", value: "" } }, "profile.value"],
  [{ profile: { kind: "named", value: " " } }, "profile.value"],
  [{ profile: { kind: "named" } }, "profile.value"],
  [{ profile: { kind: "runtime_default", value: "x" } }, "profile.value"],
  [{ profile: { kind: "default" } }, "profile.kind"],
  [{ profile: null }, "profile"],
  [{ configBundle: { id: "" } }, "configBundle.id"],
  [{ configBundle: {} }, "configBundle.id"],
  [{ configBundle: { id: "x", version: 1 } }, "configBundle.version"],
  [{ configBundle: null }, "configBundle"],
  [{ configBundle: "x" }, "configBundle"],
  [{ requestedCapabilities: [{ name: "a" }, { name: " " }] }, "requestedCapabilities[1].name"],
  [{ requestedCapabilities: [{ name: "a", reason: 1 }] }, "requestedCapabilities[0].reason"],
  [{ requestedCapabilities: [{ reason: "x" }] }, "requestedCapabilities[0].name"],
  [{ requestedCapabilities: [{ name: "a", level: 2 }] }, "requestedCapabilities[0].level"],
  [{ requestedCapabilities: ["a"] }, "requestedCapabilities[0]"],
  [{ requestedCapabilities: [null] }, "requestedCapabilities[0]"],
  [{ requestedCapabilities: [[]] }, "requestedCapabilities[0]"],
  [{ requestedCapabilities: new Array(3) }, "requestedCapabilities[0]"],
  [{ requestedCapabilities: { length: 1, 0: { name: "a" } } }, "requestedCapabilities"],
  [{ requestedCapabilities: new Set() }, "requestedCapabilities"],
  [{ requestedCapabilities: null }, "requestedCapabilities"],
  [{ requestedCapabilities: "a" }, "requestedCapabilities"],
  [{ workspaceRefs: [{ name: "", reference: "x" }] }, "workspaceRefs[0].name"],
  [{ workspaceRefs: [{ name: "x" }] }, "workspaceRefs[0].reference"],
  [
    {
      mountRefs: [
        { name: "x", reference: "y" },
        { name: "\t", reference: "x" },
      ],
    },
    "mountRefs[1].name",
  ],
  [{ mountRefs: [{ name: "x", reference: null }] }, "mountRefs[0].reference"],
  [{ name: "x" }, "name"],
  [{ Intent: {} }, "Intent"],
  [{ intent: { kind: "assistant" }, "": 1 }, ""],
  [null, "request"],
  [[], "request"],
  ["x", "request"],
  [() => {}, "request"],
];

test("malformed requests are refused, say where, and leave no trace", async (t) => {
  const runtime = await openRuntime(t);
  await runtime.createWorker();
  const before = await everything(runtime);
  for (const [request, path] of REFUSED) {
    const error = await rejection(() => runtime.createWorker(request), "invalid_request", { path });
    assert.ok(error.message.includes(path), `${error.message} names ${path}`);
  }
  assert.deepEqual(await everything(runtime), before);
  assert.equal((await runtime.createWorker()).workerId, "worker-00000002");
});

test("the catalog keeps the order of creation", async (t) => {
  const runtime = await openRuntime(t);
  const purposes = Array.from({ length: 100 }, (_, i) => `p${i}`);
  await Promise.all(
    purposes.map((purpose) => runtime.createWorker({ intent: { kind: "assistant", purpose } })),
  );
  const workers = runtime.listWorkers();
  assert.deepEqual(
    workers.map((worker) => worker.intent.purpose),
    purposes,
  );
  await runtime.cancelWorker(workers[3].workerRef);
  assert.deepEqual(
    runtime.listWorkers().map((worker) => worker.workerId),
    workers.map((worker) => worker.workerId),
  );
});
