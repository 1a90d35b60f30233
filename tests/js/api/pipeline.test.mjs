import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, Runtime, StorageRejected } from "worker-runtime";
import { assertRefusal, internal, trapModule, user } from "./support.mjs";

const { moduleInstance } = await internal("core/loader.js");
const { randomToken } = await internal("core/entropy.js");
const { WorkerRequest } = await internal("core/workers.js");
const { Handle, STORED } = await internal("core/handle.js");
const { Engine } = await internal("engine.js");
const { fenced, lost } = await internal("pipeline/ended.js");
const { ASSISTANT, CANCEL, CREATE, Command, STOP, STOP_RUNTIME, USER } =
  await internal("pipeline/command.js");
const { Subscription } = await internal("subscription.js");

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A committer whose verdicts the test gives. */
class Committer {
  commits = [];
  closed = false;
  isClosing = false;
  abandoned = false;
  awaitedCalls = 0;
  work = null;
  urgentWork = null;

  nextToken() {
    return randomToken();
  }

  commit(token, ops) {
    assert.ok(!this.commits.some((commit) => !commit.decided), "one commit at a time");
    return new Promise((resolve) => {
      const commit = { token, ops, decided: false };
      commit.decide = (verdict) => {
        commit.decided = true;
        resolve(verdict);
      };
      this.commits.push(commit);
    });
  }

  idle() {
    const work = this.work;
    this.work = null;
    return work?.();
  }

  urgent() {
    const work = this.urgentWork;
    this.urgentWork = null;
    return work?.();
  }

  awaited() {
    this.awaitedCalls += 1;
  }

  closing() {
    this.isClosing = true;
  }

  abandon() {
    this.abandoned = true;
  }

  async close() {
    this.closed = true;
  }

  get last() {
    return this.commits.at(-1);
  }
}

async function stored(t) {
  const instance = await moduleInstance();
  const handle = Handle.create(instance, STORED, { runtimeId: `r-${Math.random()}` });
  handle.finish(randomToken());
  handle.merge();
  const committer = new Committer();
  const engine = new Engine({ handle, committer, records: null, durability: "memory" });
  t.after(() => {
    if (engine.ended === null) {
      committer.last?.decide({ kind: "undecided" });
      return engine.pipeline.close();
    }
  });
  const log = [];
  const follow = (name, promise) => {
    promise.then(
      (value) => log.push([name, value.eventId ?? value.lastEventId ?? value]),
      (error) => log.push([name, error.code, error.details.outcome].filter((part) => part !== undefined)),
    );
    return promise;
  };
  const submit = (name, code, fields = {}) => {
    const command = new Command(code);
    Object.assign(command, { runtimeId: handle.runtimeId, workerId: "worker-00000001" }, fields);
    const promise = follow(name, engine.pipeline.submit(command));
    promise.catch(() => {});
    return promise;
  };
  const create = (name) => submit(name, CREATE, { request: new WorkerRequest() });
  const say = (name, fields) => submit(name, USER, { text: name, ...fields });
  const apply = async () => {
    committer.last.decide({ kind: "applied" });
    await turn();
  };
  return { engine, handle, committer, log, submit, create, say, apply, instance };
}

const rejected = { kind: "rejected", cause: new StorageRejected("quota") };

test("nothing is visible or answered before the commit is applied", async (t) => {
  const { engine, handle, committer, log, create, apply } = await stored(t);
  const subscription = new Subscription(engine, {}, 2, undefined);
  const next = subscription.next().then(({ value }) => log.push(["event", value.id]));
  create("create");
  await turn();
  assert.equal(committer.commits.length, 1);
  assert.ok(committer.last.ops.length > 0);
  assert.deepEqual(log, []);
  assert.equal(handle.lastEventId(), 1);
  assert.deepEqual(handle.listWorkers(), []);
  await apply();
  await next;
  assert.deepEqual(log, [
    ["event", 2],
    ["create", 2],
  ]);
  assert.equal(handle.listWorkers().length, 1);
});

test("what is called while a commit is under way goes into the next one together, in order", async (t) => {
  const { committer, log, create, say, submit, apply } = await stored(t);
  create("create");
  await turn();
  for (let i = 0; i < 10; i++) {
    say(`say ${i}`);
  }
  submit("stop", STOP);
  say("too late");
  await turn();
  assert.equal(committer.commits.length, 1);
  await apply();
  assert.equal(committer.commits.length, 2);
  assert.deepEqual(log, [["create", 2]]);
  await apply();
  assert.deepEqual(log.slice(1), [
    ...Array.from({ length: 10 }, (_, i) => [`say ${i}`, 3 + i]),
    ["stop", 13],
    ["too late", "invalid_request"],
  ]);
  assert.equal(committer.commits.length, 2);
});

test("at most 256 mutations a commit", async (t) => {
  const { committer, create, say, apply } = await stored(t);
  create("create");
  await turn();
  await apply();
  const calls = Array.from({ length: 600 }, (_, i) => say(`${i}`));
  await turn();
  const sizes = [];
  while (!committer.last.decided) {
    const before = (await Promise.race([Promise.allSettled(calls), turn()])) === undefined;
    assert.ok(before);
    await apply();
    sizes.push(committer.commits.length);
  }
  assert.deepEqual(sizes, [3, 4, 4]);
  await Promise.all(calls);
});

test("at most 1 MiB a commit, a larger mutation alone", async (t) => {
  const { committer, create, say, apply, log } = await stored(t);
  create("create");
  await turn();
  await apply();
  const text = (length) => ({ text: "x".repeat(length) });
  say("a", text(400_000));
  say("b", text(400_000));
  say("c", text(400_000));
  say("large", text(3_000_000));
  say("d", text(10));
  await turn();
  const groups = [];
  while (!committer.last.decided) {
    const before = log.length;
    await apply();
    groups.push(log.slice(before).map(([name]) => name));
  }
  assert.deepEqual(
    groups.filter((group) => group.length > 0),
    [["a", "b"], ["c"], ["large"], ["d"]],
  );
});

test("a refusal that rests on an undecided mutation settles with it", async (t) => {
  const { committer, log, create, say, submit, apply } = await stored(t);
  say("before");
  create("create");
  submit("blank", ASSISTANT, { text: " " });
  await turn();
  assert.deepEqual(log, []);
  await apply();
  assert.deepEqual(log, [
    ["before", "worker_not_found"],
    ["create", 2],
    ["blank", "invalid_request"],
  ]);
  say("alone", { workerId: "nobody" });
  await turn();
  assert.deepEqual(log.at(-1), ["alone", "worker_not_found"], "one that rests on nothing settles at once");
  assert.equal(committer.commits.length, 1);
});

test("a rejected commit of one mutation fails it, and what rested on it runs anew", async (t) => {
  const { committer, log, create, say, handle } = await stored(t);
  create("create");
  say("said", { workerId: "nobody" });
  await turn();
  committer.last.decide(rejected);
  await turn();
  assert.deepEqual(log, [
    ["create", "storage_failed", "not_applied"],
    ["said", "worker_not_found"],
  ]);
  assert.equal(committer.commits.length, 1);
  assert.equal(handle.lastEventId(), 1);
  create("again");
  await turn();
  committer.last.decide({ kind: "applied" });
  await turn();
  assert.deepEqual(log.at(-1), ["again", 2]);
});

test("the host's error is the cause", async (t) => {
  const { committer, create } = await stored(t);
  const call = create("create");
  await turn();
  committer.last.decide(rejected);
  const error = await call.catch((reason) => reason);
  assertRefusal(error, "storage_failed", { outcome: "not_applied" });
  assert.equal(error.cause, rejected.cause);
});

test("a rejected commit of several: each is offered alone, in order, under a new token", async (t) => {
  const { committer, log, create, say, submit, apply } = await stored(t);
  create("create");
  await turn();
  await apply();
  say("one");
  say("two");
  submit("stop", STOP, { workerId: "nobody" });
  say("three");
  await turn();
  say("behind");
  committer.last.decide(rejected);
  await turn();
  assert.equal(committer.commits.length, 3);
  await apply();
  committer.last.decide(rejected);
  await turn();
  await apply();
  await apply();
  assert.deepEqual(log.slice(1), [
    ["one", 3],
    ["two", "storage_failed", "not_applied"],
    ["stop", "worker_not_found"],
    ["three", 4],
    ["behind", 5],
  ]);
  const tokens = committer.commits.map((commit) => commit.token);
  assert.equal(new Set(tokens).size, tokens.length);
  assert.equal(committer.commits.length, 6);
});

test("mutations that rested on the failed one are executed anew", async (t) => {
  const { committer, log, create, say, apply } = await stored(t);
  create("create");
  say("to it");
  await turn();
  committer.last.decide(rejected);
  await turn();
  committer.last.decide(rejected);
  await turn();
  assert.deepEqual(log, [
    ["create", "storage_failed", "not_applied"],
    ["to it", "worker_not_found"],
  ]);
  create("again");
  say("to it again");
  await turn();
  await apply();
  assert.deepEqual(log.slice(2), [
    ["again", 2],
    ["to it again", 3],
  ]);
});

test("a shared operation id: if the first fails, the second runs itself", async (t) => {
  const { committer, log, submit, apply } = await stored(t);
  submit("first", CREATE, { request: new WorkerRequest(), operationId: "op" });
  submit("second", CREATE, { request: new WorkerRequest(), operationId: "op" });
  await turn();
  committer.last.decide(rejected);
  await turn();
  assert.deepEqual(log, [["first", "storage_failed", "not_applied"]]);
  await apply();
  assert.deepEqual(log.at(-1), ["second", 2]);
});

test("a fence refuses what is under way, what waits and what comes later", async (t) => {
  for (const outcome of ["not_applied", "unknown"]) {
    const { engine, committer, log, create } = await stored(t);
    create("under way");
    await turn();
    create("waiting");
    committer.last.decide({ kind: "ended", ended: fenced("r"), outcome });
    await turn();
    create("later");
    await turn();
    assert.deepEqual(log, [
      ["under way", "storage_conflict", outcome],
      ["waiting", "storage_conflict", "not_applied"],
      ["later", "storage_conflict", "not_applied"],
    ]);
    assert.throws(() => engine.check(), { code: "storage_conflict" });
    await engine.pipeline.close();
    assert.ok(committer.closed);
    assert.throws(() => engine.check(), { code: "runtime_closed" });
  }
});

test("a fence that comes from elsewhere ends subscriptions with one rejection", async (t) => {
  const { engine, handle, log, create, committer } = await stored(t);
  const subscription = new Subscription(engine, {}, 2, undefined);
  const calls = [subscription.next(), subscription.next()];
  const outcomes = Promise.allSettled(calls);
  create("under way");
  await turn();
  engine.pipeline.end(lost("r", new Error("gone")), "unknown");
  const [first, second] = await outcomes;
  assertRefusal(first.reason, "storage_lost");
  assert.equal(first.reason.cause.message, "gone");
  assert.deepEqual(second.value, { value: undefined, done: true });
  assert.deepEqual(log, [["under way", "storage_lost", "unknown"]]);
  committer.last.decide({ kind: "applied" });
  await turn();
  assert.equal(handle.lastEventId(), 1, "nothing is published after the end");
  await engine.pipeline.close();
});

test("a caller that gives up: withdrawn while waiting, unknown once the storage has it", async (t) => {
  const { log, create, say, apply, handle } = await stored(t);
  create("create");
  await turn();
  await apply();
  const controller = new AbortController();
  const { signal } = controller;
  say("under way", { signal });
  say("with it");
  await turn();
  say("waiting", { signal });
  say("behind");
  controller.abort("why");
  await turn();
  assert.deepEqual(log.slice(1), [
    ["under way", "storage_failed", "unknown"],
    ["waiting", "storage_failed", "not_applied"],
  ]);
  await apply();
  await apply();
  assert.deepEqual(log.slice(3), [
    ["with it", 4],
    ["behind", 5],
  ]);
  assert.equal(handle.lastEventId(), 5, "the effect of the one under way appeared with its commit");
});

test("one that was given up in a commit that is refused is not offered again", async (t) => {
  const { committer, log, create, say, apply, handle } = await stored(t);
  create("create");
  await turn();
  await apply();
  const controller = new AbortController();
  say("given up", { signal: controller.signal });
  say("kept");
  await turn();
  controller.abort();
  committer.last.decide(rejected);
  await turn();
  await apply();
  assert.deepEqual(log.slice(1), [
    ["given up", "storage_failed", "unknown"],
    ["kept", 3],
  ]);
  assert.equal(handle.lastEventId(), 3);
});

test("close completes what was called before, in several commits, and refuses what comes later", async (t) => {
  const { engine, committer, log, create, say } = await stored(t);
  create("create");
  await turn();
  say("waiting");
  const closing = engine.pipeline.close();
  assert.ok(committer.isClosing);
  say("later");
  committer.last.decide({ kind: "applied" });
  await turn();
  assert.equal(committer.commits.length, 2);
  assert.equal(committer.closed, false);
  committer.last.decide({ kind: "applied" });
  await closing;
  assert.ok(committer.closed);
  assert.deepEqual(log, [
    ["later", "runtime_closed"],
    ["create", 2],
    ["waiting", 3],
  ]);
});

test("close with a commit that stays undecided: unknown, and what waited was not applied", async (t) => {
  const { engine, committer, log, create } = await stored(t);
  create("under way");
  await turn();
  create("waiting");
  const closing = engine.pipeline.close();
  committer.last.decide({ kind: "undecided" });
  await closing;
  assert.deepEqual(log, [
    ["under way", "storage_failed", "unknown"],
    ["waiting", "storage_failed", "not_applied"],
  ]);
  assert.equal(committer.commits.length, 1);
});

test("background work runs while nobody waits, one piece after another, and holds mutations up", async (t) => {
  const { engine, committer, log, create } = await stored(t);
  let finish;
  committer.work = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  engine.pipeline.resume();
  await turn();
  assert.equal(typeof finish, "function");
  create("create");
  await turn();
  assert.equal(committer.commits.length, 0);
  finish();
  await turn();
  assert.equal(committer.commits.length, 1);
  committer.last.decide({ kind: "applied" });
  await turn();
  assert.deepEqual(log, [["create", 2]]);
});

test("urgent work goes before the mutations that wait", async (t) => {
  const { committer, log, create, apply } = await stored(t);
  let finish;
  committer.urgentWork = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  create("first");
  await turn();
  assert.equal(committer.commits.length, 0);
  create("second");
  assert.equal(committer.awaitedCalls, 1);
  finish();
  await turn();
  await apply();
  assert.deepEqual(log, [
    ["first", 2],
    ["second", 3],
  ]);
  assert.equal(committer.commits.length, 1);
});

test("every kind of command in one commit", async (t) => {
  const { committer, log, create, say, submit, apply } = await stored(t);
  create("create");
  say("input");
  submit("output", ASSISTANT, { text: "out" });
  create("second");
  submit("cancel", CANCEL, { text: "r" });
  submit("stop", STOP, {});
  submit("stop runtime", STOP_RUNTIME);
  submit("again", STOP_RUNTIME);
  await turn();
  assert.equal(committer.commits.length, 1);
  await apply();
  assert.deepEqual(log, [
    ["create", 2],
    ["input", 3],
    ["output", 4],
    ["second", 5],
    ["cancel", 6],
    ["stop", 6],
    ["stop runtime", 7],
    ["again", 7],
  ]);
});

test("a trap while a commit is under way: unknown at once, and close does not wait for ever", async (t) => {
  const { engine, committer, log, create } = await stored(t);
  create("under way");
  await turn();
  create("waiting");
  await trapModule();
  await turn();
  assert.deepEqual(log, [
    ["under way", "runtime_poisoned", "unknown"],
    ["waiting", "runtime_poisoned", "unknown"],
  ]);
  assert.ok(committer.abandoned);
  const closing = engine.pipeline.close();
  committer.last.decide({ kind: "undecided" });
  await closing;
  assert.ok(committer.closed);
});

test("what does not go into one commit is not sent over and over", async (t) => {
  const { boundary } = await moduleInstance();
  const { execute } = boundary;
  let sent = 0;
  boundary.execute = (handle, textBytes, now) => {
    sent += textBytes;
    return execute(handle, textBytes, now);
  };
  t.after(() => {
    boundary.execute = execute;
  });
  const runtime = await Runtime.open({ storage: memoryStorage() });
  t.after(() => runtime.close());
  const { workerRef } = await runtime.createWorker();
  const count = 60;
  for (const [letter, bytes] of [
    ["x", 1],
    ["字", 3],
    ["🦀", 4],
  ]) {
    const content = letter.repeat(100_000 / letter.length);
    const said = count * content.length * (bytes / letter.length);
    sent = 0;
    await Promise.all(Array.from({ length: count }, () => runtime.sendInput(workerRef, user(content))));
    assert.ok(sent >= said && sent < said * 1.5, `${letter}: ${sent} bytes were sent for ${said}`);
  }
});
