import type { CreateWorkerRequest } from "../api/catalog.js";
import type { RuntimeStatus } from "../api/management.js";
import type { RuntimeEventKind } from "../api/observation.js";
import type { RuntimeArguments } from "../arguments/options.js";
import type { StorageOp } from "../storage/contract.js";
import type { EventLine } from "../transfer/format.js";

/** A range of records: `gte <= key < lt`, at most so many, or all. */
export type RecordRange = readonly [gte: string, lt: string, limit: number | undefined];

/** A record as a store gives it. */
export type StoredRecord = [key: string, value: Uint8Array];

/** What a storage-backed runtime is created or opened with. */
export interface StoreConfig extends RuntimeArguments {
  /** How many bytes of history may stay resident. */
  cacheBytes?: number;
}

/** The receipt of a remembered operation: hashes of its id and of its request, and its answer. */
export interface OperationRecord {
  key: string;
  fingerprint: string;
  workerId: string;
  eventId: number;
  kind: RuntimeEventKind;
  sequence?: number;
}

/** An event of an export, to be recorded anew. */
export type ImportedEvent = Omit<EventLine, "type">;

/** What the core knows of a runtime's summary. */
export interface CoreSummary {
  runtimeId: string;
  displayName?: string;
  status: RuntimeStatus;
  workerCount: number;
  activeWorkerCount: number;
  stoppedWorkerCount: number;
  cancelledWorkerCount: number;
  diagnosticCount: number;
  limits: { maxTranscriptProjectionItems: number; maxEventBatchItems: number };
}

/**
 * What the module exports, over numeric handles. A refusal is thrown as a plain object `{ code, message, details }`;
 * whatever else is thrown is a trap, after which the instance must not be entered again.
 *
 * "Out" means the exchange area (see `Exchange`), which holds the answer until the next call.
 */
export interface Boundary {
  exchange(): number;
  reserve(words: number, textBytes: number): void;
  events_table(): string;
  roles_table(): string;
  statuses_table(): string;
  generate_token(): string;
  /** Traps; for tests only. */
  __test_trap(): void;
  /** The sizes of stores that are created or opened from here on, in the order of the core's `Sizes`; for tests only. */
  __test_sizes(...sizes: number[]): void;

  create(config: RuntimeArguments, now: number): number;
  /** Takes as much of the stack as any other call; throws where there is not so much. */
  probe_stack(): number;
  close_handle(handle: number): void;
  runtime_id(handle: number): string;

  begin(handle: number): void;
  execute(handle: number, textBytes: number, now: number): number;
  execute_foreseen(handle: number, count: number, firstEventId: number, now: number): boolean;
  take_error(index: number): unknown;
  execute_create(
    handle: number,
    request: CreateWorkerRequest,
    operationId: string | undefined,
    now: number,
  ): number | undefined;
  execute_end(
    handle: number,
    worker: number,
    runtimeId: string | undefined,
    workerId: string | undefined,
    cancel: boolean,
    reason: string | undefined,
    operationId: string | undefined,
    now: number,
  ): number | undefined;
  execute_stop_runtime(handle: number, now: number): number;
  changed(handle: number): boolean;
  finish(handle: number, token: string): StorageOp[];
  merge(handle: number): void;
  abort(handle: number): void;
  begin_aside(handle: number): void;
  end_aside(handle: number): void;

  worker_number(handle: number, workerId: string): number;
  worker_id(handle: number, worker: number): string;
  status(handle: number): number;
  summary(handle: number): CoreSummary;
  last_event_id(handle: number): number;
  list_workers(handle: number): void;
  worker_detail(handle: number, worker: number): void;
  diagnostics(handle: number): void;
  resolve(handle: number, runtimeId: string, workerId: string): number;
  transcript_page(handle: number, worker: number, start: number, limit: number, bounded: boolean): boolean;
  events_page(handle: number, nextEventId: number, limit: number, bounded: boolean): boolean;
  check_cursor(handle: number, runtimeId: string): void;

  needs(handle: number): [layout: number, ...ranges: RecordRange[]];
  provide(handle: number, layout: number, gte: string, records: StoredRecord[]): void;

  root_range(): [gte: string, lt: string];
  create_stored(config: StoreConfig, now: number): number;
  open_root(config: StoreConfig, records: StoredRecord[]): number;
  is_unfinished(handle: number, head: string): boolean;
  takeover(handle: number, head: string, to: string): StorageOp[];
  look_at(handle: number, head: string): void;
  restore(handle: number, lossAccepted: boolean): boolean;
  regrouping(handle: number, idle: boolean): number;
  regroup(handle: number, token: string, idle: boolean): StorageOp[] | undefined;

  operations(handle: number): OperationRecord[];
  import_stored(config: StoreConfig): number;
  import_event(handle: number, event: ImportedEvent): boolean;
  finish_import(
    handle: number,
    rest: { operations: OperationRecord[]; losses: number[] },
    token: string,
  ): StorageOp[];
}
