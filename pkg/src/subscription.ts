import { invalidRequest } from "./api/errors.js";
import type { EventCursor, EventSubscription, RuntimeEvent } from "./api/observation.js";
import { isAborted, listen, type Signal } from "./arguments/signals.js";
import type { EventReader } from "./core/pages.js";
import type { Engine } from "./engine.js";
import type { EventBatch, Subscriber } from "./feed.js";
import type { Ended } from "./pipeline/ended.js";

type Result = IteratorResult<RuntimeEvent, unknown>;

interface Waiter {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const DONE = Object.freeze({ value: undefined, done: true as const });

/** Whose subscriptions they are: while somebody has one that is not finished, its runtime is not closed for being dropped. */
const owners = new WeakMap<Subscription, object>();

/** One consumer's place in the log. Nothing is read that it does not ask for, a batch at a time. */
export class Subscription implements EventSubscription {
  readonly #engine: Engine;
  /** Calls of `next` that were not answered yet, in their order. */
  readonly #waiters: Waiter[] = [];
  readonly #subscriber: Subscriber;
  #nextEventId: number;
  #reader: EventReader | null = null;
  #loading = false;
  #finished = false;
  #stopListening: (() => void) | null = null;

  /** `owner` is what the engine is closed without, where nobody has it any more. */
  constructor(engine: Engine, owner: object, nextEventId: number, signal: Signal | undefined) {
    this.#engine = engine;
    owners.set(this, owner);
    engine.feed.noteBegin();
    this.#nextEventId = nextEventId;
    const current = (): number => this.#nextEventId;
    this.#subscriber = {
      get nextEventId() {
        return current();
      },
      wake: () => this.#answer(),
      stop: (ended) => this.#stop(ended),
    };
    if (signal !== undefined) {
      this.#heed(signal);
    }
  }

  /** Throws where the signal cannot be listened to. */
  #heed(signal: Signal): void {
    if (isAborted(signal)) {
      this.#finish();
      return;
    }
    try {
      this.#stopListening = listen(signal, () => this.#finish());
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  get cursor(): EventCursor {
    return { runtimeId: this.#engine.runtimeId, nextEventId: this.#nextEventId };
  }

  next(): Promise<Result> {
    if (typeof this !== "object" || this === null || !(#finished in this)) {
      return Promise.reject(
        invalidRequest("this", "is no subscription: the method was taken from its object"),
      );
    }
    if (!this.#finished) {
      const { ended } = this.#engine;
      if (ended !== null) {
        return this.#late(ended);
      }
      if (this.#waiters.length === 0 && this.#reader !== null && this.#reader.remaining > 0) {
        return Promise.resolve({ value: this.#take(this.#reader), done: false });
      }
      return new Promise((resolve, reject) => {
        this.#waiters.push({ resolve, reject });
        if (this.#waiters.length === 1) {
          this.#engine.feed.add(this.#subscriber);
          this.#answer();
        }
      });
    }
    return Promise.resolve({ ...DONE });
  }

  async return(value?: unknown): Promise<Result> {
    this.#finish();
    return { value: await value, done: true };
  }

  async throw(error?: unknown): Promise<Result> {
    this.#finish();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Answers waiting calls for as long as there are events. */
  #answer(): void {
    while (this.#waiters.length > 0 && !this.#loading) {
      const reader = this.#reader;
      if (reader !== null && reader.remaining > 0) {
        this.#waiters.shift()?.resolve({ value: this.#take(reader), done: false });
      } else if (!this.#advance()) {
        return;
      }
    }
    if (this.#waiters.length === 0) {
      this.#engine.feed.remove(this.#subscriber);
    }
  }

  /** Goes on to the next batch; whether it is there now and has events. */
  #advance(): boolean {
    this.#reader = null;
    let batch: EventBatch | Promise<EventBatch>;
    try {
      batch = this.#engine.feed.batch(this.#nextEventId);
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (batch instanceof Promise) {
      this.#loading = true;
      batch.then(
        (page) => this.#loaded(page),
        (error) => {
          this.#loading = false;
          this.#fail(error);
        },
      );
      return false;
    }
    return this.#begin(batch);
  }

  #loaded(page: EventBatch): void {
    this.#loading = false;
    if (!this.#finished) {
      this.#begin(page);
      this.#answer();
    }
  }

  #begin(page: EventBatch): boolean {
    if (page === null || page.count === 0) {
      return false;
    }
    this.#reader = page.reader();
    return true;
  }

  #take(reader: EventReader): RuntimeEvent {
    const event = reader.next();
    this.#nextEventId = event.id + 1;
    return event;
  }

  /** The runtime takes no more calls while some are waiting. */
  #stop(ended: Ended): void {
    if (ended.kind === "closed") {
      this.#finish();
    } else {
      this.#fail(ended.error());
    }
  }

  /** A call that comes after the runtime has ended: it ends the subscription. */
  #late(ended: Ended): Promise<Result> {
    this.#finish();
    return ended.kind === "closed" ? Promise.resolve({ ...DONE }) : Promise.reject(ended.error());
  }

  /** Rejects one call; those after it are done. */
  #fail(error: unknown): void {
    if (!this.#finished) {
      this.#waiters.shift()?.reject(error);
      this.#finish();
    }
  }

  #finish(): void {
    if (!this.#finished) {
      this.#finished = true;
      this.#engine.feed.noteEnd();
    }
    owners.delete(this);
    this.#reader = null;
    this.#engine.feed.remove(this.#subscriber);
    this.#stopListening?.();
    this.#stopListening = null;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.resolve({ ...DONE });
    }
  }
}
