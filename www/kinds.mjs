/** The kinds of events in words, and the few groups in which they are drawn. */

export const kindNames = {
  runtime_started: "Runtime started",
  runtime_stopped: "Runtime stopped",
  worker_created: "Worker created",
  worker_input_accepted: "Input accepted",
  worker_output_recorded: "Output recorded",
  worker_stopped: "Worker stopped",
  worker_cancelled: "Worker cancelled",
};

/** In the order in which they are stacked, from below. */
export const groups = [
  { name: "created", label: "Created", kinds: ["worker_created"] },
  { name: "inputs", label: "Inputs", kinds: ["worker_input_accepted"] },
  { name: "outputs", label: "Outputs", kinds: ["worker_output_recorded"] },
  { name: "ended", label: "Ended", kinds: ["worker_stopped", "worker_cancelled"] },
  { name: "runtime", label: "Runtime", kinds: ["runtime_started", "runtime_stopped"] },
];

const places = new Map(groups.flatMap(({ kinds }, place) => kinds.map((kind) => [kind, place])));

/** The place of the group that `kind` belongs to. */
export const groupOf = (kind) => places.get(kind) ?? groups.length - 1;

/** Whether events of this kind have added to a transcript. */
export const addsEntry = (kind) => kind === "worker_input_accepted" || kind === "worker_output_recorded";
