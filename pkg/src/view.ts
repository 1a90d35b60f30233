import type { WorkerDetail, WorkerSummary } from "./api/catalog.js";
import type { WorkerRef } from "./api/identity.js";
import type { RuntimeStatus, RuntimeSummary, RuntimeView } from "./api/management.js";
import type {
  EventCursor,
  RuntimeDiagnostic,
  RuntimeEventBatch,
  TranscriptProjection,
  TranscriptQuery,
} from "./api/observation.js";
import { type RefTarget, readRef } from "./arguments/interaction.js";
import { readCursor, readLimit, readQuery } from "./arguments/queries.js";
import { reading } from "./arguments/read.js";
import type { Engine } from "./engine.js";
import { entryPage, eventBatch } from "./paging.js";
import { exportLines } from "./transfer/export.js";

/** Hosts that lack the symbol get a method that is never asked for. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

function refOf(worker: unknown): RefTarget {
  const target = { runtimeId: "", workerId: "" };
  reading(() => readRef(target, worker));
  return target;
}

/** What can be read of an open runtime. */
export class View implements RuntimeView {
  readonly #engine: Engine;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get runtimeId(): string {
    return this.#engine.runtimeId;
  }

  status(): RuntimeStatus {
    this.#engine.check();
    return this.#engine.handle.status();
  }

  summary(): RuntimeSummary {
    this.#engine.check();
    const { durability } = this.#engine;
    const core = this.#engine.handle.summary();
    // Its own, where it has one; whatever stands on the prototype is none.
    const displayName = Object.hasOwn(core, "displayName") ? core.displayName : undefined;
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
    this.#engine.check();
    return this.#engine.handle.diagnostics();
  }

  listWorkers(): WorkerSummary[] {
    this.#engine.check();
    return this.#engine.handle.listWorkers();
  }

  workerDetail(worker: WorkerRef): WorkerDetail {
    this.#engine.check();
    const { runtimeId, workerId } = refOf(worker);
    this.#engine.check();
    const { handle } = this.#engine;
    return handle.workerDetail(handle.resolve(runtimeId, workerId));
  }

  async transcriptProjection(worker: WorkerRef, query: TranscriptQuery): Promise<TranscriptProjection> {
    const engine = this.#engine;
    engine.check();
    const { runtimeId, workerId } = refOf(worker);
    const { start, limit } = reading(() => readQuery(query));
    engine.check();
    engine.checkLimit("maxTranscriptProjectionItems", limit);
    const number = engine.handle.resolve(runtimeId, workerId);
    const pending = entryPage(engine, number, start, limit, true);
    const page = pending instanceof Promise ? await pending : pending;
    const projection: TranscriptProjection = {
      workerRef: { runtimeId, workerId },
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
    this.#engine.check();
    return { runtimeId: this.runtimeId, nextEventId: 1 };
  }

  eventCursorNow(): EventCursor {
    this.#engine.check();
    return { runtimeId: this.runtimeId, nextEventId: this.#engine.handle.lastEventId() + 1 };
  }

  async readEvents(cursor: EventCursor, limit: number): Promise<RuntimeEventBatch> {
    const engine = this.#engine;
    engine.check();
    const { runtimeId, nextEventId } = reading(() => readCursor(cursor));
    const count = readLimit(limit);
    engine.check();
    engine.handle.checkCursor(runtimeId);
    engine.checkLimit("maxEventBatchItems", count);
    const pending = eventBatch(engine, nextEventId, count, true);
    return pending instanceof Promise ? await pending : pending;
  }

  exportLines(options?: { signal?: AbortSignal }): AsyncIterable<string> {
    return exportLines(this.#engine, options);
  }

  close(): Promise<void> {
    return this.#engine.pipeline.close();
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }
}
