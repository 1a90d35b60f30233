import type {
  CapabilityRequest,
  ConfigBundleRef,
  ProfileSelector,
  ResourceRef,
  WorkerIntent,
} from "../api/catalog.js";
import type { RuntimeLimits } from "../api/management.js";
import type { RuntimeDiagnostic, RuntimeEventKind, TranscriptRole } from "../api/observation.js";

import type { OperationRecord } from "../core/boundary.js";

/** The lines of an export, in this order: one header, events, diagnostics, operations, one trailer. See docs/export-format.md. */
export const FORMAT = "worker-runtime-export";
export const VERSION = 1;

/** The first line. */
export interface HeaderLine {
  type: "header";
  format: typeof FORMAT;
  version: number;
  runtimeId: string;
  displayName?: string;
  limits: RuntimeLimits;
}

/** What a Worker was created with, defaults filled in. */
export interface ExportedRequest {
  intent: WorkerIntent;
  profile: ProfileSelector;
  configBundle?: ConfigBundleRef;
  requestedCapabilities: CapabilityRequest[];
  workspaceRefs: ResourceRef[];
  mountRefs: ResourceRef[];
}

/** One entry of a transcript. */
export interface ExportedEntry {
  sequence: number;
  role: TranscriptRole;
  content: string;
}

/** One entry of the event log, with everything that it changed. */
export interface EventLine {
  type: "event";
  id: number;
  kind: RuntimeEventKind;
  message: string;
  /** Milliseconds since the Unix epoch. */
  recordedAt: number;
  workerId?: string;
  /** Of `worker_created`. */
  request?: ExportedRequest;
  /** Of `worker_input_accepted` and `worker_output_recorded`. */
  entry?: ExportedEntry;
}

/** One diagnostic. */
export interface DiagnosticLine {
  type: "diagnostic";
  id: number;
  severity: RuntimeDiagnostic["severity"];
  code: string;
  message: string;
  workerId?: string;
}

/**
 * The receipt of a remembered operation id: hashes of the id and of its request (method, ref and arguments), and what
 * was answered. Oldest first.
 */
export interface OperationLine extends OperationRecord {
  type: "operation";
}

/** The last line. */
export interface TrailerLine {
  type: "trailer";
  events: number;
  workers: number;
  entries: number;
  diagnostics: number;
  operations: number;
  /** CRC-32 of all lines before this one, each as UTF-8 and followed by a line feed: 8 lower-case hex digits. */
  crc32: string;
}

export type ExportLine = HeaderLine | EventLine | DiagnosticLine | OperationLine | TrailerLine;
