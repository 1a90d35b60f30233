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
 * or the system, an output where it came from the model or a tool.
 */
export async function replay(runtime, runs) {
  const counts = { workers: 0, messages: 0 };
  for await (const run of runs) {
    const { workerRef } = await runtime.createWorker({
      intent: { kind: "task", objective: objectiveOf(run) },
    });
    counts.workers += 1;
    for (const { role, content } of run.messages) {
      if (role === "user" || role === "system") await runtime.sendInput(workerRef, { kind: role, content });
      else await runtime.recordOutput(workerRef, { kind: role, content });
      counts.messages += 1;
    }
  }
  return counts;
}
