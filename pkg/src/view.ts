/// <reference lib="esnext.disposable" preserve="true" />
import type { WorkerDetail, WorkerSummary } from "./api/catalog.js";
import { invalidRequest } from "./api/errors.js";
import type { WorkerRef } from "./api/identity.js";
import type { RuntimeStatus, RuntimeSummary, RuntimeView } from "./api/management.js";
import type {
  EventCursor,
  RuntimeDiagnostic,
  RuntimeEventBatch,
  TranscriptProjection,
  TranscriptQuery,
} from "./api/observation.js";
import { readRef, type Target } from "./arguments/interaction.js";
import { readCursor, readLimit, readQuery } from "./arguments/queries.js";
import { enter, leave, reading } from "./arguments/read.js";
import { finalizers } from "./core/weak.js";
import type { Engine } from "./engine.js";
import { entryPage, eventBatch } from "./paging.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import { own } from "./storage/own.js";
import { exportLines } from "./transfer/export.js";

/** Hosts that lack the symbol get a method that is never asked for. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

function targetOf(engine: Engine, worker: unknown): Target {
  enter();
  try {
    return readRef(worker, engine.workers);
  } finally {
    leave();
  }
}

/**
 * Closes what was dropped without `close`, so that its store does not stay open for as long as the page does. Whoever goes
 * on using an engine without its view keeps the view: see `Subscription` and `exportLines`.
 */
const dropped = /* @__PURE__ */ finalizers<Pipeline>((pipeline) => {
  void pipeline.close();
});

/** The engine of a runtime or view; throws where a method was taken from it and called without it. */
export let engineOf: (view: unknown) => Engine;

/** What can be read of an open runtime. */
export class View implements RuntimeView {
  readonly #engine: Engine;

  static {
    engineOf = (view) => {
      if (typeof view === "object" && view !== null && #engine in view) {
        return view.#engine;
      }
      throw invalidRequest("this", "is no runtime: the method was taken from its object");
    };
  }

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
    if (engine.durability !== undefined) {
      // Timers and promises of the store hold the engine: it is not collected by itself.
      dropped?.register(this, engine.pipeline);
    }
  }

  get runtimeId(): string {
    return engineOf(this).runtimeId;
  }

  status(): RuntimeStatus {
    const engine = engineOf(this);
    engine.check();
    return engine.summary.status;
  }

  summary(): RuntimeSummary {
    const engine = engineOf(this);
    engine.check();
    const { durability } = engine;
    const core = engine.summary;
    const displayName = own(core, "displayName");
    const { limits } = core;
    return {
      runtimeId: core.runtimeId,
      ...(displayName === undefined ? {} : { displayName }),
      backend: durability === undefined ? "memory" : "storage",
      status: core.status,
      ...(durability === undefined ? {} : { durability }),
      workerCount: core.workerCount,
      activeWorkerCount: core.activeWorkerCount,
      stoppedWorkerCount: core.stoppedWorkerCount,
      cancelledWorkerCount: core.cancelledWorkerCount,
      diagnosticCount: core.diagnosticCount,
      limits: {
        maxTranscriptProjectionItems: limits.maxTranscriptProjectionItems,
        maxEventBatchItems: limits.maxEventBatchItems,
      },
    };
  }

  diagnostics(): RuntimeDiagnostic[] {
    const engine = engineOf(this);
    engine.check();
    return engine.handle.diagnostics();
  }

  listWorkers(): WorkerSummary[] {
    const engine = engineOf(this);
    engine.check();
    return engine.handle.listWorkers();
  }

  workerDetail(worker: WorkerRef): WorkerDetail {
    const engine = engineOf(this);
    engine.check();
    const target = targetOf(engine, worker);
    engine.check();
    return engine.workerDetail(engine.worker(target));
  }

  async transcriptProjection(worker: WorkerRef, query: TranscriptQuery): Promise<TranscriptProjection> {
    const engine = engineOf(this);
    engine.check();
    const target = targetOf(engine, worker);
    const { start, limit } = reading(() => readQuery(query));
    engine.check();
    engine.checkLimit("maxTranscriptProjectionItems", limit);
    const number = engine.worker(target);
    const pending = entryPage(engine, number, start, limit, true);
    const page = pending instanceof Promise ? await pending : pending;
    const projection: TranscriptProjection = {
      workerRef: engine.workers.ref(number),
      start,
      limit,
      totalItems: page.totalItems,
      items: page.items,
    };
    if (page.nextStart !== undefined) {
      projection.nextStart = page.nextStart;
    }
    return projection;
  }

  eventCursorFromStart(): EventCursor {
    const engine = engineOf(this);
    engine.check();
    return { runtimeId: engine.runtimeId, nextEventId: 1 };
  }

  eventCursorNow(): EventCursor {
    const engine = engineOf(this);
    engine.check();
    return { runtimeId: engine.runtimeId, nextEventId: engine.lastEventId + 1 };
  }

  async readEvents(cursor: EventCursor, limit: number): Promise<RuntimeEventBatch> {
    const engine = engineOf(this);
    engine.check();
    const { runtimeId, nextEventId } = reading(() => readCursor(cursor));
    const count = readLimit(limit);
    engine.check();
    engine.checkCursor(runtimeId);
    engine.checkLimit("maxEventBatchItems", count);
    const pending = eventBatch(engine, nextEventId, count, true);
    return pending instanceof Promise ? await pending : pending;
  }

  exportLines(options?: { signal?: AbortSignal }): AsyncIterable<string> {
    return exportLines(() => engineOf(this), options);
  }

  async close(): Promise<void> {
    await engineOf(this).close();
  }

  async [asyncDispose](): Promise<void> {
    await engineOf(this).close();
  }
}
