import { Call } from "./call.mjs";
import { Random } from "./random.mjs";
import { Owner, TIMEOUT_MS } from "./surroundings.mjs";
import { hashOf, Trace } from "./trace.mjs";
import * as words from "./words.mjs";

/** After so long without a mutation a runtime does what can wait; so often it asks whose the store is. */
const QUIET_MS = 1_000;
const TICK_MS = 4_000;

/**
 * One runtime of the package in its slot: what callers and the store see of it goes into the trace. What it is asked for,
 * and when its calls are answered, is up to whoever has it.
 */
export class Member extends Owner {
  /** At which its stores are used. */
  sizes;
  #slot;
  #shared;
  #cacheBytes;
  #runtime = null;
  #loses;
  /** No call is to be expected any more: it is closing, or has ended. */
  #ended = false;
  #isGone = false;
  #isLetGo = false;
  /** What was called nevertheless. */
  #misused = null;
  #trace;
  #calls = [];
  #subscription = null;
  #cursor = 1;

  constructor(shared, slot, tokens, { cacheBytes, sizes }, losesFirst) {
    super(new Random(BigInt(`0x${tokens}`)), (delay) => {
      if (delay !== QUIET_MS && delay !== TICK_MS) {
        this.#trace.call(`pause ${slot} ${Math.floor(delay)}`);
      }
    });
    this.sizes = sizes;
    this.#slot = slot;
    this.#shared = shared;
    this.#trace = shared.trace;
    this.#cacheBytes = cacheBytes;
    this.#loses = losesFirst;
  }

  open() {
    const { options } = this.#shared;
    const storage = { open: async () => this.#opened(), list: async () => [], delete: async () => undefined };
    const more = { cacheBytes: this.#cacheBytes, acceptLoss: this.#loses, storageTimeoutMs: TIMEOUT_MS };
    this.#shared.package.Runtime.open({ ...options, ...more, storage }).then(
      (runtime) => {
        this.#runtime = runtime;
        this.#trace.became(`opened ${this.#slot}\n${words.residents(runtime)}`);
      },
      (error) => this.#goes(`refused ${this.#slot} ${words.refusalLine(error)}`),
    );
  }

  #goes(how) {
    this.#trace.became(how);
    this.#isGone = true;
  }

  submit(mutations) {
    for (const [serial, method, given, operationId] of mutations) {
      this.#mutate(serial, method, given, operationId ?? undefined);
    }
  }

  #mutate(serial, method, given, operationId) {
    const { controllers } = this.#shared;
    const runtime = this.#runtime;
    const controller = new AbortController();
    controllers.set(serial, controller);
    const options = { signal: controller.signal, ...(operationId === undefined ? {} : { operationId }) };
    const values = given.map((value) => value ?? undefined);
    const promise = method === "stopRuntime" ? runtime.stopRuntime() : runtime[method](...values, options);
    promise.then(
      (answer) => this.#trace.told(`told ${serial} ${words.answerLine(method, answer)} now ${this.#now()}`),
      (error) => this.#trace.told(`told ${serial} ${words.refusalLine(error)}`),
    );
  }

  /** Where the event log ends for a caller who has just been answered. */
  #now() {
    try {
      return this.#runtime.eventCursorNow().nextEventId;
    } catch {
      return "-";
    }
  }

  transcript(number, workerId, start, limit) {
    const { runtimeId } = this.#shared.options;
    const page = this.#runtime.transcriptProjection({ runtimeId, workerId }, { start, limit });
    this.#reads(number, page, words.entryPage);
  }

  events(number, nextEventId, limit) {
    const { runtimeId } = this.#shared.options;
    this.#reads(number, this.#runtime.readEvents({ runtimeId, nextEventId }, limit), words.eventPage);
  }

  #reads(number, promise, inWords) {
    promise.then(
      (page) => this.#trace.read(number, inWords(number, page)),
      (error) => this.#trace.read(number, `failed ${number} ${error.code ?? error.stack}`),
    );
  }

  follow(number, count) {
    const cursor = { runtimeId: this.#shared.options.runtimeId, nextEventId: this.#cursor };
    this.#subscription ??= { number, events: this.#runtime.subscribeEvents(cursor) };
    const subscription = this.#subscription;
    const ends = () => {
      this.#subscription = null;
    };
    for (let asked = 0; asked < count; asked++) {
      subscription.events.next().then(
        ({ value, done }) => {
          if (done) {
            this.#trace.read(subscription.number, `done ${subscription.number}`);
            ends();
          } else {
            this.#trace.read(subscription.number, `event ${subscription.number} ${words.eventLine(value)}`);
            this.#cursor = value.id + 1;
          }
        },
        (error) => {
          this.#trace.read(subscription.number, `failed ${subscription.number} ${error.code ?? error.stack}`);
          ends();
        },
      );
    }
  }

  tick() {
    this.#fireOne(({ delay }) => delay === TICK_MS);
  }

  quiet() {
    this.#fireOne(({ delay }) => delay === QUIET_MS);
  }

  wake() {
    this.#fireOne(({ delay }) => ![TICK_MS, QUIET_MS, TIMEOUT_MS].includes(delay));
  }

  /** Time is over for whatever waits for a bounded time, calls of the store aside. */
  overdue() {
    const due = [...this.timers].filter(({ delay, bounds }) => delay === TIMEOUT_MS && bounds === null);
    for (const timer of due) {
      this.fire(timer);
    }
  }

  timeOut(call) {
    this.#fireOne(({ bounds }) => bounds === call);
  }

  #fireOne(wanted) {
    const found = [...this.timers].filter(wanted);
    if (found.length !== 1) {
      throw new Error(`${found.length} timers fit where one is to run`);
    }
    this.fire(found[0]);
  }

  close() {
    this.#ended = true;
    this.#runtime.close().then(
      () => this.#goes(`closed ${this.#slot}`),
      (error) => this.#goes(error.stack),
    );
  }

  /** Whether the runtime still takes calls is seen after each step. */
  probe() {
    if (this.#runtime === null || this.#ended) {
      return;
    }
    try {
      this.#runtime.eventCursorNow();
    } catch (error) {
      this.#ended = true;
      this.#goes(`ended ${this.#slot} ${error.code ?? error.stack}`);
    }
  }

  /** Whether its end was told. */
  get isGone() {
    return this.#isGone;
  }

  /** Nobody hears of it any more, whatever becomes of what it has left. */
  die() {
    this.#trace = new Trace();
    this.#isLetGo = true;
  }

  /** All its calls are answered, which changes nothing any more. */
  leave() {
    this.#trace = new Trace();
    for (const call of this.#calls) {
      call.process(false, "done");
      call.deliver();
    }
  }

  /** Throws where something of it goes on after its end. */
  checkRest() {
    if (this.#misused !== null) {
      throw new Error(`${this.#misused} is called on a store that was let go of`);
    }
    if (this.timers.size > 0) {
      throw new Error(`${this.timers.size} timers are left over`);
    }
  }

  /** Its handle of the store, which is lost the first time, or not. */
  #opened() {
    if (this.#loses) {
      this.#loses = false;
      throw new this.#shared.package.StorageLost();
    }
    const { store } = this.#shared;
    return {
      durability: "memory",
      head: () => this.#ask("head", "", () => store.head),
      read: (range) =>
        this.#ask("read", ` ${range.gte} ${range.lt} ${range.limit ?? "-"}`, () => store.read(range)),
      commit: (commit) =>
        this.#ask("commit", commitLines(commit), (isDone) => {
          if (isDone) {
            store.commit(commit);
          }
          return store.head;
        }),
      close: async () => {
        this.#isLetGo = true;
      },
    };
  }

  #ask(method, about, perform) {
    const { calls, package: entry } = this.#shared;
    const call = new Call(perform, () => new entry.StorageRejected("quota"));
    this.bound(call);
    if (this.#isLetGo) {
      this.#misused = method;
      return call;
    }
    this.#trace.call(`${method} ${this.#slot} ${calls.length}${about}`);
    calls.push(call);
    this.#calls.push(call);
    return call;
  }
}

function commitLines({ from, to, ops }) {
  const change = ([key, value]) =>
    value === null ? `\ndelete ${key}` : `\nput ${key} ${value.length} ${hashOf(value)}`;
  return ` ${from ?? "-"} ${to}${ops.map(change).join("")}`;
}
