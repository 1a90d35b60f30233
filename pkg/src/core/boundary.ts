import type { CreateWorkerRequest } from "../api/catalog.js";
import type { RuntimeStatus } from "../api/management.js";
import type { RuntimeArguments } from "../arguments/options.js";
import type { StorageOp } from "../storage/contract.js";

/** A range of records: `gte <= key < lt`, at most so many. */
export type RecordRange = readonly [gte: string, lt: string, limit: number];

/** A record as a store gives it. */
export type StoredRecord = [key: string, value: Uint8Array];

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

  create(config: RuntimeArguments, now: number): number;
  close_handle(handle: number): void;
  runtime_id(handle: number): string;

  begin(handle: number): void;
  execute(handle: number, textBytes: number, now: number): number;
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

  needs(handle: number): RecordRange[];
  provide(handle: number, index: number, records: StoredRecord[]): void;

  root_range(): [gte: string, lt: string];
  create_stored(config: RuntimeArguments, now: number): number;
  open_root(config: RuntimeArguments, records: StoredRecord[]): number;
  is_unfinished(handle: number): boolean;
  takeover(handle: number, from: string, to: string, now: number): StorageOp[];
  restore(handle: number, acceptLoss: boolean): boolean;
  regroup(handle: number, to: string): StorageOp[] | undefined;
  merge_regroup(handle: number): void;
  abort_regroup(handle: number): void;
}
