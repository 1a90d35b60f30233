/** What the runtime is and what it holds, at a glance. */
import { byId, setText } from "./dom.mjs";
import { grouped, visible } from "./text.mjs";

/** What a runtime survives, in the fewest words. */
const durabilities = {
  "power-loss": "survives a power loss",
  "process-crash": "survives a crash of the browser",
  memory: "ends with this page",
};

/** Fills the bar with the present summary of `runtime`; `persisted` says whether the browser keeps what is stored. */
export function showSummary(runtime, persisted) {
  const summary = runtime.summary();
  const figures = {
    "count-workers": summary.workerCount,
    "count-running": summary.activeWorkerCount,
    "count-stopped": summary.stoppedWorkerCount,
    "count-cancelled": summary.cancelledWorkerCount,
    "count-events": runtime.eventCursorNow().nextEventId - 1,
    "count-diagnostics": summary.diagnosticCount,
  };
  for (const [id, count] of Object.entries(figures)) setText(byId(id), grouped(count));
  setText(byId("runtime-status"), summary.status === "running" ? "Running" : "Stopped");
  byId("runtime-status").dataset.status = summary.status;
  setText(byId("runtime-title"), visible(summary.displayName ?? ""));
  setText(byId("runtime-id"), visible(summary.runtimeId));
  const kept = summary.backend === "storage";
  const parts = [durabilities[summary.durability ?? "memory"]];
  if (kept) parts.push("held by this tab");
  if (kept && persisted !== undefined) parts.push(persisted ? "persisted" : "best effort");
  setText(byId("durability"), parts.join(" · "));
}

/**
 * Says in the bar what has gone wrong, with a button for each of `actions` (`{ label, act }`). Without text it takes
 * the notice away.
 */
export function showNotice(text, actions = []) {
  const notice = byId("notice");
  notice.hidden = text === undefined;
  notice.querySelector("p").textContent = text ?? "";
  notice.querySelector(".actions").replaceChildren(
    ...actions.map(({ label, act }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "secondary small";
      button.textContent = label;
      button.addEventListener("click", act);
      return button;
    }),
  );
}
