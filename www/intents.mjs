/** How a Worker's purpose is put into words. */

const kinds = { assistant: "Assistant", task: "Task", role: "Role" };

/** The name of the intent's kind. */
export const intentKind = (intent) => kinds[intent.kind] ?? intent.kind;

/** The one thing to call a Worker by. */
export function intentTitle(intent) {
  if (intent.kind === "task") return intent.objective;
  if (intent.kind === "role") return intent.role;
  return intent.purpose || "Assistant without a stated purpose";
}

/** What the title leaves out. */
export const intentPurpose = (intent) => (intent.kind === "role" ? intent.purpose : undefined);

/** "built-in coder", "named reviewer", "runtime default". */
export function profileText(profile) {
  if (profile.kind === "builtin") return `built-in: ${profile.value}`;
  return profile.kind === "named" ? `named: ${profile.value}` : "runtime default";
}

export const statusText = { running: "Running", stopped: "Stopped", cancelled: "Cancelled" };
