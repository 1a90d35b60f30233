import type { WorkerStatus } from "../api/catalog.js";
import type { RuntimeEventKind, TranscriptRole } from "../api/observation.js";
import type { Boundary } from "./boundary.js";

/** The words behind the codes, asked for once an instance. */
export class Vocabulary {
  readonly eventKinds: readonly RuntimeEventKind[];
  /** What an event of a kind says where it says nothing of its own. */
  readonly eventMessages: readonly string[];
  readonly roles: readonly TranscriptRole[];
  readonly statuses: readonly WorkerStatus[];

  constructor(boundary: Boundary) {
    const events = JSON.parse(boundary.events_table()) as Array<{ kind: RuntimeEventKind; message: string }>;
    this.eventKinds = events.map((event) => event.kind);
    this.eventMessages = events.map((event) => event.message);
    this.roles = JSON.parse(boundary.roles_table()) as TranscriptRole[];
    this.statuses = JSON.parse(boundary.statuses_table()) as WorkerStatus[];
  }
}
