import type { WorkerStatus } from "../api/catalog.js";
import type { RuntimeDiagnostic, RuntimeEventKind, TranscriptRole } from "../api/observation.js";
import type { Outbox } from "./outbox.js";

/** The words behind the codes, asked for once an instance, when they are first needed. */
export class Vocabulary {
  readonly eventKinds: RuntimeEventKind[] = [];
  /** What an event of a kind says where it says nothing of its own. */
  readonly eventMessages: string[] = [];
  readonly roles: readonly TranscriptRole[];
  readonly statuses: readonly WorkerStatus[];
  readonly severities: ReadonlyArray<RuntimeDiagnostic["severity"]>;

  constructor(out: Outbox) {
    const word = <T extends string>(): T => out.string() as T;
    out.list(() => {
      this.eventKinds.push(word());
      this.eventMessages.push(word());
    });
    this.roles = out.list(word<TranscriptRole>);
    this.statuses = out.list(word<WorkerStatus>);
    this.severities = out.list(word<RuntimeDiagnostic["severity"]>);
  }
}
