import type { RuntimeId, WorkerRef } from "./identity.js";

/** Who spoke. */
export type TranscriptRole = "user" | "system" | "assistant" | "tool";

/** One entry of a Worker's transcript. */
export interface TranscriptEntry {
  /** 1, 2, 3 … per Worker. */
  sequence: number;
  workerRef: WorkerRef;
  role: TranscriptRole;
  content: string;
  eventId: number;
  /** Host clock, milliseconds since the Unix epoch; information only, nothing is ordered by it. */
  recordedAt: number;
}

/** A page of a transcript: entries are counted from 0. A start past the end and a limit of 0 give an empty page. */
export interface TranscriptQuery {
  start: number;
  /** At most `limits.maxTranscriptProjectionItems` (`limit_too_large` otherwise). */
  limit: number;
}

/** One page of a Worker's transcript. */
export interface TranscriptProjection {
  workerRef: WorkerRef;
  start: number;
  limit: number;
  /** Entries in the whole transcript. */
  totalItems: number;
  items: TranscriptEntry[];
  /** Where the next page starts; absent where nothing follows. */
  nextStart?: number;
}

/**
 * A position in the event log: plain data that may be stored and used again after a reload. The start is 1 (0
 * reads like it); one past the last event is "now"; beyond the end is legal.
 */
export interface EventCursor {
  readonly runtimeId: RuntimeId;
  readonly nextEventId: number;
}

/** What happened. */
export type RuntimeEventKind =
  | "runtime_started"
  | "runtime_stopped"
  | "worker_created"
  | "worker_input_accepted"
  | "worker_output_recorded"
  | "worker_stopped"
  | "worker_cancelled";

/** One entry of the event log. */
export interface RuntimeEvent {
  /** 1, 2, 3 … per runtime, without gaps. */
  id: number;
  kind: RuntimeEventKind;
  message: string;
  /** The Worker that it concerns, where it concerns one. */
  workerRef?: WorkerRef;
  /** Host clock, milliseconds since the Unix epoch; information only, nothing is ordered by it. */
  recordedAt: number;
}

/** What `readEvents` answers. */
export interface RuntimeEventBatch {
  runtimeId: RuntimeId;
  /** Where to go on; as given where there was nothing to read. */
  cursor: EventCursor;
  events: RuntimeEvent[];
  hasMore: boolean;
}

/**
 * A live subscription: the events from a cursor on, in order, none twice and none lost, each once it is durable.
 * It reads from the log at the consumer's own pace and holds no more than one batch. Concurrent calls of `next`
 * are answered in order. `return`, `throw`, the signal and `close` of the runtime end it with `done`; a fence, a
 * loss, a poisoned module or a read error rejects one `next`, then `done`.
 */
export interface EventSubscription extends AsyncIterableIterator<RuntimeEvent> {
  /** Where a later `readEvents` or `subscribeEvents` goes on: one past the last event handed out. */
  readonly cursor: EventCursor;
}

/** A remark made at creation or opening. */
export interface RuntimeDiagnostic {
  /** 1, 2, 3 … per runtime. */
  id: number;
  severity: "info" | "warning" | "error";
  /** Stable, for programs; e.g. `worker.tools_less`. */
  code: string;
  message: string;
  /** The Worker that it concerns, where it concerns one. */
  workerRef?: WorkerRef;
}
