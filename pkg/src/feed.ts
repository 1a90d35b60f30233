import type { Handle } from "./core/handle.js";
import type { EventPage } from "./core/pages.js";
import { type Reference, referenceTo } from "./core/weak.js";
import type { Ended } from "./pipeline/ended.js";

/** A subscription reads the log in batches of this many events. */
export const BATCH_ITEMS = 256;

/** The runtime whose log is read. */
export interface Log {
  /** The id of the last event. */
  readonly lastEventId: number;
  /** Events that the core does not have yet, at most `limit`; `undefined` where it has to be asked. */
  foreseen(nextEventId: number, limit: number): EventBatch | undefined;
  /** What `ask` answers once the records that it needs are there; it answers `undefined` until then. */
  page<T>(ask: (handle: Handle) => T | undefined): T | Promise<T>;
}

/** A subscription that owes its consumer an answer. */
export interface Subscriber {
  /** The next event that it wants. */
  readonly nextEventId: number;
  /** There may be events for it. */
  wake(): void;
  /** There will be none. */
  stop(ended: Ended): void;
}

/** Events that follow on each other; `null`: there are none yet. */
export type EventBatch = EventPage | null;

/** Reads the log for all subscriptions of a runtime: once for those that stand at the same place. */
export class EventFeed {
  private readonly log: Log;
  private readonly waiting = new Set<Subscriber>();
  /** How many subscriptions have not ended, whether somebody waits for them or not. */
  private subscriptions = 0;
  private latest: { nextEventId: number; page: Reference<EventPage> } | null = null;
  /** Those who wait are being told of news. */
  private waking = false;
  /** The place that nothing stood at when somebody asked; there may be something since the next news. */
  private emptyAt = -1;
  /** The batch that is being read from the store. */
  private pending: { nextEventId: number; page: Promise<EventBatch> } | null = null;

  constructor(log: Log) {
    this.log = log;
  }

  /** Whether somebody may come for events. */
  get hasSubscribers(): boolean {
    return this.subscriptions > 0;
  }

  /** A subscription begins; it has to be said once that it ended. */
  noteBegin(): void {
    this.subscriptions += 1;
  }

  noteEnd(): void {
    this.subscriptions -= 1;
  }

  /** Whether a consumer waits for events that are not there yet. */
  get hasWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** Has `subscriber` told of news for as long as it owes an answer. */
  add(subscriber: Subscriber): void {
    this.waiting.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.waiting.delete(subscriber);
  }

  /** The batch from `nextEventId` on. */
  batch(nextEventId: number): EventBatch | Promise<EventBatch> {
    const known = this.latest?.nextEventId === nextEventId ? this.latest.page.deref() : undefined;
    if (known !== undefined) {
      return known;
    }
    const foreseen = this.log.foreseen(nextEventId, BATCH_ITEMS);
    if (foreseen !== undefined) {
      if (this.waking && foreseen !== null) {
        this.latest = { nextEventId, page: { deref: () => foreseen } };
      }
      return foreseen;
    }
    if (nextEventId === this.emptyAt) {
      return null;
    }
    if (this.pending?.nextEventId === nextEventId) {
      return this.pending.page;
    }
    const batch = this.log.page((handle): EventBatch | undefined => {
      if (nextEventId > handle.lastEventId()) {
        return null;
      }
      const page = handle.eventPage(nextEventId, BATCH_ITEMS, false, true);
      if (page !== undefined) {
        // Weak references are dear: one for each event would be a seventh of what it takes to tell of it.
        this.latest = { nextEventId, page: this.waking ? { deref: () => page } : referenceTo(page) };
      }
      return page;
    });
    if (batch instanceof Promise) {
      this.share(nextEventId, batch);
    } else if (batch === null) {
      this.emptyAt = nextEventId;
    }
    return batch;
  }

  /** Has those who come to the same place before the batch is there wait for it too. */
  private share(nextEventId: number, page: Promise<EventBatch>): void {
    const shared = { nextEventId, page };
    this.pending = shared;
    const forget = (): void => {
      if (this.pending === shared) {
        this.pending = null;
      }
    };
    page.then(forget, forget);
  }

  /** Events were added to the log. */
  wake(): void {
    this.latest = null;
    this.emptyAt = -1;
    // What is being read may end before the news; whoever asks from now on has to see them.
    this.pending = null;
    if (this.waiting.size === 0) {
      return;
    }
    const { lastEventId } = this.log;
    this.waking = true;
    for (const subscriber of [...this.waiting]) {
      if (subscriber.nextEventId <= lastEventId) {
        subscriber.wake();
      }
    }
    this.waking = false;
    this.latest = null;
  }

  /** No event will be handed out any more. */
  end(ended: Ended): void {
    for (const subscriber of [...this.waiting]) {
      subscriber.stop(ended);
    }
  }
}
