import type { WorkerDetail, WorkerLifecycleAck, WorkerStatus, WorkerSummary } from "../api/catalog.js";
import type { RuntimeError } from "../api/errors.js";
import type { RuntimeDiagnostic } from "../api/observation.js";
import type { StorageOp } from "../storage/contract.js";
import type {
  Boundary,
  CoreSummary,
  ImportedEvent,
  OperationRecord,
  RecordRange,
  StoreConfig,
  StoredRecord,
} from "./boundary.js";
import { Contents } from "./contents.js";
import { randomBits, randomRuntimeId } from "./entropy.js";
import type { Exchange } from "./exchange.js";
import type { ModuleInstance } from "./instance.js";
import { KeptRequests } from "./kept-requests.js";
import { decodeEntries, type EntryPage, EventPage, integer } from "./pages.js";
import { integerParts, type Part } from "./part.js";
import { WorkerIds } from "./refs.js";
import type { Remark } from "./vocabulary.js";
import { finalizers } from "./weak.js";
import { WorkerRequest } from "./workers.js";

/** How a runtime is made. */
export const IN_MEMORY = 0;
export const STORED = 1;
export const IMPORT = 2;

/** Requests are read from the core so many at once. */
const REQUESTS_AT_ONCE = 1_024;

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
  private readonly requests = new KeptRequests();
  /** What `summary` has read, until it may be otherwise. */
  private told: CoreSummary | null = null;

  constructor(instance: ModuleInstance, number: number, runtimeId: string) {
    this.instance = instance;
    this.number = number;
    dropped?.register(this, { instance, number }, this);
    this.runtimeId = runtimeId;
    this.ids = new WorkerIds(runtimeId);
  }

  /** A runtime in memory, or one whose creation is an open transaction, or one to import into. */
  static create(instance: ModuleInstance, kind: number, config: StoreConfig): Handle {
    const { displayName, maxTranscriptProjectionItems, maxEventBatchItems, cacheBytes } = config;
    const runtimeId = config.runtimeId ?? randomRuntimeId();
    // What tells stores apart, of which there is none in memory.
    const incarnation = kind === IN_MEMORY ? [0, 0, 0, 0] : new Uint32Array(randomBits().buffer);
    const number = instance.enter((boundary, _, exchange) =>
      boundary.create(
        kind,
        exchange.post([runtimeId, displayName, ...incarnation]),
        maxTranscriptProjectionItems ?? -1,
        maxEventBatchItems ?? -1,
        cacheBytes ?? -1,
        Date.now(),
      ),
    );
    return new Handle(instance, number, runtimeId);
  }

  /** A runtime whose root record was read. */
  static open(
    instance: ModuleInstance,
    runtimeId: string,
    cacheBytes: number,
    records: readonly StoredRecord[],
  ): Handle {
    const number = instance.enter((boundary, _, exchange) =>
      boundary.open_root(exchange.post([runtimeId, records.length], records), cacheBytes),
    );
    return new Handle(instance, number, runtimeId);
  }

  /** Frees the runtime's memory in the module. */
  free(): void {
    this.contents.clear();
    dropped?.unregister(this);
    this.instance.release(this.number);
  }

  /** Lets go of what is known of the Workers; nothing is asked any more. */
  forget(): void {
    this.ids.forget();
    this.requests.clear();
  }

  /** Enters the module for something that is not done per message. */
  private call(enter: (boundary: Boundary, handle: number, exchange: Exchange) => number): number {
    return this.instance.enter(enter, this.number);
  }

  // ── the open transaction ────────────────────────────────────────────────────────────────────────

  begin(): void {
    this.call((boundary, handle) => boundary.begin(handle));
  }

  /** Executes the run in the exchange area; answers how many of its commands were taken. */
  execute(textBytes: number, now: number): number {
    return this.call((boundary, handle) => boundary.execute(handle, textBytes, now));
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
    return (
      this.call((boundary, handle, exchange) => {
        exchange.sendTable(table, words);
        return boundary.execute_foreseen(handle, count, firstEventId, now);
      }) === 1
    );
  }

  /** The refusal of one command of the run just executed. */
  takeError(index: number): RuntimeError {
    try {
      this.call((boundary) => boundary.take_error(index));
    } catch (error) {
      return error as RuntimeError;
    }
    return this.instance.failure(new Error("the core has no such refusal"));
  }

  /** `undefined` where the commit would become too large with it. */
  executeCreate(
    request: WorkerRequest,
    operationId: string | undefined,
    now: number,
  ): { worker: number; detail: WorkerDetail } | undefined {
    const worker = this.call((boundary, handle, exchange) =>
      boundary.execute_create(handle, exchange.post(request.addTo([operationId])), now),
    );
    if (worker === 0) {
      return undefined;
    }
    const { exchange } = this.instance;
    const eventId = exchange.outNumbers()[exchange.outStart()] as number;
    return {
      worker,
      detail: request.detail(this.runtimeId, this.ids.id(worker), "running", 0, eventId),
    };
  }

  /** `undefined` where the commit would become too large with it. */
  executeEnd(
    { runtimeId, workerId }: WorkerTarget,
    cancel: boolean,
    reason: string | undefined,
    operationId: string | undefined,
    now: number,
  ): WorkerLifecycleAck | undefined {
    const { statuses } = this.instance.words();
    const known = this.ids.number(runtimeId, workerId);
    const target = known === 0 ? [0, runtimeId, workerId] : [known];
    const worker = this.call((boundary, handle, exchange) =>
      boundary.execute_end(handle, exchange.post([...target, operationId, reason]), cancel, now),
    );
    if (worker === 0) {
      return undefined;
    }
    const out = this.instance.exchange.receive();
    return {
      workerRef: { runtimeId, workerId },
      status: statuses[out.number()] as WorkerStatus,
      eventId: out.number(),
    };
  }

  executeStopRuntime(now: number): number {
    return this.call((boundary, handle) => boundary.execute_stop_runtime(handle, now));
  }

  /** Whether the open transaction has anything to store and merge. */
  changed(): boolean {
    return this.call((boundary, handle) => boundary.changed(handle)) === 1;
  }

  /** The commit that the open transaction is to be stored by, and that makes `token` the head. */
  finish(token: string): StorageOp[] {
    this.call((boundary, handle, exchange) =>
      boundary.finish(handle, exchange.send([token.length], 1, token)),
    );
    return this.instance.exchange.receiveOperations();
  }

  /** Makes the open transaction part of what everybody sees, and tells the id of the last event. */
  merge(): number {
    this.told = null;
    return this.call((boundary, handle) => boundary.merge(handle));
  }

  abort(): void {
    this.call((boundary, handle) => boundary.abort(handle));
  }

  /** Has `ask` execute commands that are answered where their operation ids are remembered, and refused where not. */
  aside(ask: () => void): void {
    this.call((boundary, handle) => boundary.begin_aside(handle));
    ask();
    this.call((boundary, handle) => boundary.end_aside(handle));
  }

  /** There are Workers up to `count`; called after a merge and after a restore. */
  learnIds(count: number): void {
    this.ids.learn(count);
  }

  /** Worker `number` is there, and was created with this, where it is still known. */
  learn(number: number, request: WorkerRequest | undefined): void {
    this.ids.expect(number);
    if (request !== undefined) {
      this.requests.add(number, request);
    }
  }

  // ── reads of resident state ─────────────────────────────────────────────────────────────────────

  /** For nobody to change. */
  summary(): CoreSummary {
    this.told ??= this.readSummary();
    return this.told;
  }

  /** What `summary` would answer, where the module need not be entered for it: what is foreseen changes nothing of that. */
  get knownSummary(): CoreSummary | null {
    return this.told;
  }

  private readSummary(): CoreSummary {
    this.call((boundary, handle) => boundary.summary(handle));
    const out = this.instance.exchange.receive();
    return {
      runtimeId: out.string(),
      displayName: out.optionalString(),
      status: out.number() === 0 ? "running" : "stopped",
      workerCount: out.number(),
      activeWorkerCount: out.number(),
      stoppedWorkerCount: out.number(),
      cancelledWorkerCount: out.number(),
      diagnosticCount: out.number(),
      limits: { maxTranscriptProjectionItems: out.number(), maxEventBatchItems: out.number() },
    };
  }

  lastEventId(): number {
    return this.call((boundary, handle) => boundary.last_event_id(handle));
  }

  listWorkers(): WorkerSummary[] {
    const { ids, runtimeId } = this;
    const { count } = ids;
    const { exchange } = this.instance;
    const { statuses } = this.instance.words();
    const requests = this.requestsUpTo(count);
    this.call((boundary, handle) => boundary.standings(handle, 1, count));
    const numbers = exchange.outNumbers();
    let at = exchange.outStart();
    const workers: WorkerSummary[] = [];
    for (let number = 1; number <= count; number++) {
      const status = statuses[numbers[at] as number] as WorkerStatus;
      const request = requests[number - 1] as WorkerRequest;
      const length = integer(numbers[at + 1] as number);
      const last = integer(numbers[at + 2] as number);
      workers.push(request.summary(runtimeId, ids.id(number), status, length, last));
      at += 3;
    }
    return workers;
  }

  private requestsUpTo(count: number): WorkerRequest[] {
    const { requests } = this;
    const found: WorkerRequest[] = [];
    while (found.length < count) {
      const number = found.length + 1;
      const known = requests.get(number);
      if (known !== undefined) {
        found.push(known);
        continue;
      }
      const end = requests.nextKept(number + 1, Math.min(number + REQUESTS_AT_ONCE, count + 1));
      const read = this.readRequests(number, end - number);
      requests.addInPassing(number, read);
      found.push(...read);
    }
    return found;
  }

  private readRequests(number: number, count: number): WorkerRequest[] {
    this.call((boundary, handle) => boundary.requests(handle, number, count));
    const out = this.instance.exchange.receive();
    const requests: WorkerRequest[] = [];
    for (let i = 0; i < count; i++) {
      requests.push(WorkerRequest.read(out));
    }
    return requests;
  }

  private request(worker: number): WorkerRequest {
    const known = this.requests.get(worker);
    if (known !== undefined) {
      return known;
    }
    const request = this.readRequests(worker, 1)[0] as WorkerRequest;
    this.requests.add(worker, request);
    return request;
  }

  /** The number of the Worker that a ref names; throws `wrong_runtime` or `worker_not_found`. */
  resolve(runtimeId: string, workerId: string): number {
    const known = this.ids.number(runtimeId, workerId);
    return known === 0
      ? this.call((boundary, handle, exchange) =>
          boundary.resolve(handle, exchange.post([runtimeId, workerId])),
        )
      : known;
  }

  workerDetail(worker: number): WorkerDetail {
    const { exchange } = this.instance;
    const { statuses } = this.instance.words();
    const request = this.request(worker);
    this.call((boundary, handle) => boundary.standings(handle, worker, 1));
    const numbers = exchange.outNumbers();
    const at = exchange.outStart();
    const status = statuses[numbers[at] as number] as WorkerStatus;
    const length = integer(numbers[at + 1] as number);
    const last = integer(numbers[at + 2] as number);
    return request.detail(this.runtimeId, this.ids.id(worker), status, length, last);
  }

  /** The record of a Worker that runs, `undefined` where what it was created with is not kept here. */
  runningDetail(worker: number, transcriptLen: number, lastEventId: number): WorkerDetail | undefined {
    const { runtimeId, ids, requests } = this;
    return requests.get(worker)?.detail(runtimeId, ids.id(worker), "running", transcriptLen, lastEventId);
  }

  /** From place `first` (0 for the first) on, at most `count`, −1 for all. */
  diagnostics(first = 0, count = -1): RuntimeDiagnostic[] {
    const { remarks } = this.instance.words();
    const given = this.call((boundary, handle) => boundary.diagnostics(handle, first, count));
    const out = this.instance.exchange.receive();
    const diagnostics: RuntimeDiagnostic[] = [];
    for (let id = first + 1; id <= first + given; id++) {
      const { severity, code, message } = remarks[out.number()] as Remark;
      const diagnostic: RuntimeDiagnostic = { id, severity, code, message };
      const worker = out.number();
      if (worker > 0) {
        diagnostic.workerRef = this.ids.ref(worker);
      }
      diagnostics.push(diagnostic);
    }
    return diagnostics;
  }

  /** Throws `wrong_runtime_cursor` where the cursor is of another runtime. */
  checkCursor(runtimeId: string): void {
    if (runtimeId !== this.runtimeId) {
      this.call((boundary, handle, exchange) => boundary.check_cursor(handle, exchange.post([runtimeId])));
    }
  }

  // ── pages ───────────────────────────────────────────────────────────────────────────────────────

  /** `undefined` where records are needed that are not resident; see `needs`. */
  transcriptPage(worker: number, start: number, limit: number, bounded: boolean): EntryPage | undefined {
    const { exchange } = this.instance;
    const { roles } = this.instance.words();
    const ready = this.call((boundary, handle) =>
      boundary.transcript_page(handle, worker, start, limit, bounded),
    );
    return ready === 1
      ? decodeEntries(exchange.receive(), start, this.ids.ref(worker), roles, this.contents)
      : undefined;
  }

  /**
   * `undefined` where records are needed that are not resident; see `needs`. With `kept` the page stays valid after
   * further calls.
   */
  eventPage(nextEventId: number, limit: number, bounded: boolean, kept = false): EventPage | undefined {
    const { exchange } = this.instance;
    const vocabulary = this.instance.words();
    if (this.call((boundary, handle) => boundary.events_page(handle, nextEventId, limit, bounded)) === 0) {
      return undefined;
    }
    return new EventPage(kept ? exchange.receiveKept() : exchange.receive(), this.ids, vocabulary);
  }

  /** What the latest call for a page needs from the store, and the layout of the store that it is for. */
  needs(): { layout: number; ranges: RecordRange[] } {
    this.call((boundary, handle) => boundary.needs(handle));
    const out = this.instance.exchange.receive();
    return {
      layout: out.number(),
      ranges: out.list((): RecordRange => [out.string(), out.string(), out.optionalNumber()]),
    };
  }

  /**
   * Hands over what was read for the range that starts with `gte`; throws `storage_corrupt` and its like. What was read
   * for an older layout is ignored.
   */
  provide(layout: number, gte: string, records: readonly StoredRecord[]): void {
    this.call((boundary, handle, exchange) =>
      boundary.provide(handle, exchange.post([gte, records.length], records), layout),
    );
  }

  // ── the store ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Whether the store at `head` is an import that was never finished; throws `storage_corrupt` where its root record says so of
   * another head.
   */
  isUnfinished(head: string): boolean {
    return (
      this.call((boundary, handle, exchange) => boundary.is_unfinished(handle, exchange.post([head]))) === 1
    );
  }

  /** The commit that takes the store over from `head` and makes `to` its head. */
  takeover(head: string, to: string): StorageOp[] {
    return this.operationsOf([head, to], (boundary, handle, textBytes) =>
      boundary.takeover(handle, textBytes),
    );
  }

  /** Reads the store as it stands at `head`, instead of taking it over. */
  lookAt(head: string): void {
    this.call((boundary, handle, exchange) => boundary.look_at(handle, exchange.post([head])));
  }

  /** Verifies a part of what was read of the store; whether it was the last one, `undefined` while records are needed. */
  restore(lossAccepted: boolean): boolean | undefined {
    this.told = null;
    const restored = this.call((boundary, handle) => boundary.restore(handle, lossAccepted));
    return restored === 0 ? undefined : restored === 1;
  }

  /**
   * Whether there is regrouping to do: 0 none, 1 when nobody waits, 2 before the next mutation, 3 because that has no room
   * otherwise.
   */
  regrouping(idle: boolean): number {
    return this.call((boundary, handle) => boundary.regrouping(handle, idle));
  }

  /** The commit of the next step of regrouping; `undefined` where records are needed first, or there is none. */
  regroup(token: string, idle: boolean): StorageOp[] | undefined {
    const there = this.call((boundary, handle, exchange) =>
      boundary.regroup(handle, exchange.post([token]), idle),
    );
    return there === 1 ? this.instance.exchange.receiveOperations() : undefined;
  }

  private operationsOf(
    parts: Part[],
    enter: (boundary: Boundary, handle: number, textBytes: number) => number,
  ): StorageOp[] {
    this.call((boundary, handle, exchange) => enter(boundary, handle, exchange.post(parts)));
    return this.instance.exchange.receiveOperations();
  }

  // ── exports and imports ─────────────────────────────────────────────────────────────────────────

  /** The receipts of the remembered operations, oldest first. */
  operations(): OperationRecord[] {
    this.call((boundary, handle) => boundary.operations(handle));
    const out = this.instance.exchange.receive();
    return out.list(() => {
      const operation: OperationRecord = {
        key: out.string(),
        fingerprint: out.string(),
        workerId: out.string(),
        eventId: out.number(),
        kind: out.string() as OperationRecord["kind"],
      };
      const sequence = out.optionalNumber();
      return sequence === undefined ? operation : { ...operation, sequence };
    });
  }

  /** Records an event of an export anew; whether it did not have to wait for the next commit. */
  importEvent({ id, kind, message, recordedAt, workerId, entry, request }: ImportedEvent): boolean {
    const parts: Part[] = [kind, message, workerId, entry === undefined ? 0 : 1];
    if (entry !== undefined) {
      parts.push(...integerParts(entry.sequence), entry.role, entry.content);
    }
    parts.push(request === undefined ? 0 : 1);
    request?.addTo(parts);
    return (
      this.call((boundary, handle, exchange) =>
        boundary.import_event(handle, exchange.post(parts), id, recordedAt),
      ) === 1
    );
  }

  /** The commit that ends an import and makes `token` the head. */
  finishImport(
    operations: readonly OperationRecord[],
    losses: readonly number[],
    token: string,
  ): StorageOp[] {
    const parts: Part[] = [token, operations.length];
    for (const { key, fingerprint, workerId, kind, eventId, sequence } of operations) {
      const place = sequence === undefined ? [undefined, undefined] : integerParts(sequence);
      parts.push(key, fingerprint, workerId, kind, ...integerParts(eventId), ...place);
    }
    const all = parts.concat([losses.length], ...losses.map(integerParts));
    return this.operationsOf(all, (boundary, handle, textBytes) => boundary.finish_import(handle, textBytes));
  }
}
