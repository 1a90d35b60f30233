import type { RuntimeStatus } from "../api/management.js";
import type { RuntimeEventKind } from "../api/observation.js";
import type { RuntimeArguments } from "../arguments/options.js";
import type { WorkerRequest } from "./workers.js";

/** A range of records: `gte <= key < lt`, at most so many, or all. */
export type RecordRange = readonly [gte: string, lt: string, limit: number | undefined];

/** A record as a store gives it. */
export type StoredRecord = [key: string, value: Uint8Array];

/** What a storage-backed runtime is created with. */
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
export interface ImportedEvent {
  readonly id: number;
  readonly kind: string;
  readonly message: string;
  readonly recordedAt: number;
  readonly workerId: string | undefined;
  readonly entry: { readonly sequence: number; readonly role: string; readonly content: string } | undefined;
  readonly request: WorkerRequest | undefined;
}

/** What the core knows of a runtime's summary. */
export interface CoreSummary {
  runtimeId: string;
  displayName: string | undefined;
  status: RuntimeStatus;
  workerCount: number;
  activeWorkerCount: number;
  stoppedWorkerCount: number;
  cancelledWorkerCount: number;
  diagnosticCount: number;
  limits: { maxTranscriptProjectionItems: number; maxEventBatchItems: number };
}

/**
 * What the module exports, over numeric handles. A negative answer is a refusal, which is in the exchange area (see
 * `Exchange`) as everything else is that goes out; whatever is thrown is a trap, after which the instance must not be entered
 * again. `textBytes` is what the area's text has that goes in. What goes in and out is said where the functions are defined.
 */
export interface Boundary {
  exchange(): number;
  reserve(words: number, bytes: number): void;
  vocabulary(): void;
  /** Traps; for tests only. */
  __test_trap(): void;
  /** The sizes of stores that are created or opened from here on, in the order of the core's `Sizes`; for tests only. */
  __test_sizes(...sizes: number[]): void;
  /** Takes so many frames of the stack, about 990 bytes each; throws where there is not so much. */
  probe_stack(frames: number): number;

  create(
    kind: number,
    textBytes: number,
    transcriptLimit: number,
    batchLimit: number,
    cacheBytes: number,
    now: number,
  ): number;
  close_handle(handle: number): void;

  begin(handle: number): number;
  execute(handle: number, textBytes: number, now: number): number;
  execute_foreseen(handle: number, count: number, firstEventId: number, now: number): number;
  take_error(index: number): number;
  execute_create(handle: number, textBytes: number, now: number): number;
  execute_end(handle: number, textBytes: number, cancel: boolean, now: number): number;
  execute_stop_runtime(handle: number, now: number): number;
  changed(handle: number): number;
  finish(handle: number, textBytes: number): number;
  merge(handle: number): number;
  abort(handle: number): number;
  begin_aside(handle: number): number;
  end_aside(handle: number): number;

  summary(handle: number): number;
  last_event_id(handle: number): number;
  standings(handle: number, worker: number, count: number): number;
  requests(handle: number, worker: number, count: number): number;
  diagnostics(handle: number, first: number, count: number): number;
  resolve(handle: number, textBytes: number): number;
  transcript_page(handle: number, worker: number, start: number, limit: number, bounded: boolean): number;
  events_page(handle: number, nextEventId: number, limit: number, bounded: boolean): number;
  check_cursor(handle: number, textBytes: number): number;

  needs(handle: number): number;
  provide(handle: number, textBytes: number, layout: number): number;

  root_range(): void;
  open_root(textBytes: number, cacheBytes: number): number;
  is_unfinished(handle: number, textBytes: number): number;
  takeover(handle: number, textBytes: number): number;
  look_at(handle: number, textBytes: number): number;
  restore(handle: number, lossAccepted: boolean): number;
  regrouping(handle: number, idle: boolean): number;
  regroup(handle: number, textBytes: number, idle: boolean): number;

  operations(handle: number): number;
  import_event(handle: number, textBytes: number, id: number, recordedAt: number): number;
  finish_import(handle: number, textBytes: number): number;
}
