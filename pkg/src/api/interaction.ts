import type { WorkerStatus } from "./catalog.js";
import type { WorkerRef } from "./identity.js";

/** What is said to a Worker. `content` is not blank and has at most 16 MiB of UTF-8; it comes back unchanged. */
export interface WorkerInput {
  kind: "user" | "system";
  content: string;
}

/**
 * What the host's model or tool answered; the runtime executes neither. `content` is not blank and has at most
 * 16 MiB of UTF-8; it comes back unchanged.
 */
export interface WorkerOutput {
  kind: "assistant" | "tool";
  content: string;
}

/** What `sendInput` and `recordOutput` answer. */
export interface WorkerInteractionAck {
  workerRef: WorkerRef;
  status: WorkerStatus;
  /** Position in the Worker's transcript: 1, 2, 3 … */
  transcriptSequence: number;
  /** The event `worker_input_accepted` or `worker_output_recorded`. */
  eventId: number;
}
