/** SPEC 6, "Opening", (a) to (d), and politeness. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import {
  altered,
  contents,
  deferred,
  idle,
  loss,
  open,
  pause,
  planned,
  quota,
  regrouped,
  rejection,
  says,
  snapshot,
  until,
  watched,
} from "./support.mjs";

const start = (storage, options) => Runtime.open({ storage, runtimeId: "r", ...options });

/** A storage in which "r" exists, with one Worker that was told `texts`. */
async function existing(texts = ["one"]) {
  const storage = memoryStorage();
  const runtime = await start(storage);
  const { workerRef } = await runtime.createWorker();
  for (const text of texts) {
    await runtime.sendInput(workerRef, says(text));
  }
  await runtime.close();
  return { storage, workerRef };
}

test("(a) `head()` is asked first; null creates with `from: null`", async (t) => {
  const storage = planned();
  await open(t, storage);
  assert.deepEqual(
    storage.calls.slice(0, 3).map(({ method }) => method),
    ["open", "head", "commit"],
  );
  assert.equal(storage.commits()[0].from, null);
});

test("(a) with `create: false` a store that is not there is storage_missing, and nothing is written", async () => {
  const storage = planned();
  await rejection(() => start(storage, { create: false }), "storage_missing", { runtimeId: "r" });
  assert.equal(storage.count("commit"), 0);
  assert.equal(storage.count("close"), 1);
  assert.deepEqual(await storage.list(), []);
});

test("(b) the root record alone is read before the takeover", async (t) => {
  const { storage: inner } = await existing();
  const storage = planned({}, inner);
  await open(t, storage, { create: false });
  const methods = storage.calls.map(({ method }) => method);
  assert.deepEqual(methods.slice(0, 4), ["open", "head", "read", "commit"]);
  const { gte, lt } = storage.calls[2].argument;
  assert.deepEqual([gte, lt], ["root", "root!"]);
});

test("(c) the takeover is a commit from that head that writes at most the root record", async (t) => {
  const { storage: inner } = await existing();
  const { head } = await snapshot(inner);
  const storage = planned({}, inner);
  await open(t, storage);
  const [takeover] = storage.commits();
  assert.equal(takeover.from, head);
  assert.deepEqual(
    takeover.ops.map(([key]) => key),
    ["root"],
  );
});

/** Moves the head of "r" the way a rival's takeover does. */
async function moveHead(inner) {
  const rival = await Runtime.open({ storage: inner, runtimeId: "r" });
  await rival.close();
}

test("(b) a misfit counts only if the head is the same before and after", async (t) => {
  const { storage: inner, workerRef } = await existing();
  const plan = {};
  const storage = planned(plan, inner);
  let broken = 2;
  plan.read = async (range, next) => {
    const records = await next();
    if (range.gte === "root" && broken-- > 0) {
      await moveHead(inner);
      return broken === 1 ? [] : records.map(([key, value]) => [key, value.map((byte) => byte ^ 1)]);
    }
    return records;
  };
  const runtime = await open(t, storage);
  assert.deepEqual(await contents(runtime, workerRef), ["one"]);
});

test("(b) a misfit with the same head is told, and nothing is overwritten", async () => {
  const { storage } = await existing();
  for (const [name, change, code] of [
    ["missing", (records) => records.delete("root"), "storage_missing"],
    ["flipped", (records) => (records.get("root")[20] ^= 1), "storage_corrupt"],
    ["cut", (records) => records.set("root", records.get("root").slice(0, 30)), "storage_corrupt"],
    ["empty", (records) => records.set("root", new Uint8Array(0)), "storage_corrupt"],
  ]) {
    const copy = await altered(storage, change);
    const before = await snapshot(copy);
    await rejection(() => start(copy), code, { key: "root" });
    await rejection(() => start(copy, { takeover: true, acceptLoss: true }), code, { key: "root" });
    assert.deepEqual(await snapshot(copy), before, name);
  }
});

test("(b) another runtime's root record is a misfit", async () => {
  const { storage } = await existing();
  const { head, records } = await snapshot(storage);
  const other = memoryStorage();
  const store = await other.open("s");
  const ops = records.map(([key, value]) => [key, new Uint8Array(Buffer.from(value, "base64"))]);
  await store.commit({ from: null, to: head, ops });
  await rejection(() => start(other, { runtimeId: "s" }), "storage_corrupt", { key: "root" });
  assert.equal(await store.head(), head);
});

test("(b) a head that no runtime has made is told, and stays", async () => {
  const storage = memoryStorage();
  const store = await storage.open("r");
  const { storage: other } = await existing();
  const { records } = await snapshot(other);
  const ops = records.map(([key, value]) => [key, new Uint8Array(Buffer.from(value, "base64"))]);
  await store.commit({ from: null, to: "somebody else's", ops });
  await rejection(() => start(storage), "storage_corrupt");
  assert.equal(await store.head(), "somebody else's");
});

test("(c) any answer but `to` means that somebody was faster: back to (a), never storage_conflict", async (t) => {
  const { storage: inner, workerRef } = await existing();
  const plan = {};
  const storage = planned(plan, inner);
  let rivals = 5;
  plan.commit = async (_commit, next) => {
    if (rivals-- > 0) {
      await moveHead(inner);
    }
    return next();
  };
  const runtime = await open(t, storage);
  const froms = storage.commits().map(({ from }) => from);
  assert.equal(new Set(froms).size, 6, "each takeover is from the head found then");
  await runtime.sendInput(workerRef, says("two"));
  assert.deepEqual(await contents(runtime, workerRef), ["one", "two"]);
});

test("(c) this holds for a lost creation too", async (t) => {
  const inner = memoryStorage();
  const plan = {};
  const storage = planned(plan, inner);
  let first = true;
  plan.commit = async (_commit, next) => {
    if (first) {
      first = false;
      await moveHead(inner);
    }
    return next();
  };
  const runtime = await open(t, storage, { displayName: "loser" });
  assert.equal(runtime.summary().displayName, undefined, "the winner's name is kept");
  assert.equal(storage.commits()[0].from, null);
  assert.notEqual(storage.commits()[1].from, null);
  assert.equal((await runtime.readEvents(runtime.eventCursorFromStart(), 10)).events.length, 1);
});

test("(c) a store that is deleted meanwhile is created", async (t) => {
  const { storage: inner } = await existing();
  const plan = {};
  const storage = planned(plan, inner);
  let first = true;
  plan.commit = async (_commit, next) => {
    if (first) {
      first = false;
      await inner.delete("r");
    }
    return next();
  };
  const runtime = await open(t, storage);
  assert.equal(runtime.listWorkers().length, 0);
});

test("(c) somebody is always faster: it goes on until the signal aborts", async () => {
  const { storage: inner } = await existing();
  const plan = {};
  const storage = planned(plan, inner);
  plan.commit = async (_commit, next) => {
    await moveHead(inner);
    return next();
  };
  const giveUp = new AbortController();
  const opening = watched(start(storage, { signal: giveUp.signal }));
  await until(() => storage.count("commit") > 4, "several attempts");
  assert.equal(opening.status, "pending");
  giveUp.abort(new Error("enough"));
  const error = await rejection(() => opening.promise, "storage_failed");
  assert.equal(error.cause.message, "enough");
  const attempts = storage.count("commit");
  await pause(60);
  assert.ok(storage.count("commit") <= attempts + 1, "nothing goes on in the background");
  await until(() => storage.count("close") === 1, "letting go of the store");
});

test("(d) only then the rest is read and verified; a store refused there has changed in its head and root record only", async () => {
  const storage = memoryStorage();
  const runtime = await start(storage);
  const { workerRef } = await runtime.createWorker();
  for (let i = 0; i < 7; i++) {
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => runtime.sendInput(workerRef, says(`${n} ${"q".repeat(900)}`))),
    );
  }
  await regrouped();
  await runtime.sendInput(workerRef, says("tail"));
  await runtime.close();
  const { records } = await snapshot(storage);
  const kinds = new Set(records.map(([key]) => key.split("/")[0]));
  assert.ok(
    ["c", "d", "w", "root"].every((kind) => kinds.has(kind)),
    `${[...kinds]}`,
  );
  for (const kind of ["c", "d", "w"]) {
    const key = records.filter(([found]) => found.startsWith(`${kind}/`)).at(-1)[0];
    for (const [name, change] of [
      ["flipped", (map) => (map.get(key)[map.get(key).length >> 1] ^= 4)],
      ["missing", (map) => map.delete(key)],
    ]) {
      const copy = await altered(storage, change);
      const before = await snapshot(copy);
      const error = await start(copy).then(
        () => assert.fail(`${key} ${name} was not noticed`),
        (reason) => reason,
      );
      assert.ok(["storage_corrupt", "storage_missing"].includes(error.code), `${key} ${name}: ${error.code}`);
      assert.equal(typeof error.details.key, "string");
      const after = await snapshot(copy);
      const rest = ({ records: all }) => all.filter(([found]) => found !== "root");
      assert.deepEqual(rest(after), rest(before), `${key} ${name}`);
      assert.notEqual(after.head, before.head);
    }
  }
});

test("(d) a rival in between: storage_conflict, and never corrupt or missing", async () => {
  const { storage: inner } = await existing();
  const plan = {};
  const storage = planned(plan, inner);
  plan.read = async (range, next) => {
    if (range.gte !== "root") {
      await moveHead(inner);
      return [];
    }
    return next();
  };
  await rejection(() => start(storage), "storage_conflict");
  assert.equal(storage.count("close"), 1);
});

test("an unknown outcome of a creation or a takeover is offered again", async (t) => {
  for (const applied of [false, true]) {
    const inner = memoryStorage();
    for (const from of ["nothing", "something"]) {
      const plan = {};
      const storage = planned(plan, inner);
      let unknown = 2;
      plan.commit = async (_commit, next) => {
        if (unknown-- > 0) {
          if (applied) {
            await next();
          }
          throw new Error("unknown");
        }
        return next();
      };
      const runtime = await open(t, storage);
      const commits = storage.commits();
      assert.equal(commits.length, 3);
      assert.equal(new Set(commits.map(({ to }) => to)).size, 1, `${from}, ${applied}: the very same commit`);
      assert.equal(commits[0].from === null, from === "nothing");
      assert.equal((await runtime.readEvents(runtime.eventCursorFromStart(), 9)).events.length, 1);
      await runtime.close();
    }
  }
});

test("an undecided creation whose store is seen absent is offered again under a new `to`", async (t) => {
  const inner = memoryStorage();
  const plan = {};
  const storage = planned(plan, inner);
  let first = true;
  plan.commit = async (_commit, next) => {
    if (first) {
      first = false;
      await next();
      await inner.delete("r");
      throw new Error("unknown");
    }
    return next();
  };
  const runtime = await open(t, storage);
  const tos = storage.commits().map(({ to }) => to);
  assert.equal(tos[0], tos[1]);
  assert.notEqual(tos[1], tos[2]);
  assert.equal(await storage.list().then((ids) => ids.length), 1);
  await runtime.createWorker();
});

test("on abort while the outcome is unknown: storage_failed, outcome unknown, the reason as cause", async () => {
  for (const fate of [() => new Promise(() => {}), () => Promise.reject(new Error("unknown"))]) {
    for (const prepare of [async () => memoryStorage(), async () => (await existing()).storage]) {
      const plan = { commit: fate };
      const storage = planned(plan, await prepare());
      const giveUp = new AbortController();
      const opening = start(storage, { signal: giveUp.signal });
      await until(() => storage.count("commit") > 0, "the commit");
      giveUp.abort("reason");
      const error = await rejection(() => opening, "storage_failed", { outcome: "unknown" });
      assert.equal(error.cause, "reason");
      await until(() => storage.count("close") === 1, "letting go of the store");
      const offered = storage.count("commit");
      await pause(40);
      assert.equal(storage.count("commit"), offered, "nothing is offered again");
    }
  }
});

test("the signal aborts at any other stage", async () => {
  const { storage: inner } = await existing();
  for (const method of ["head", "read"]) {
    const storage = planned({ [method]: () => new Promise(() => {}) }, inner);
    const giveUp = new AbortController();
    const opening = start(storage, { signal: giveUp.signal });
    await until(() => storage.count(method) > 0, method);
    giveUp.abort("reason");
    const error = await rejection(() => opening, "storage_failed");
    assert.equal(error.cause, "reason", method);
  }
});

test("after it has opened, the signal does nothing", async (t) => {
  const giveUp = new AbortController();
  const runtime = await open(t, memoryStorage(), { signal: giveUp.signal });
  giveUp.abort();
  await runtime.createWorker();
});

test("a creation or takeover that is rejected gives storage_failed, not applied, and leaves nothing", async () => {
  for (const prepare of [async () => memoryStorage(), async () => (await existing()).storage]) {
    const inner = await prepare();
    const before = await snapshot(inner);
    const host = quota();
    const storage = planned({ commit: () => Promise.reject(host) }, inner);
    const error = await rejection(() => start(storage), "storage_failed", { outcome: "not_applied" });
    assert.equal(error.cause, host);
    assert.equal(storage.count("commit"), 1);
    assert.equal(storage.count("close"), 1);
    assert.deepEqual(await snapshot(inner), before);
  }
});

test("`head` and `read` that reject or time out give storage_failed with the cause, not retried", async () => {
  const { storage: inner } = await existing();
  for (const method of ["head", "read"]) {
    const host = new Error("disk");
    const rejecting = planned({ [method]: () => Promise.reject(host) }, inner);
    assert.equal((await rejection(() => start(rejecting), "storage_failed")).cause, host, method);
    assert.equal(rejecting.count(method), 1);
    assert.equal(rejecting.count("close"), 1);
    const silent = planned({ [method]: () => new Promise(() => {}) }, inner);
    await rejection(() => start(silent, { storageTimeoutMs: 20 }), "storage_failed");
    assert.equal(silent.count("close"), 1);
  }
});

test("`open` that rejects gives storage_failed with the cause", async () => {
  for (const host of [new Error("denied"), quota(), "a string", undefined]) {
    const storage = planned({ open: () => Promise.reject(host) });
    assert.equal((await rejection(() => start(storage), "storage_failed")).cause, host);
  }
  const throwing = planned({
    open: () => {
      throw new Error("at the call");
    },
  });
  await rejection(() => start(throwing), "storage_failed");
});

test("`open` that gives no store gives storage_failed", async () => {
  for (const nonsense of [undefined, null, 5, {}, { head() {} }]) {
    await rejection(() => start(planned({ open: async () => nonsense })), "storage_failed");
  }
});

test("what `open` gave that is no store is let go of all the same, so that it holds nobody up", async () => {
  for (const broken of [
    { read: undefined },
    { commit: 7 },
    {
      get durability() {
        throw new Error("no word");
      },
    },
  ]) {
    let closed = 0;
    const methods = { head() {}, read() {}, commit() {} };
    const close = async () => {
      closed += 1;
    };
    const opened = Object.defineProperties({ ...methods, close }, Object.getOwnPropertyDescriptors(broken));
    await rejection(() => start(planned({ open: async () => opened })), "storage_failed");
    await idle();
    assert.equal(closed, 1);
  }
});

test("`open` that is not answered at all gives storage_failed", async () => {
  const storage = planned({ open: () => new Promise(() => {}) });
  await rejection(() => start(storage, { storageTimeoutMs: 20 }), "storage_failed");
  await rejection(() => start(storage, { storageTimeoutMs: 20, takeover: true }), "storage_failed");
});

test("politeness: a living holder is waited for, also longer than storageTimeoutMs", async (t) => {
  const holder = deferred();
  const storage = planned({
    open: ({ options }, next) => (options?.readOnly ? next() : holder.promise.then(next)),
  });
  const opening = watched(open(t, storage, { storageTimeoutMs: 15 }));
  await pause(100);
  assert.equal(opening.status, "pending");
  holder.resolve();
  assert.equal((await opening.promise).status(), "running");
});

test("politeness: until the signal aborts (storage_locked, the signal's reason as cause)", async () => {
  const storage = planned({
    open: ({ options }) =>
      new Promise((_resolve, reject) => {
        options.signal.addEventListener("abort", () => reject(options.signal.reason));
      }),
  });
  const giveUp = new AbortController();
  const opening = start(storage, { signal: giveUp.signal });
  await idle();
  const reason = new Error("not today");
  giveUp.abort(reason);
  assert.equal((await rejection(() => opening, "storage_locked")).cause, reason);
  const late = await rejection(() => start(memoryStorage(), { signal: giveUp.signal }), "storage_locked");
  assert.equal(late.cause, reason);
});

test("politeness: a storage that does not heed the signal is given up all the same, and closed when it comes", async () => {
  const holder = deferred();
  const late = { closed: 0 };
  const storage = planned({ open: () => holder.promise });
  const giveUp = new AbortController();
  const opening = start(storage, { signal: giveUp.signal });
  await idle();
  giveUp.abort("reason");
  assert.equal((await rejection(() => opening, "storage_locked")).cause, "reason");
  holder.resolve({
    close: async () => {
      late.closed += 1;
    },
  });
  await until(() => late.closed === 1, "the late store to be closed");
});

test("politeness: `takeover: true` is told to the storage", async (t) => {
  const storage = planned();
  await open(t, storage, { takeover: true });
  assert.equal(storage.calls[0].argument.options.takeover, true);
  const polite = planned();
  await open(t, polite);
  assert.ok(!polite.calls[0].argument.options.takeover);
});

test("loss: `open`, `head` or `commit` that report it give storage_lost, and nothing is written", async () => {
  const { storage: inner } = await existing();
  const before = await snapshot(inner);
  for (const method of ["open", "head", "read", "commit"]) {
    const host = loss();
    const storage = planned({ [method]: () => Promise.reject(host) }, inner);
    assert.equal((await rejection(() => start(storage), "storage_lost")).cause, host, method);
    assert.deepEqual(await snapshot(inner), before);
    // A store that is lost for good stays so.
    await rejection(() => start(storage, { acceptLoss: true }), "storage_lost");
  }
});

test("loss: `acceptLoss` opens what is there and records a warning diagnostic, which stays", async (t) => {
  for (const method of ["open", "head", "read", "commit"]) {
    const { storage: inner, workerRef } = await existing(["kept"]);
    let reports = 1;
    const plan = { [method]: (_argument, next) => (reports-- > 0 ? Promise.reject(loss()) : next()) };
    const storage = planned(plan, inner);
    const runtime = await open(t, storage, { acceptLoss: true });
    const [, , warning] = runtime.diagnostics();
    assert.equal(warning.code, "storage.loss_accepted", method);
    assert.equal(warning.severity, "warning");
    assert.deepEqual(await contents(runtime, workerRef), ["kept"]);
    const diagnostics = runtime.diagnostics();
    const later = await Runtime.open({ storage: inner, runtimeId: "r" });
    assert.deepEqual(later.diagnostics(), diagnostics, "it is stored before the opening is over");
    await later.close();
  }
});

test("loss: what has vanished is never silently started over; with `acceptLoss` it begins anew and says so", async (t) => {
  let reports = 1;
  const plan = { head: (_argument, next) => (reports-- > 0 ? Promise.reject(loss()) : next()) };
  const storage = planned(plan);
  await rejection(() => start(storage), "storage_lost");
  assert.deepEqual(await storage.list(), []);
  reports = 1;
  const runtime = await open(t, storage, { acceptLoss: true });
  assert.deepEqual(
    runtime.diagnostics().map(({ code }) => code),
    ["storage.loss_accepted"],
  );
  assert.equal((await runtime.readEvents(runtime.eventCursorFromStart(), 9)).events.length, 1);
});

test("many openings at once: one runtime in the end, nothing lost, nobody poisoned", async (t) => {
  const storage = memoryStorage();
  const opened = await Promise.allSettled(Array.from({ length: 12 }, () => start(storage)));
  const runtimes = opened.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
  for (const { reason } of opened.filter(({ status }) => status === "rejected")) {
    assert.equal(reason.code, "storage_conflict", "taken over while it read");
  }
  const acked = [];
  for (const runtime of runtimes) {
    await runtime.createWorker().then(
      ({ workerId }) => acked.push(workerId),
      (error) => assert.equal(error.code, "storage_conflict"),
    );
  }
  assert.equal(acked.length, 1, "one winner");
  const later = await open(t, storage);
  assert.equal(later.listWorkers().length, 1);
  await Promise.all(runtimes.map((runtime) => runtime.close()));
});

test("what a Worker of a restored runtime is not called is not found, in whatever order ids are asked for", async (t) => {
  const storage = memoryStorage();
  const before = await start(storage);
  const refs = [];
  for (let at = 0; at < 2_000; at++) refs.push(before.createWorker());
  const created = await Promise.all(refs);
  await before.close();
  const runtime = await open(t, storage);
  const detail = (workerId) => runtime.workerDetail({ runtimeId: "r", workerId });
  const nobody = [
    ...["worker-000007d1", "worker-00000000", "worker-1", "worker-0000000001", "worker-000007D0"],
    ...[
      "worker--0000001",
      "worker-00000001 ",
      "worker-00000001x",
      "wurker-00000001",
      "worker-1e300",
      "worker-",
    ],
    ...["", "length", "__proto__"],
  ];
  for (const workerId of nobody) {
    assert.throws(() => detail(workerId), { code: "worker_not_found" }, workerId);
  }
  for (const at of [1_999, 0, 1_000, 15, 16]) {
    assert.equal(detail(created[at].workerId).workerId, created[at].workerId);
  }
  for (const workerId of nobody) {
    await rejection(() => runtime.sendInput({ runtimeId: "r", workerId }, says("x")), "worker_not_found");
  }
  assert.deepEqual(
    runtime.listWorkers().map(({ workerId }) => workerId),
    created.map(({ workerId }) => workerId),
  );
});
