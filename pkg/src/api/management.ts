/// <reference lib="esnext.disposable" preserve="true" />
import type { RuntimeStorage, RuntimeStore } from "../storage/contract.js";
import type { WorkerDetail, WorkerSummary } from "./catalog.js";
import type { RuntimeId, WorkerRef } from "./identity.js";
import type {
  EventCursor,
  RuntimeDiagnostic,
  RuntimeEventBatch,
  TranscriptProjection,
  TranscriptQuery,
} from "./observation.js";

/** How much one page or batch may hold; each an integer from 0, by default 256. */
export interface RuntimeLimits {
  maxTranscriptProjectionItems: number;
  maxEventBatchItems: number;
}

/** What `Runtime.create` takes. */
export interface RuntimeOptions {
  /** Not blank, at most 256 bytes of UTF-8. Default: generated. */
  runtimeId?: RuntimeId;
  displayName?: string;
  limits?: Partial<RuntimeLimits>;
}

/** What `Runtime.open` takes. Persisted limits and display name win over those given here. */
export interface OpenOptions extends RuntimeOptions {
  storage: RuntimeStorage;
  /** Gives up waiting: for the storage, or for another tab to let go of this runtime. */
  signal?: AbortSignal;
  /** `false`: refuse with `storage_missing` where the store does not exist yet. Default `true`. */
  create?: boolean;
  /** Do not wait for a living holder: fence it. Default `false`. */
  takeover?: boolean;
  /** Opens what is there although the host has evidence of loss (`storage_lost` otherwise). Default `false`. */
  acceptLoss?: boolean;
  /** How long, in milliseconds, an answer of the storage is waited for before its outcome counts as unknown. Default 10,000. */
  storageTimeoutMs?: number;
  /** How many bytes of history may stay resident. Default 16 MiB. */
  cacheBytes?: number;
}

/** What every mutation but `stopRuntime` takes as its last argument. */
export interface MutationOptions {
  /**
   * Makes a retry harmless: the same id and request answers with the first receipt, another request with
   * `operation_conflict`. Not blank, at most 256 bytes of UTF-8.
   */
  operationId?: string;
  /**
   * Gives up waiting. Not yet handed to the storage: withdrawn, `details.outcome` `not_applied`; afterwards
   * `unknown`. Both `storage_failed`, the signal's reason as `cause`.
   */
  signal?: AbortSignal;
}

/** After `stopRuntime` all data stays readable and every mutation is refused with `runtime_stopped`. */
export type RuntimeStatus = "running" | "stopped";

/** One runtime at a glance. */
export interface RuntimeSummary {
  runtimeId: RuntimeId;
  displayName?: string;
  backend: "memory" | "storage";
  status: RuntimeStatus;
  /** What a fulfilled mutation survives; absent for a memory-backed runtime. */
  durability?: RuntimeStore["durability"];
  workerCount: number;
  activeWorkerCount: number;
  stoppedWorkerCount: number;
  cancelledWorkerCount: number;
  diagnosticCount: number;
  limits: RuntimeLimits;
}

/**
 * What can be read. Methods that return a promise only reject; the others throw at the call. Every result is a
 * fresh plain object that the caller may keep and change.
 *
 * Any method but `runtimeId` and `close` is refused with `runtime_closed`, `runtime_poisoned`,
 * `storage_conflict` or `storage_lost` once the handle has come to that, and with `invalid_request` where an
 * argument is malformed.
 */
export interface RuntimeView extends AsyncDisposable {
  readonly runtimeId: RuntimeId;
  status(): RuntimeStatus;
  summary(): RuntimeSummary;
  /** All diagnostics, in the order in which they were made. */
  diagnostics(): RuntimeDiagnostic[];
  /** Summaries of all Workers in the order of their creation. */
  listWorkers(): WorkerSummary[];
  /** Refused with `wrong_runtime` and `worker_not_found`. */
  workerDetail(worker: WorkerRef): WorkerDetail;
  /** Refused with `limit_too_large`, `wrong_runtime` and `worker_not_found`, checked in this order. */
  transcriptProjection(worker: WorkerRef, query: TranscriptQuery): Promise<TranscriptProjection>;
  /** Before the first event. */
  eventCursorFromStart(): EventCursor;
  /** After the last event. */
  eventCursorNow(): EventCursor;
  /** At most `limit` events. Refused with `wrong_runtime_cursor` and `limit_too_large`, checked in this order. */
  readEvents(cursor: EventCursor, limit: number): Promise<RuntimeEventBatch>;
  /**
   * The whole runtime as JSON Lines, self-describing, as it is at the first `next`, page by page: never the whole
   * history in memory. Lines come without a line terminator. Refusals come at the first `next`; an abort of
   * `signal` rejects with `storage_failed`, the signal's reason as `cause`.
   */
  exportLines(options?: { signal?: AbortSignal }): AsyncIterable<string>;
  /** Completes what is in flight, then lets go of the storage and the memory. Twice is harmless. */
  close(): Promise<void>;
}
