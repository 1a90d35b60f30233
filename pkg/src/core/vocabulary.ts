import type { WorkerStatus } from "../api/catalog.js";
import type { RuntimeDiagnostic, RuntimeEventKind, TranscriptRole } from "../api/observation.js";
import type { Outbox } from "./outbox.js";

/** What all diagnostics of a kind say. */
export type Remark = Pick<RuntimeDiagnostic, "severity" | "code" | "message">;

/** What is remarked where a loss was accepted, by its code. */
export const LOSS_ACCEPTED = 2;

/** The words behind the codes, asked for once an instance, when they are first needed. */
export class Vocabulary {
  readonly eventKinds: RuntimeEventKind[] = [];
  /** What an event of a kind says where it says nothing of its own. */
  readonly eventMessages: string[] = [];
  /** The codes of what inputs and outputs are told by. */
  readonly inputAccepted: number;
  readonly outputRecorded: number;
  readonly roles: readonly TranscriptRole[];
  readonly statuses: readonly WorkerStatus[];
  readonly remarks: readonly Remark[];

  constructor(out: Outbox) {
    const word = <T extends string>(): T => out.string() as T;
    out.list(() => {
      this.eventKinds.push(word());
      this.eventMessages.push(word());
    });
    this.inputAccepted = this.eventKinds.indexOf("worker_input_accepted");
    this.outputRecorded = this.eventKinds.indexOf("worker_output_recorded");
    this.roles = out.list(word<TranscriptRole>);
    this.statuses = out.list(word<WorkerStatus>);
    this.remarks = out.list(() => ({
      severity: word<Remark["severity"]>(),
      code: word(),
      message: word(),
    }));
  }
}
