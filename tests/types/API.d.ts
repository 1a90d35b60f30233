/**
 * The public JavaScript surface of `worker-runtime`, as programs outside the project rely on it.
 * Behaviour is fixed in SPEC.md. Add to it freely; what stands here keeps its name, shape and meaning.
 * Package entry points: "worker-runtime" (everything but adapters), "worker-runtime/indexeddb",
 * "worker-runtime/node-fs", "worker-runtime/testing" (storage conformance kit, fault-injecting storage),
 * "worker-runtime/slim" (the same as "worker-runtime" without the module's bytes inlined: call `initWasm` first),
 * "worker-runtime/worker_runtime.wasm" (the module itself, for a bundler, a CDN or a precache list).
 */

/**
 * Optional. By default the module is compiled from inlined bytes at the first `create` or `open`. A page may give it instead as a URL
 * or response (compiled while it streams), bytes, or a compiled module. Repeated calls are harmless; a failed one can be repeated.
 */
export function initWasm(
  source?: string | URL | Response | Promise<Response> | BufferSource | WebAssembly.Module,
): Promise<void>;

// ── identity ────────────────────────────────────────────────────────────────────────────────────
export type RuntimeId = string;
export type WorkerId = string;
export interface WorkerRef {
  readonly runtimeId: RuntimeId;
  readonly workerId: WorkerId;
}

// ── catalog ─────────────────────────────────────────────────────────────────────────────────────
export type WorkerIntent =
  | { kind: "assistant"; purpose?: string }
  | { kind: "task"; objective: string }
  | { kind: "role"; role: string; purpose?: string };
export type ProfileSelector =
  | { kind: "runtime_default" }
  | { kind: "builtin"; value: string }
  | { kind: "named"; value: string };
export interface ConfigBundleRef {
  id: string;
}
export interface CapabilityRequest {
  name: string;
  reason?: string;
}
export interface ResourceRef {
  name: string;
  reference: string;
}

export interface CreateWorkerRequest {
  intent?: WorkerIntent;
  profile?: ProfileSelector;
  configBundle?: ConfigBundleRef;
  requestedCapabilities?: CapabilityRequest[];
  workspaceRefs?: ResourceRef[];
  mountRefs?: ResourceRef[];
}
export type WorkerStatus = "running" | "stopped" | "cancelled";
export interface WorkerSummary {
  workerRef: WorkerRef;
  runtimeId: RuntimeId;
  workerId: WorkerId;
  status: WorkerStatus;
  intent: WorkerIntent;
  profile: ProfileSelector;
  requestedCapabilityCount: number;
  hasConfigBundle: boolean;
  transcriptLen: number;
  lastEventId: number;
}
export interface WorkerDetail {
  workerRef: WorkerRef;
  runtimeId: RuntimeId;
  workerId: WorkerId;
  status: WorkerStatus;
  intent: WorkerIntent;
  profile: ProfileSelector;
  configBundle?: ConfigBundleRef;
  requestedCapabilities: CapabilityRequest[];
  workspaceRefs: ResourceRef[];
  mountRefs: ResourceRef[];
  transcriptLen: number;
  lastEventId: number;
}
export interface WorkerLifecycleAck {
  workerRef: WorkerRef;
  status: WorkerStatus;
  eventId: number;
}

// ── interaction ─────────────────────────────────────────────────────────────────────────────────
export interface WorkerInput {
  kind: "user" | "system";
  content: string;
}
/** What the host's model or tool answered; the runtime executes neither. */
export interface WorkerOutput {
  kind: "assistant" | "tool";
  content: string;
}
export interface WorkerInteractionAck {
  workerRef: WorkerRef;
  status: WorkerStatus;
  transcriptSequence: number;
  eventId: number;
}

// ── observation ─────────────────────────────────────────────────────────────────────────────────
export type TranscriptRole = "user" | "system" | "assistant" | "tool";
export interface TranscriptEntry {
  sequence: number;
  workerRef: WorkerRef;
  role: TranscriptRole;
  content: string;
  eventId: number;
  recordedAt: number;
}
export interface TranscriptQuery {
  start: number;
  limit: number;
}
export interface TranscriptProjection {
  workerRef: WorkerRef;
  start: number;
  limit: number;
  totalItems: number;
  items: TranscriptEntry[];
  nextStart?: number;
}
export interface EventCursor {
  readonly runtimeId: RuntimeId;
  readonly nextEventId: number;
}
export type RuntimeEventKind =
  | "runtime_started"
  | "runtime_stopped"
  | "worker_created"
  | "worker_input_accepted"
  | "worker_output_recorded"
  | "worker_stopped"
  | "worker_cancelled";
export interface RuntimeEvent {
  id: number;
  kind: RuntimeEventKind;
  message: string;
  workerRef?: WorkerRef;
  /** Host clock, milliseconds since the Unix epoch; information only, nothing is ordered by it. */
  recordedAt: number;
}
export interface RuntimeEventBatch {
  runtimeId: RuntimeId;
  cursor: EventCursor;
  events: RuntimeEvent[];
  hasMore: boolean;
}
export interface EventSubscription extends AsyncIterableIterator<RuntimeEvent> {
  /** Where a later `readEvents` or `subscribeEvents` goes on: one past the last event handed out. */
  readonly cursor: EventCursor;
}
export interface RuntimeDiagnostic {
  id: number;
  severity: "info" | "warning" | "error";
  code: string;
  message: string;
  workerRef?: WorkerRef;
}

// ── management ──────────────────────────────────────────────────────────────────────────────────
export interface RuntimeLimits {
  maxTranscriptProjectionItems: number;
  maxEventBatchItems: number;
}
export interface RuntimeOptions {
  runtimeId?: RuntimeId;
  displayName?: string;
  limits?: Partial<RuntimeLimits>;
}
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
  /** How long an answer of the storage is waited for before its outcome counts as unknown. Default 10,000. */
  storageTimeoutMs?: number;
  /** How many bytes of history may stay resident. Default 16 MiB. */
  cacheBytes?: number;
}
export interface MutationOptions {
  /** Makes a retry harmless: the same id and request answers with the first receipt. Not blank, at most 256 UTF-8 bytes. */
  operationId?: string;
  /** Gives up waiting. Not yet handed to the storage: withdrawn, outcome "not_applied"; afterwards "unknown". Both `storage_failed`, the signal's reason as cause. */
  signal?: AbortSignal;
}
export type RuntimeStatus = "running" | "stopped";
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

/** What can be read. Methods that return a promise only reject; the others throw at the call. */
export interface RuntimeView extends AsyncDisposable {
  readonly runtimeId: RuntimeId;
  status(): RuntimeStatus;
  summary(): RuntimeSummary;
  diagnostics(): RuntimeDiagnostic[];
  listWorkers(): WorkerSummary[];
  workerDetail(worker: WorkerRef): WorkerDetail;
  transcriptProjection(worker: WorkerRef, query: TranscriptQuery): Promise<TranscriptProjection>;
  eventCursorFromStart(): EventCursor;
  eventCursorNow(): EventCursor;
  readEvents(cursor: EventCursor, limit: number): Promise<RuntimeEventBatch>;
  exportLines(options?: { signal?: AbortSignal }): AsyncIterable<string>;
  close(): Promise<void>;
}

export class Runtime implements RuntimeView {
  /** Memory-backed. Loads the WebAssembly module on first use, in every host, without a call of its own. */
  static create(options?: RuntimeOptions): Promise<Runtime>;
  /** Creates or restores the runtime `runtimeId` (generated when absent) in `storage`. */
  static open(options: OpenOptions): Promise<Runtime>;
  /** Reads a store without taking it over and without writing: fixed at the head found, `storage_conflict` once it moves. */
  static inspect(
    storage: RuntimeStorage,
    runtimeId: RuntimeId,
    options?: { signal?: AbortSignal },
  ): Promise<RuntimeView>;
  private constructor();

  readonly runtimeId: RuntimeId;
  status(): RuntimeStatus;
  summary(): RuntimeSummary;
  diagnostics(): RuntimeDiagnostic[];

  createWorker(request?: CreateWorkerRequest, options?: MutationOptions): Promise<WorkerDetail>;
  listWorkers(): WorkerSummary[];
  workerDetail(worker: WorkerRef): WorkerDetail;
  sendInput(worker: WorkerRef, input: WorkerInput, options?: MutationOptions): Promise<WorkerInteractionAck>;
  recordOutput(
    worker: WorkerRef,
    output: WorkerOutput,
    options?: MutationOptions,
  ): Promise<WorkerInteractionAck>;
  stopWorker(worker: WorkerRef, reason?: string, options?: MutationOptions): Promise<WorkerLifecycleAck>;
  cancelWorker(worker: WorkerRef, reason?: string, options?: MutationOptions): Promise<WorkerLifecycleAck>;
  /** Fulfils with the id of the event `runtime_stopped`, or of the last event where it was stopped before. */
  stopRuntime(): Promise<number>;

  transcriptProjection(worker: WorkerRef, query: TranscriptQuery): Promise<TranscriptProjection>;
  eventCursorFromStart(): EventCursor;
  eventCursorNow(): EventCursor;
  readEvents(cursor: EventCursor, limit: number): Promise<RuntimeEventBatch>;
  subscribeEvents(cursor: EventCursor, options?: { signal?: AbortSignal }): EventSubscription;

  /** The whole runtime as JSON Lines, self-describing, page by page: never the whole history in memory. */
  exportLines(options?: { signal?: AbortSignal }): AsyncIterable<string>;
  /** Creates the exported runtime in `storage`, visible only once everything is verified; refuses (`invalid_request`) an id that exists there. */
  static importLines(
    storage: RuntimeStorage,
    lines: AsyncIterable<string> | Iterable<string>,
    options?: { signal?: AbortSignal },
  ): Promise<RuntimeId>;

  /** Completes what is in flight (an undecided commit for at most `storageTimeoutMs`), then lets go of the storage and the memory. Twice is harmless. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type RuntimeErrorCode =
  | "runtime_stopped"
  | "runtime_closed"
  | "runtime_poisoned"
  | "wrong_runtime"
  | "wrong_runtime_cursor"
  | "worker_not_found"
  | "limit_too_large"
  | "invalid_request"
  | "storage_failed"
  | "storage_conflict"
  | "storage_locked"
  | "storage_corrupt"
  | "storage_missing"
  | "storage_lost"
  | "storage_unsupported_version"
  | "operation_conflict";
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  /** e.g. `{ expectedRuntimeId, actualRuntimeId, workerId }`, `{ requested, max }`, `{ key }`. */
  readonly details: Readonly<Record<string, string | number>>;
}

// ── what a host provides ────────────────────────────────────────────────────────────────────────
/**
 * Keys: 1 to 200 characters from "!" to "~", ordered by code unit, none twice in a commit. Values: 0 to 1,048,576 opaque bytes; `null` deletes.
 * Buffers in `ops` are never views of the module's memory and are changed by neither side; buffers from `read` belong to the runtime.
 */
export type StorageOp = readonly [key: string, value: Uint8Array | null];
export interface StorageCommit {
  /** The head that the store must have now; `null`: the store does not exist yet. */
  readonly from: string | null;
  /** The head that it has afterwards. Unguessable, never given to two different commits. */
  readonly to: string;
  readonly ops: readonly StorageOp[];
}
/** One runtime's records. */
export interface RuntimeStore {
  /** What a fulfilled commit survives. */
  readonly durability: "power-loss" | "process-crash" | "memory";
  /** Settles when the store may have been taken, deleted or lost by somebody else; the runtime then asks `head()`. */
  readonly disturbed?: Promise<void>;
  /** The present head, `null` where there is no store: never created, or deleted. */
  head(): Promise<string | null>;
  /**
   * Records with `gte <= key < lt`, in ascending key order, at most `limit`. Bounds are keys or `""`; `gte >= lt` or `limit: 0` gives nothing.
   * One call sees the state after exactly one commit, never part of one, not older than the last one fulfilled before the call; two calls may see different ones.
   */
  read(range: { gte: string; lt: string; limit?: number }): Promise<Array<[key: string, value: Uint8Array]>>;
  /**
   * Linearizable across every tab and process that opened this store:
   * head is `from`  → apply all ops and the new head, or nothing; answer `to` once durable;
   * head is `to`    → this very commit was applied before: change nothing, answer `to`;
   * anything else   → change nothing, answer the actual head.
   * Reject with `StorageRejected` only where the commit is certainly not applied and never will be: it speaks of the commit, not of the
   * call, so while an earlier offering of the same `to` may still be applied, reject otherwise. Every other rejection means that the outcome is unknown.
   * An empty `ops` is legal and moves the head. A creation (`from: null`) that was applied is never applied a second time by the same handle.
   */
  commit(commit: StorageCommit): Promise<string | null>;
  close(): Promise<void>;
}
/** The storage callback. */
export interface RuntimeStorage {
  /**
   * The store of one runtime, existing or not yet. Where the adapter can tell that a living holder has it, it waits for the holder to
   * let go, rejects with the signal's reason once `signal` aborts, and does not wait with `takeover`. With `readOnly` it takes no lock and doesn't wait.
   */
  open(
    runtimeId: RuntimeId,
    options?: { signal?: AbortSignal; takeover?: boolean; readOnly?: boolean },
  ): Promise<RuntimeStore>;
  /** The runtimes that have a head, in ascending order of their UTF-8 bytes. */
  list(): Promise<RuntimeId[]>;
  /** Removes every record, the head and any witness, linearizably with commits; harmless where there is nothing. */
  delete(runtimeId: RuntimeId): Promise<void>;
}
/** Recognised by `name` ("StorageRejected") and `code`, so that a second copy of the package does no harm. */
export class StorageRejected extends Error {
  constructor(code: "quota" | "too_large" | "denied", options?: { message?: string; cause?: unknown });
  readonly code: "quota" | "too_large" | "denied";
}

/** The store has vanished or gone back in time, and the adapter knows it. Recognised by `name` ("StorageLost"). */
export class StorageLost extends Error {}

/** "worker-runtime/indexeddb" */
export declare function indexedDbStorage(options?: {
  databaseName?: string;
  durability?: "strict" | "relaxed";
  indexedDB?: IDBFactory;
}): RuntimeStorage;
/** "worker-runtime/node-fs" */
export declare function nodeFsStorage(options: { directory: string }): RuntimeStorage;
/** "worker-runtime": volatile, the reference for every adapter. */
export declare function memoryStorage(): RuntimeStorage;
/**
 * "worker-runtime/testing": the conformance kit, for any test runner.
 * Each case is named and independent; `run` rejects with an AssertionError-like error where the adapter breaks its contract.
 */
export declare function storageConformance(
  makeStorage: () => Promise<{ storage: RuntimeStorage; dispose?(): Promise<void> }>,
): Array<{ name: string; run(): Promise<void> }>;
/** "worker-runtime/testing": what becomes of each call, in order, or drawn from a seed. */
export type Fate =
  | "ok"
  | "rejected"
  | "unknown_before"
  | "unknown_after"
  | "never"
  | "twice"
  | "late"
  | "throws"
  | "partial"
  | "stale_read"
  | "slow";
export declare function faultyStorage(
  inner: RuntimeStorage,
  plan: { seed: number; rate?: number } | { fates: Fate[] },
): RuntimeStorage;
