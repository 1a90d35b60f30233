import type { WorkerDetail } from "./api/catalog.js";
import type { RuntimeErrorDetails } from "./api/errors.js";
import { RuntimeError } from "./api/errors.js";
import type { RuntimeLimits, RuntimeSummary } from "./api/management.js";
import type { KnownWorkers, Target } from "./arguments/interaction.js";
import type { CoreSummary } from "./core/boundary.js";
import type { Handle } from "./core/handle.js";
import type { InstanceListener } from "./core/instance.js";
import type { EventPage } from "./core/pages.js";
import { requireStack } from "./core/stack.js";
import { EventFeed } from "./feed.js";
import type { Committer } from "./pipeline/committer.js";
import { type Ended, poisoned } from "./pipeline/ended.js";
import { Foresight } from "./pipeline/foresight.js";
import { Pipeline, type PipelineObserver } from "./pipeline/pipeline.js";
import { shapes } from "./shapes.js";

/** Reads what a page needs from the store. */
export interface RecordSource {
  /**
   * What `ask` answers once the records that it needs are there; it answers `undefined` until then. Nothing that was
   * read is believed before the head was asked. Rejects with the `RuntimeError` that the call gets, and answers
   * within a bounded time.
   */
  load<T>(ask: () => T | undefined): Promise<T>;
  /** Whether what is resident may be handed out without asking the store for its head. */
  readonly trustsResident: boolean;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly handle: Handle;
  /** `null`: nothing is committed; the runtime is memory-backed, or only read. */
  readonly committer: Committer | null;
  /** `null`: everything is resident. */
  readonly records: RecordSource | null;
  /** Of the storage; `undefined` for a memory-backed runtime. */
  readonly durability: RuntimeSummary["durability"];
}

/** One open runtime: its handle in the module, its commands, its pages and its subscribers. */
export class Engine implements PipelineObserver, InstanceListener {
  readonly runtimeId: string;
  readonly workers: KnownWorkers;
  readonly pipeline: Pipeline;
  readonly feed: EventFeed;
  readonly durability: RuntimeSummary["durability"];
  /** A view like the caller's that nobody else has, and so nobody hangs anything on: see `shapes`. */
  twin: object | null = null;
  private readonly ownHandle: Handle;
  private readonly records: RecordSource | null;
  private readonly foresight: Foresight | null;
  private readonly loads = new Set<Promise<unknown>>();
  /** They are fixed when the runtime is created. */
  private limits: RuntimeLimits | undefined = undefined;

  constructor(parts: EngineParts) {
    this.ownHandle = parts.handle;
    this.runtimeId = parts.handle.runtimeId;
    this.workers = parts.handle.ids;
    this.records = parts.records;
    this.durability = parts.durability;
    this.foresight = parts.committer === null && parts.records === null ? new Foresight(parts.handle) : null;
    this.pipeline = new Pipeline(parts.handle, parts.committer, this, this.foresight);
    this.feed = new EventFeed(this);
    parts.handle.instance.watch(parts.handle.number, this);
  }

  /** To enter the module by: everything that was answered is executed. Taken anew for each entry. */
  get handle(): Handle {
    if (!this.pipeline.catchUp()) {
      requireStack(this.ownHandle.instance.boundary);
    }
    if (this.pipeline.isOver) {
      this.check();
    }
    return this.ownHandle;
  }

  /** What the runtime tells of itself, for nobody to change. */
  get summary(): CoreSummary {
    return this.ownHandle.knownSummary ?? this.handle.summary();
  }

  get isWatched(): boolean {
    return this.feed.hasWaiting;
  }

  /** Why no call is taken any more, `null` while they are. */
  get ended(): Ended | null {
    return this.pipeline.ended;
  }

  /** Throws where no call is taken any more. */
  check(): void {
    const { ended } = this.pipeline;
    if (ended !== null) {
      throw ended.error();
    }
  }

  /** The number of the Worker that a ref names; throws `wrong_runtime` or `worker_not_found`. */
  worker(target: Target): number {
    return typeof target === "number" ? target : this.handle.resolve(target.runtimeId, target.workerId);
  }

  workerDetail(worker: number): WorkerDetail {
    return this.foresight?.detail(worker) ?? this.handle.workerDetail(worker);
  }

  /** The id of the last event that was answered. */
  get lastEventId(): number {
    return this.foresight?.lastEventId || this.handle.lastEventId();
  }

  /** Events that were answered and not executed, as `Foresight.events` has them. */
  foreseen(nextEventId: number, limit: number): EventPage | null | undefined {
    return this.foresight?.events(nextEventId, limit);
  }

  /** Throws `wrong_runtime_cursor` where a cursor is of another runtime. */
  checkCursor(runtimeId: string): void {
    if (runtimeId !== this.runtimeId) {
      this.handle.checkCursor(runtimeId);
    }
  }

  /** The largest page that a caller may ask for. */
  checkLimit(limit: "maxTranscriptProjectionItems" | "maxEventBatchItems", requested: number): void {
    this.limits ??= this.summary.limits;
    const max = this.limits[limit];
    if (requested > max) {
      const details: RuntimeErrorDetails = { requested, max };
      throw new RuntimeError(`the limit is ${requested}, at most ${max} is allowed`, {
        code: "limit_too_large",
        details,
      });
    }
  }

  /**
   * What `ask` answers. Where it answers `undefined`, the records that it needs are read and provided, and it is
   * asked again.
   */
  page<T>(ask: (handle: Handle) => T | undefined): T | Promise<T> {
    const { records } = this;
    if (records === null || records.trustsResident) {
      const page = ask(this.handle);
      if (page !== undefined || records === null) {
        return page as T;
      }
    }
    return this.load(records, () => ask(this.handle));
  }

  private load<T>(records: RecordSource, ask: () => T | undefined): Promise<T> {
    const loading = records.load(ask);
    this.loads.add(loading);
    const done = (): void => {
      this.loads.delete(loading);
    };
    loading.then(done, done);
    return loading;
  }

  async close(): Promise<void> {
    await this.pipeline.close();
    if (this.foresight !== null) {
      this.foresight.forget();
      this.ownHandle.forget();
      this.ownHandle.instance.kept = shapes(this.twin, this.ownHandle);
    }
  }

  async quiet(): Promise<void> {
    while (this.loads.size > 0) {
      await Promise.allSettled(this.loads);
    }
  }

  merged(): void {
    this.feed.wake();
  }

  stopped(ended: Ended): void {
    this.feed.end(ended);
  }

  crowded(): void {
    this.pipeline.catchUp();
  }

  poisoned(cause: unknown): void {
    const ended = poisoned(cause);
    this.pipeline.end(ended, "unknown");
    // Told again where it was told on a stack that had no room for it.
    this.feed.end(ended);
  }
}
