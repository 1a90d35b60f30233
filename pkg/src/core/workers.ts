import type {
  CapabilityRequest,
  ProfileSelector,
  ResourceRef,
  WorkerDetail,
  WorkerIntent,
  WorkerStatus,
  WorkerSummary,
} from "../api/catalog.js";
import type { Outbox } from "./outbox.js";
import type { Part } from "./part.js";

/** What a request takes besides its texts, in UTF-16 code units. */
const REQUEST_UNITS = 64;
/** What each text of a list takes besides itself, in the same. */
const UNITS_PER_ITEM = 8;

/** The kinds by their codes. */
export const INTENT_KINDS = ["assistant", "task", "role"] as const;
export const PROFILE_KINDS = ["runtime_default", "builtin", "named"] as const;

/** An empty list. */
export const NO_PAIRS: ReadonlyArray<string | undefined> = [];

/** What a Worker was created with, defaults filled in. It is never handed out, only copied. */
export class WorkerRequest {
  /** Codes of the kinds. */
  intent = 0;
  profile = 0;
  /** The objective or the role. */
  subject: string | undefined = undefined;
  purpose: string | undefined = undefined;
  profileValue: string | undefined = undefined;
  bundleId: string | undefined = undefined;
  /** Names, each followed by the reason or reference. */
  capabilities = NO_PAIRS;
  workspaces = NO_PAIRS;
  mounts = NO_PAIRS;
  /** About how much memory it takes, in UTF-16 code units. */
  units = REQUEST_UNITS;

  static read(out: Outbox): WorkerRequest {
    const request = new WorkerRequest();
    const { textAt } = out;
    request.intent = out.number();
    if (request.intent > 0) {
      request.subject = out.string();
    }
    if (request.intent !== 1) {
      request.purpose = out.optionalString();
    }
    request.profile = out.number();
    if (request.profile > 0) {
      request.profileValue = out.string();
    }
    request.bundleId = out.optionalString();
    request.capabilities = readPairs(out);
    request.workspaces = readPairs(out);
    request.mounts = readPairs(out);
    request.units += out.textAt - textAt;
    request.countPairs();
    return request;
  }

  /** Counts what the texts of its lists take besides themselves. */
  countPairs(): void {
    this.units += UNITS_PER_ITEM * (this.capabilities.length + this.workspaces.length + this.mounts.length);
  }

  /** As the core takes it, behind what stands in `parts`. */
  addTo(parts: Part[]): Part[] {
    const { intent, profile } = this;
    parts.push(intent);
    if (intent > 0) {
      parts.push(this.subject);
    }
    if (intent !== 1) {
      parts.push(this.purpose);
    }
    parts.push(profile);
    if (profile > 0) {
      parts.push(this.profileValue);
    }
    parts.push(this.bundleId);
    addPairs(parts, this.capabilities);
    addPairs(parts, this.workspaces);
    addPairs(parts, this.mounts);
    return parts;
  }

  private intentCopy(): WorkerIntent {
    const { intent, purpose } = this;
    if (intent === 1) {
      return { kind: "task", objective: this.subject as string };
    }
    if (intent === 0) {
      return purpose === undefined ? { kind: "assistant" } : { kind: "assistant", purpose };
    }
    const role = this.subject as string;
    return purpose === undefined ? { kind: "role", role } : { kind: "role", role, purpose };
  }

  private profileCopy(): ProfileSelector {
    const { profile } = this;
    return profile === 0
      ? { kind: "runtime_default" }
      : { kind: profile === 1 ? "builtin" : "named", value: this.profileValue as string };
  }

  summary(
    runtimeId: string,
    workerId: string,
    status: WorkerStatus,
    transcriptLen: number,
    lastEventId: number,
  ): WorkerSummary {
    return {
      workerRef: { runtimeId, workerId },
      runtimeId,
      workerId,
      status,
      intent: this.intentCopy(),
      profile: this.profileCopy(),
      requestedCapabilityCount: this.capabilities.length / 2,
      hasConfigBundle: this.bundleId !== undefined,
      transcriptLen,
      lastEventId,
    };
  }

  detail(
    runtimeId: string,
    workerId: string,
    status: WorkerStatus,
    transcriptLen: number,
    lastEventId: number,
  ): WorkerDetail {
    const detail: WorkerDetail = {
      workerRef: { runtimeId, workerId },
      runtimeId,
      workerId,
      status,
      intent: this.intentCopy(),
      profile: this.profileCopy(),
      requestedCapabilities: capabilitiesOf(this.capabilities),
      workspaceRefs: resourcesOf(this.workspaces),
      mountRefs: resourcesOf(this.mounts),
      transcriptLen,
      lastEventId,
    };
    if (this.bundleId !== undefined) {
      detail.configBundle = { id: this.bundleId };
    }
    return detail;
  }
}

function readPairs(out: Outbox): ReadonlyArray<string | undefined> {
  const count = out.number();
  if (count === 0) {
    return NO_PAIRS;
  }
  const pairs: Array<string | undefined> = [];
  for (let i = 0; i < count; i++) {
    pairs.push(out.string(), out.optionalString());
  }
  return pairs;
}

function addPairs(parts: Part[], pairs: ReadonlyArray<string | undefined>): void {
  parts.push(pairs.length / 2);
  for (const text of pairs) {
    parts.push(text);
  }
}

function capabilitiesOf(pairs: ReadonlyArray<string | undefined>): CapabilityRequest[] {
  const items: CapabilityRequest[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    const reason = pairs[i + 1];
    items.push(reason === undefined ? { name } : { name, reason });
  }
  return items;
}

function resourcesOf(pairs: ReadonlyArray<string | undefined>): ResourceRef[] {
  const items: ResourceRef[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    items.push({ name: pairs[i] as string, reference: pairs[i + 1] as string });
  }
  return items;
}
