// Recorded agent runs as a host would have kept them while they happened.

const OBJECTIVE_LENGTH = 100;

/** One line of at most `length` characters. */
export function shorten(text, length) {
  const line = text.replace(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join("")}…`;
}

/** What the run was for: what its user asked last before the agent first answered, without the preamble. */
const objectiveOf = ({ id, messages }) => {
  const answered = messages.findIndex(({ role }) => role === "assistant");
  const before = answered < 0 ? messages : messages.slice(0, answered);
  const asked = before.findLast(({ role }) => role === "user")?.content ?? "";
  const issue = /^ISSUE:\s*(.*)/ms.exec(asked)?.[1] ?? asked;
  return shorten(issue, OBJECTIVE_LENGTH) || id;
};

/**
 * A Worker for each run with its task as objective, and every message in order: an input where it came from a user
 * or the system, an output where it came from the model or a tool. What was recorded before is recognised by its
 * operation id.
 */
export async function replay(runtime, runs) {
  const counts = { workers: 0, messages: 0 };
  for await (const run of runs) {
    const intent = { kind: "task", objective: objectiveOf(run) };
    const { workerRef } = await runtime.createWorker({ intent }, { operationId: run.id });
    counts.workers += 1;
    for (const [place, { role, content }] of run.messages.entries()) {
      const operation = { operationId: `${run.id}/${place}` };
      const isInput = role === "user" || role === "system";
      const message = { kind: role, content };
      if (isInput) await runtime.sendInput(workerRef, message, operation);
      else await runtime.recordOutput(workerRef, message, operation);
      counts.messages += 1;
    }
  }
  return counts;
}
