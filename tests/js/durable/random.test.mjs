/**
 * A runtime on a storage that fails, hangs and answers late, reopened and taken over again and again, against a
 * memory-backed one that is told what was acknowledged.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { faultyStorage } from "worker-runtime/testing";
import { everything, pause, planned, random, seedOf } from "./support.mjs";

const RUNS = Number(process.env.RUNS ?? 3);
const ROUNDS = 40;

/** Times are those of the two clocks; the backends differ by nature. */
function comparable(state) {
  const { backend: _backend, durability: _durability, ...summary } = state.summary;
  const timeless = JSON.parse(JSON.stringify({ ...state, summary }), (key, value) =>
    key === "recordedAt" ? 0 : value,
  );
  return timeless;
}

/** Whatever is asked of a storage that fails is asked until it answers. */
async function eventually(call) {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (error.code !== "storage_failed" || tries === 400) {
        throw error;
      }
    }
  }
}

/** A runtime whose pages are asked for until they come. */
function patient(runtime) {
  const again = ["transcriptProjection", "readEvents"];
  return new Proxy(runtime, {
    get(target, name) {
      const method = target[name];
      if (typeof method !== "function") {
        return method;
      }
      return again.includes(name)
        ? (...args) => eventually(() => target[name](...args))
        : method.bind(target);
    },
  });
}

/** The next mutation, as a function of the runtime that it is done to. */
function mutation(draw, workers, operations) {
  const pick = (list) => list[Math.floor(draw() * list.length)];
  const workerId =
    draw() < 0.03
      ? "worker-00ffffff"
      : `worker-${(1 + Math.floor(draw() * (workers + 1))).toString(16).padStart(8, "0")}`;
  const ref = { runtimeId: draw() < 0.02 ? "other" : "r", workerId };
  const operationId =
    draw() < 0.4 ? (draw() < 0.3 && operations.length > 0 ? pick(operations) : `op ${draw()}`) : undefined;
  if (operationId !== undefined) {
    operations.push(operationId);
  }
  const options = operationId === undefined ? undefined : { operationId };
  const text = draw() < 0.02 ? " " : `${draw()} ${"é".repeat(Math.floor(draw() ** 8 * 60_000))}`;
  const kind = draw();
  if (kind < 0.1) {
    const request = pick([
      undefined,
      { intent: { kind: "task", objective: text } },
      { configBundle: { id: "b" } },
    ]);
    return (runtime) => runtime.createWorker(request, options);
  }
  if (kind < 0.6) {
    const input = { kind: pick(["user", "system"]), content: text };
    return (runtime) => runtime.sendInput(ref, input, options);
  }
  if (kind < 0.96) {
    const output = { kind: pick(["assistant", "tool"]), content: text };
    return (runtime) => runtime.recordOutput(ref, output, options);
  }
  const reason = pick([undefined, "", "because"]);
  const method = pick(["stopWorker", "cancelWorker"]);
  return (runtime) => runtime[method](ref, reason, options);
}

const outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    (error) => ({ code: error.code, details: error.details }),
  );

/** Checks of every commit that a storage is offered: a token names one commit's bytes for ever. */
function tokensOf(inner) {
  const bytes = new Map();
  const commit = (offered, next) => {
    const { from, to, ops } = offered;
    const text = JSON.stringify([
      from,
      ops.map(([key, value]) => [key, value && Buffer.from(value).toString("latin1")]),
    ]);
    assert.equal(bytes.get(to) ?? text, text, `${to} has two meanings`);
    bytes.set(to, text);
    return next();
  };
  return planned({ commit }, inner);
}

async function run(seed, disturbed) {
  const draw = random(seed);
  const inner = tokensOf(memoryStorage());
  const faults = { seed: Math.floor(draw() * 2 ** 31), rate: 0.15, lateMs: 12, slowMs: 1 };
  const faulty = faultyStorage(inner, faults);
  const open = () =>
    eventually(() =>
      Runtime.open({
        storage: faulty,
        runtimeId: "r",
        storageTimeoutMs: 6,
        cacheBytes: draw() < 0.5 ? 0 : 100_000,
      }),
    );
  let runtime = await open();
  const model = await Runtime.create({ runtimeId: "r" });
  const operations = [];
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const workers = model.listWorkers().length;
    const calls = Array.from({ length: 1 + Math.floor(draw() ** 3 * 120) }, () =>
      mutation(draw, workers, operations),
    );
    const answers = await Promise.all(calls.map((call) => outcome(call(runtime))));
    for (const [i, call] of calls.entries()) {
      const answer = answers[i];
      if (answer.code === "storage_failed") {
        assert.equal(answer.details.outcome, "not_applied", "nobody gave up, so nothing stays unknown");
        refused += 1;
      } else {
        assert.deepEqual(answer, await outcome(call(model)), `round ${round}, call ${i}`);
      }
    }
    const fate = draw();
    if (fate < 0.15) {
      await runtime.close();
      runtime = await open();
    } else if (fate < 0.3) {
      const old = runtime;
      runtime = await open();
      if (disturbed) {
        await pause(1);
      }
      await assert.rejects(
        eventually(() => old.createWorker()),
        { code: "storage_conflict" },
      );
      await old.close();
    }
    if (draw() < 0.3 || round === ROUNDS - 1) {
      assert.deepEqual(
        comparable(await everything(patient(runtime))),
        comparable(await everything(model)),
        `round ${round}`,
      );
    }
  }
  await runtime.close();
  const sound = await Runtime.open({ storage: inner, runtimeId: "r", cacheBytes: 0 });
  assert.deepEqual(comparable(await everything(sound)), comparable(await everything(model)));
  const copies = memoryStorage();
  await Runtime.importLines(copies, sound.exportLines());
  const copy = await Runtime.open({ storage: copies, runtimeId: "r" });
  assert.deepEqual(comparable(await everything(copy)), comparable(await everything(model)));
  await Promise.all([copy.close(), sound.close()]);
  const counts = { events: model.eventCursorNow().nextEventId - 1, refused };
  await model.close();
  return counts;
}

test("what was acknowledged is there, in order, and nothing else", {
  timeout: 60_000 + RUNS * 60_000,
}, async (t) => {
  const seed = seedOf(t, "random");
  for (let i = 0; i < RUNS; i++) {
    const counts = await run(seed + i, true);
    t.diagnostic(`seed ${seed + i}: ${JSON.stringify(counts)}`);
  }
});
