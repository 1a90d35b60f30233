/** Recorded agent runs, kept by the runtime as a host would have kept them while they happened. */
import { linesOf } from "./lines.mjs";
import { shorten } from "./text.mjs";

const RECORDED = new URL("data/agent-transcripts.jsonl", document.baseURI);
const OBJECTIVE_LENGTH = 120;

/** What the run was for: the title of the issue that its user put, else the beginning of what its user said first. */
function objectiveOf(run) {
  const asked = run.messages.filter(({ role }) => role === "user").map(({ content }) => content);
  const issue = asked.map((content) => /^ISSUE:\s*(.+)/m.exec(content)?.[1]).find(Boolean);
  return shorten(issue ?? asked[0] ?? "", OBJECTIVE_LENGTH) || run.id;
}

/**
 * A Worker for each recorded run, with every message in order: an input where it came from a user or the system, an
 * output where it came from the model or a tool. Yields each Worker's ref and how many messages it has.
 */
export async function* loadRecordedRuns(runtime) {
  const response = await fetch(RECORDED);
  if (!response.ok)
    throw new Error(`the recorded runs could not be fetched: ${response.status} ${response.statusText}`);
  for await (const line of linesOf(response.body)) {
    if (!line.trim()) continue;
    const run = JSON.parse(line);
    const { workerRef } = await runtime.createWorker({
      intent: { kind: "task", objective: objectiveOf(run) },
    });
    // Calls take effect in their order, so nothing is gained by waiting for each before making the next.
    await Promise.all(
      run.messages.map(({ role, content }) =>
        role === "user" || role === "system"
          ? runtime.sendInput(workerRef, { kind: role, content })
          : runtime.recordOutput(workerRef, { kind: role, content }),
      ),
    );
    yield { workerRef, messages: run.messages.length };
  }
}
