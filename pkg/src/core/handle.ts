import type {
  CreateWorkerRequest,
  WorkerDetail,
  WorkerLifecycleAck,
  WorkerStatus,
  WorkerSummary,
} from "../api/catalog.js";
import type { RuntimeError } from "../api/errors.js";
import type { RuntimeLimits } from "../api/management.js";
import type { RuntimeDiagnostic } from "../api/observation.js";
import type { StorageOp } from "../storage/contract.js";
import type { Boundary, CoreSummary, OperationRecord, RecordRange, StoredRecord } from "./boundary.js";
import { Contents } from "./contents.js";
import { asRefusal, type ModuleInstance } from "./instance.js";
import { decodeEntries, type EntryPage, EventPage } from "./pages.js";
import { WorkerIds } from "./refs.js";
import { finalizers } from "./weak.js";
import { decodeDetail, decodeDiagnostics, decodeSummaries } from "./workers.js";

/** Frees the handles of runtimes that were dropped without `close`. */
const dropped = /* @__PURE__ */ finalizers<{ instance: ModuleInstance; number: number }>(
  ({ instance, number }) => {
    instance.release(number);
  },
);

/** The Worker of a command: by number where its id is known, otherwise by what the caller gave. */
export interface WorkerTarget {
  readonly runtimeId: string;
  readonly workerId: string;
}

/**
 * One runtime in a module instance. Its methods throw `RuntimeError`: refusals of the core, and `runtime_poisoned`
 * where the module has trapped. None may be called after `free`.
 */
export class Handle {
  readonly instance: ModuleInstance;
  readonly number: number;
  readonly runtimeId: string;
  readonly ids: WorkerIds;
  /** The contents that the core does not have. */
  readonly contents = new Contents();
  private readonly boundary: Boundary;

  constructor(instance: ModuleInstance, number: number) {
    this.instance = instance;
    this.boundary = instance.boundary;
    this.number = number;
    this.runtimeId = this.call((boundary) => boundary.runtime_id(number));
    this.ids = new WorkerIds(this.runtimeId);
    dropped?.register(this, { instance, number }, this);
  }

  /** Frees the runtime's memory in the module. */
  free(): void {
    this.contents.clear();
    dropped?.unregister(this);
    this.instance.release(this.number);
  }

  /** Enters the module for something that is not done per message. */
  call<T>(enter: (boundary: Boundary, handle: number) => T): T {
    try {
      return enter(this.boundary, this.number);
    } catch (error) {
      throw this.instance.failure(error);
    }
  }

  // ── the open transaction ────────────────────────────────────────────────────────────────────────

  begin(): void {
    try {
      this.boundary.begin(this.number);
    } catch (error) {
      throw this.instance.failure(error);
    }
  }

  /** Executes the run in the exchange area; answers how many of its commands were taken. */
  execute(textBytes: number, now: number): number {
    try {
      return this.boundary.execute(this.number, textBytes, now);
    } catch (error) {
      throw this.instance.failure(error);
    }
  }

  /**
   * Appends `count` inputs and outputs that were answered before, three words of `table` each; whether the core would have
   * answered the same. Where it would not, it must not be entered again.
   */
  appendForeseen(
    table: Uint32Array,
    words: number,
    count: number,
    firstEventId: number,
    now: number,
  ): boolean {
    this.instance.exchange.sendTable(table, words);
    try {
      return this.boundary.execute_foreseen(this.number, count, firstEventId, now);
    } catch (error) {
      throw this.instance.failure(error);
    }
  }

  /** The refusal of one command of the run just executed. */
  takeError(index: number): RuntimeError {
    const error = this.call((boundary) => boundary.take_error(index));
    return asRefusal(error) ?? this.instance.failure(error);
  }

  /** `undefined` where the commit would become too large with it. */
  executeCreate(
    request: CreateWorkerRequest,
    operationId: string | undefined,
    now: number,
  ): { worker: number; detail: WorkerDetail } | undefined {
    const worker = this.call((boundary, handle) =>
      boundary.execute_create(handle, request, operationId, now),
    );
    if (worker === undefined) {
      return undefined;
    }
    const out = this.instance.exchange.receiveKept();
    const workerId = this.call((boundary, handle) => this.ids.foretell(boundary, handle, worker));
    return { worker, detail: decodeDetail(out, this.runtimeId, workerId, this.statuses) };
  }

  /** `undefined` where the commit would become too large with it. */
  executeEnd(
    target: WorkerTarget,
    cancel: boolean,
    reason: string | undefined,
    operationId: string | undefined,
    now: number,
  ): WorkerLifecycleAck | undefined {
    const known = this.ids.number(target.runtimeId, target.workerId);
    const runtimeId = known === 0 ? target.runtimeId : undefined;
    const workerId = known === 0 ? target.workerId : undefined;
    const worker = this.call((boundary, handle) =>
      boundary.execute_end(handle, known, runtimeId, workerId, cancel, reason, operationId, now),
    );
    if (worker === undefined) {
      return undefined;
    }
    const out = this.instance.exchange.receive();
    return {
      workerRef: { runtimeId: target.runtimeId, workerId: target.workerId },
      status: this.statuses[out.number()] as WorkerStatus,
      eventId: out.number(),
    };
  }

  executeStopRuntime(now: number): number {
    return this.call((boundary, handle) => boundary.execute_stop_runtime(handle, now));
  }

  /** Whether the open transaction has anything to store and merge. */
  changed(): boolean {
    return this.call((boundary, handle) => boundary.changed(handle));
  }

  finish(token: string): StorageOp[] {
    return this.call((boundary, handle) => boundary.finish(handle, token));
  }

  merge(): void {
    try {
      this.boundary.merge(this.number);
    } catch (error) {
      throw this.instance.failure(error);
    }
  }

  abort(): void {
    this.call((boundary, handle) => boundary.abort(handle));
  }

  /** What `ask` answers in a transaction of its own that is dropped; the open one stays as it is. */
  aside<T>(ask: () => T): T {
    this.call((boundary, handle) => boundary.begin_aside(handle));
    const answer = ask();
    this.call((boundary, handle) => boundary.end_aside(handle));
    return answer;
  }

  /** Makes the ids of Workers up to `count` known; called after a merge and after a restore. */
  learnIds(count: number): void {
    this.call((boundary, handle) => this.ids.learn(boundary, handle, count));
  }

  // ── reads of resident state ─────────────────────────────────────────────────────────────────────

  private get statuses(): readonly WorkerStatus[] {
    return this.instance.vocabulary.statuses;
  }

  status(): "running" | "stopped" {
    return this.call((boundary, handle) => boundary.status(handle)) === 0 ? "running" : "stopped";
  }

  summary(): CoreSummary {
    return this.call((boundary, handle) => boundary.summary(handle));
  }

  limits(): RuntimeLimits {
    return this.summary().limits;
  }

  lastEventId(): number {
    return this.call((boundary, handle) => boundary.last_event_id(handle));
  }

  listWorkers(): WorkerSummary[] {
    this.call((boundary, handle) => boundary.list_workers(handle));
    return decodeSummaries(this.instance.exchange.receive(), this.runtimeId, this.ids, this.statuses);
  }

  /** The number of the Worker that a ref names; throws `wrong_runtime` or `worker_not_found`. */
  resolve(runtimeId: string, workerId: string): number {
    return this.call((boundary, handle) => boundary.resolve(handle, runtimeId, workerId));
  }

  workerDetail(worker: number): WorkerDetail {
    this.call((boundary, handle) => boundary.worker_detail(handle, worker));
    const out = this.instance.exchange.receive();
    return decodeDetail(out, this.runtimeId, this.ids.id(worker), this.statuses);
  }

  diagnostics(): RuntimeDiagnostic[] {
    this.call((boundary, handle) => boundary.diagnostics(handle));
    return decodeDiagnostics(this.instance.exchange.receive(), this.ids);
  }

  /** Throws `wrong_runtime_cursor` where the cursor is of another runtime. */
  checkCursor(runtimeId: string): void {
    this.call((boundary, handle) => boundary.check_cursor(handle, runtimeId));
  }

  // ── pages ───────────────────────────────────────────────────────────────────────────────────────

  /** `undefined` where records are needed that are not resident; see `needs`. */
  transcriptPage(worker: number, start: number, limit: number, bounded: boolean): EntryPage | undefined {
    const ready = this.call((boundary, handle) =>
      boundary.transcript_page(handle, worker, start, limit, bounded),
    );
    const { exchange, vocabulary } = this.instance;
    return ready
      ? decodeEntries(exchange.receive(), start, this.ids.ref(worker), vocabulary.roles, this.contents)
      : undefined;
  }

  /**
   * `undefined` where records are needed that are not resident; see `needs`. With `kept` the page stays valid after
   * further calls.
   */
  eventPage(nextEventId: number, limit: number, bounded: boolean, kept = false): EventPage | undefined {
    if (!this.call((boundary, handle) => boundary.events_page(handle, nextEventId, limit, bounded))) {
      return undefined;
    }
    const { exchange, vocabulary } = this.instance;
    return new EventPage(kept ? exchange.receiveKept() : exchange.receive(), this.ids, vocabulary);
  }

  /** What the latest call for a page needs from the store, and the layout of the store that it is for. */
  needs(): { layout: number; ranges: RecordRange[] } {
    const [layout, ...ranges] = this.call((boundary, handle) => boundary.needs(handle));
    return { layout, ranges };
  }

  /**
   * Hands over what was read for the range that starts with `gte`; throws `storage_corrupt` and its like. What was read
   * for an older layout is ignored.
   */
  provide(layout: number, gte: string, records: StoredRecord[]): void {
    this.call((boundary, handle) => boundary.provide(handle, layout, gte, records));
  }

  /** The receipts of the remembered operations, oldest first. */
  operations(): OperationRecord[] {
    return this.call((boundary, handle) => boundary.operations(handle));
  }
}
