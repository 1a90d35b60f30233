import type { RuntimeId, WorkerId, WorkerRef } from "./identity.js";

/** What a Worker is for. `objective` and `role` are not blank; `purpose` may be. Default: `assistant`. */
export type WorkerIntent =
  | { kind: "assistant"; purpose?: string }
  | { kind: "task"; objective: string }
  | { kind: "role"; role: string; purpose?: string };

/** A selector, not a resolved configuration. `value` is not blank. Default: `runtime_default`. */
export type ProfileSelector =
  | { kind: "runtime_default" }
  | { kind: "builtin"; value: string }
  | { kind: "named"; value: string };

/** A reference to configuration that the host resolves. `id` is not blank. */
export interface ConfigBundleRef {
  id: string;
}

/** A capability that the Worker asks for. `name` is not blank; `reason` may be. */
export interface CapabilityRequest {
  name: string;
  reason?: string;
}

/** A resource, opaque to the runtime. `name` is not blank; `reference` may be. */
export interface ResourceRef {
  name: string;
  reference: string;
}

/**
 * What `createWorker` takes; every field has a default. Unknown fields are refused. A list has at most 65,536
 * items, a string at most 16 MiB of UTF-8, and all strings together at most 32 Mi UTF-16 code units.
 */
export interface CreateWorkerRequest {
  /** Default: `{ kind: "assistant" }`. */
  intent?: WorkerIntent;
  /** Default: `{ kind: "runtime_default" }`. */
  profile?: ProfileSelector;
  /** Default: none. */
  configBundle?: ConfigBundleRef;
  /** Default: empty. */
  requestedCapabilities?: CapabilityRequest[];
  /** Default: empty. */
  workspaceRefs?: ResourceRef[];
  /** Default: empty. */
  mountRefs?: ResourceRef[];
}

/** `stopped` and `cancelled` are final. */
export type WorkerStatus = "running" | "stopped" | "cancelled";

/** One line of the catalog. */
export interface WorkerSummary {
  workerRef: WorkerRef;
  runtimeId: RuntimeId;
  workerId: WorkerId;
  status: WorkerStatus;
  intent: WorkerIntent;
  profile: ProfileSelector;
  requestedCapabilityCount: number;
  hasConfigBundle: boolean;
  /** Entries in the Worker's transcript. */
  transcriptLen: number;
  /** The last event that concerns this Worker. */
  lastEventId: number;
}

/** The whole record of one Worker. */
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
  /** Entries in the Worker's transcript. */
  transcriptLen: number;
  /** The last event that concerns this Worker. */
  lastEventId: number;
}

/** What `stopWorker` and `cancelWorker` answer: the status and the event of the first call that ended the Worker. */
export interface WorkerLifecycleAck {
  workerRef: WorkerRef;
  status: WorkerStatus;
  eventId: number;
}
