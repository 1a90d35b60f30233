import { RuntimeError } from "../api/errors.js";
import type { Boundary } from "./boundary.js";

/** About 60 KiB: more than any call takes. */
const FRAMES = 30;

/** Whether there is stack enough to enter the module. */
export function hasStack(boundary: Boundary): boolean {
  try {
    boundary.probe_stack(FRAMES);
    return true;
  } catch {
    return false;
  }
}

/**
 * Refuses to enter the module where the caller has used up the stack. In the middle of a call, an overflow would be a trap
 * and cost every runtime of the instance; here it costs the caller a refusal.
 */
export function requireStack(boundary: Boundary): void {
  if (!hasStack(boundary)) {
    const problem = "the stack is nearly used up: call from fewer nested functions";
    throw new RuntimeError(problem, { code: "invalid_request", details: {} });
  }
}
