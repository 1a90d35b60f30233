/** The runtime whose export is `tests/data/exports/whole.jsonl`: something of everything. */
import { Runtime } from "worker-runtime";
import { loss, planned, says } from "./support.mjs";

const STRANGE = 'Ää "quoted" back\\slash / \u0000\b\t\n\f\r\u001f\u007f\u2028\u2029\ufeff 𝕏🦀 </script>';

/** Makes it; `setTime` sets the clock that it is told. Answers with the open runtime. */
export async function exportedRuntime(setTime) {
  let reports = 0;
  const storage = planned({ head: (_argument, next) => (reports-- > 0 ? Promise.reject(loss()) : next()) });
  const limits = { maxTranscriptProjectionItems: 300, maxEventBatchItems: 400 };
  const runtimeId = "Rösterei/🦀";
  setTime(0);
  let runtime = await Runtime.open({ storage, runtimeId, displayName: "Nacht\u2028schicht", limits });
  setTime(1_700_000_000_000);
  const { workerRef: clerk } = await runtime.createWorker(
    {
      intent: { kind: "role", role: "clerk", purpose: "" },
      profile: { kind: "named", value: "p" },
      configBundle: { id: "b" },
      requestedCapabilities: [{ name: "c" }, { name: "d", reason: "" }],
      workspaceRefs: [{ name: "w", reference: "" }],
      mountRefs: [{ name: "m", reference: STRANGE }],
    },
    { operationId: "create" },
  );
  const { workerRef: assistant } = await runtime.createWorker();
  await runtime.close();
  reports = 1;
  runtime = await Runtime.open({ storage, runtimeId, acceptLoss: true });
  const { workerRef: task } = await runtime.createWorker({
    intent: { kind: "task", objective: "o" },
    profile: { kind: "builtin", value: "v" },
    requestedCapabilities: [{ name: "e" }],
  });
  setTime(2 ** 53 - 1);
  await runtime.sendInput(assistant, says(STRANGE), { operationId: "say" });
  // The clock is information only: it may go back.
  setTime(5);
  await runtime.sendInput(clerk, { kind: "system", content: "one" });
  await runtime.recordOutput(clerk, { kind: "assistant", content: "two" }, { operationId: "answer" });
  await runtime.recordOutput(assistant, { kind: "tool", content: "three" });
  await runtime.stopWorker(clerk, "", { operationId: "stop" });
  await runtime.cancelWorker(assistant, STRANGE, { operationId: "cancel" });
  await runtime.stopWorker(task);
  await runtime.createWorker({ intent: { kind: "assistant", purpose: " " } });
  await runtime.stopRuntime();
  return runtime;
}
