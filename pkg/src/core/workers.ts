import type {
  CapabilityRequest,
  ProfileSelector,
  ResourceRef,
  WorkerDetail,
  WorkerIntent,
  WorkerStatus,
  WorkerSummary,
} from "../api/catalog.js";
import type { RuntimeDiagnostic } from "../api/observation.js";
import type { Outbox } from "./outbox.js";
import type { WorkerIds } from "./refs.js";

const SEVERITIES = ["info", "warning", "error"] as const;

function intent(out: Outbox): WorkerIntent {
  const kind = out.number();
  if (kind === 1) {
    return { kind: "task", objective: out.string() };
  }
  const value: WorkerIntent = kind === 2 ? { kind: "role", role: out.string() } : { kind: "assistant" };
  const purpose = out.optionalString();
  if (purpose !== undefined) {
    value.purpose = purpose;
  }
  return value;
}

function profile(out: Outbox): ProfileSelector {
  const kind = out.number();
  if (kind === 0) {
    return { kind: "runtime_default" };
  }
  return { kind: kind === 1 ? "builtin" : "named", value: out.string() };
}

function list<T>(out: Outbox, item: (out: Outbox) => T): T[] {
  const count = out.number();
  const items: T[] = [];
  for (let i = 0; i < count; i++) {
    items.push(item(out));
  }
  return items;
}

function capability(out: Outbox): CapabilityRequest {
  const value: CapabilityRequest = { name: out.string() };
  const reason = out.optionalString();
  if (reason !== undefined) {
    value.reason = reason;
  }
  return value;
}

function resource(out: Outbox): ResourceRef {
  return { name: out.string(), reference: out.string() };
}

export function decodeSummaries(
  out: Outbox,
  runtimeId: string,
  ids: WorkerIds,
  statuses: readonly WorkerStatus[],
): WorkerSummary[] {
  return list(out, () => {
    const number = out.number();
    return {
      workerRef: ids.ref(number),
      runtimeId,
      workerId: ids.id(number),
      status: statuses[out.number()] as WorkerStatus,
      intent: intent(out),
      profile: profile(out),
      requestedCapabilityCount: out.number(),
      hasConfigBundle: out.number() === 1,
      transcriptLen: out.number(),
      lastEventId: out.number(),
    };
  });
}

/** `workerId` is given where the Worker is not merged yet, so that its number has no id to be found by. */
export function decodeDetail(
  out: Outbox,
  runtimeId: string,
  workerId: string,
  statuses: readonly WorkerStatus[],
): WorkerDetail {
  out.number();
  const status = statuses[out.number()] as WorkerStatus;
  const workerIntent = intent(out);
  const workerProfile = profile(out);
  const bundleId = out.optionalString();
  return {
    workerRef: { runtimeId, workerId },
    runtimeId,
    workerId,
    status,
    intent: workerIntent,
    profile: workerProfile,
    ...(bundleId === undefined ? {} : { configBundle: { id: bundleId } }),
    requestedCapabilities: list(out, capability),
    workspaceRefs: list(out, resource),
    mountRefs: list(out, resource),
    transcriptLen: out.number(),
    lastEventId: out.number(),
  };
}

export function decodeDiagnostics(out: Outbox, ids: WorkerIds): RuntimeDiagnostic[] {
  return list(out, () => {
    const diagnostic: RuntimeDiagnostic = {
      id: out.number(),
      severity: SEVERITIES[out.number()] as RuntimeDiagnostic["severity"],
      code: out.string(),
      message: out.string(),
    };
    const worker = out.number();
    if (worker > 0) {
      diagnostic.workerRef = ids.ref(worker);
    }
    return diagnostic;
  });
}
