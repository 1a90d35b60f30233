import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "worker-runtime";
import { sendAfterTexts } from "./after-texts.mjs";
import { inFreshProcess } from "./fresh-process.mjs";
import { everything, openRuntime, rejection, thrown, user } from "./support.mjs";

const LONE = Array.from({ length: 0x800 }, (_, i) => String.fromCharCode(0xd800 + i));
const CONTEXTS = [
  (lone) => `a${lone}`,
  (lone) => `${lone}a`,
  (lone) => `\u{1f600}${lone}`,
  (lone) => `${lone}\u{1f600}`,
];

test("all 2,048 lone surrogates are refused in every position of a string", {
  timeout: 120_000,
}, async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const { runtimeId } = workerRef;
  const seen = await everything(runtime);
  const positions = {
    runtimeId: (text) => runtime.sendInput({ ...workerRef, runtimeId: text }, user("x")),
    workerId: (text) =>
      runtime.recordOutput({ ...workerRef, workerId: text }, { kind: "tool", content: "x" }),
    content: (text) => runtime.sendInput(workerRef, user(text)),
    operationId: (text) => runtime.sendInput(workerRef, user("x"), { operationId: text }),
    reason: (text) => runtime.stopWorker(workerRef, text),
    "intent.purpose": (text) => runtime.createWorker({ intent: { kind: "assistant", purpose: text } }),
    "intent.objective": (text) => runtime.createWorker({ intent: { kind: "task", objective: text } }),
    "intent.role": (text) => runtime.createWorker({ intent: { kind: "role", role: text } }),
    "profile.value": (text) => runtime.createWorker({ profile: { kind: "builtin", value: text } }),
    "configBundle.id": (text) => runtime.createWorker({ configBundle: { id: text } }),
    "requestedCapabilities[0].name": (text) =>
      runtime.createWorker({ requestedCapabilities: [{ name: text }] }),
    "requestedCapabilities[0].reason": (text) =>
      runtime.createWorker({ requestedCapabilities: [{ name: "n", reason: text }] }),
    "workspaceRefs[0].name": (text) =>
      runtime.createWorker({ workspaceRefs: [{ name: text, reference: "" }] }),
    "mountRefs[0].reference": (text) => runtime.createWorker({ mountRefs: [{ name: "n", reference: text }] }),
    displayName: (text) => Runtime.create({ displayName: text }),
  };
  const cursors = {
    readEvents: (text) => runtime.readEvents({ runtimeId: text, nextEventId: 1 }, 1),
    create: (text) => Runtime.create({ runtimeId: text }),
    transcriptProjection: (text) =>
      runtime.transcriptProjection({ runtimeId: text, workerId: "w" }, { start: 0, limit: 1 }),
  };
  for (const [i, lone] of LONE.entries()) {
    const surrounded = CONTEXTS[i % CONTEXTS.length](lone);
    for (const text of [lone, surrounded]) {
      for (const [path, call] of Object.entries(positions)) {
        await rejection(() => call(text), "invalid_request", { path });
      }
      for (const call of Object.values(cursors)) {
        await rejection(() => call(text), "invalid_request", { path: "runtimeId" });
      }
      thrown(() => runtime.workerDetail({ runtimeId, workerId: text }), "invalid_request", {
        path: "workerId",
      });
      thrown(() => runtime.subscribeEvents({ runtimeId: text, nextEventId: 1 }), "invalid_request", {
        path: "runtimeId",
      });
    }
  }
  assert.deepEqual(await everything(runtime), seen);
});

test("pairs of surrogates are characters like others", async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const pairs = LONE.slice(0, 0x400).map((high, i) => high + LONE[0x400 + ((i * 7) % 0x400)]);
  await Promise.all(pairs.map((pair) => runtime.sendInput(workerRef, user(pair))));
  const seen = [];
  for (let start = 0; start < pairs.length; start += 256) {
    const { items } = await runtime.transcriptProjection(workerRef, { start, limit: 256 });
    seen.push(...items.map((item) => item.content));
  }
  assert.deepEqual(seen, pairs);
});

const BEFORE = "a lone surrogate is refused whatever texts came before it, and however long its own is";

test(BEFORE, async (t) => {
  const runtime = await openRuntime(t);
  const { workerRef } = await runtime.createWorker();
  const accepted = await sendAfterTexts(runtime, workerRef);
  assert.equal(runtime.workerDetail(workerRef).transcriptLen, accepted);
});

test(`${BEFORE}, where texts are told apart as in Chromium`, () =>
  inFreshProcess(`
    const userAgent = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    Object.defineProperty(globalThis, "navigator", { configurable: true, value: { userAgent } });
    const { Runtime } = await import("worker-runtime");
    const { sendAfterTexts } = await import("./after-texts.mjs");
    const runtime = await Runtime.create();
    const { workerRef } = await runtime.createWorker();
    const accepted = await sendAfterTexts(runtime, workerRef);
    assert.equal(runtime.workerDetail(workerRef).transcriptLen, accepted);
  `));
