import { type MutationOutcome, RuntimeError, type RuntimeErrorDetails } from "../api/errors.js";
import { poisonedError } from "../core/instance.js";

/** Why a handle takes no more calls, and what it answers to them. */
export interface Ended {
  readonly kind: "closed" | "poisoned" | "fenced" | "lost";
  /** The refusal of one call; with `outcome` that of a mutation that was under way. */
  error(outcome?: MutationOutcome): RuntimeError;
}

function details(runtimeId: string, outcome: MutationOutcome | undefined): RuntimeErrorDetails {
  return outcome === undefined ? { runtimeId } : { runtimeId, outcome };
}

export function closed(runtimeId: string): Ended {
  return {
    kind: "closed",
    error: (outcome) =>
      new RuntimeError("the runtime is closed", {
        code: "runtime_closed",
        details: details(runtimeId, outcome),
      }),
  };
}

export function poisoned(cause: unknown): Ended {
  return {
    kind: "poisoned",
    error: (outcome) => poisonedError(cause, outcome === undefined ? undefined : "unknown"),
  };
}

/** Somebody else took the store over, or deleted it. */
export function fenced(runtimeId: string): Ended {
  return {
    kind: "fenced",
    error: (outcome) =>
      new RuntimeError("the storage was taken over or deleted by somebody else", {
        code: "storage_conflict",
        details: details(runtimeId, outcome),
      }),
  };
}

/** The store has vanished or gone back in time. */
export function lost(runtimeId: string, cause: unknown): Ended {
  return {
    kind: "lost",
    error: (outcome) =>
      new RuntimeError("the storage has lost what was stored", {
        code: "storage_lost",
        details: details(runtimeId, outcome),
        cause,
      }),
  };
}

/** A mutation whose change is not stored, or may not be. */
export function storageFailed(
  message: string,
  outcome: MutationOutcome,
  cause?: { cause: unknown },
): RuntimeError {
  return new RuntimeError(message, { code: "storage_failed", details: { outcome }, ...cause });
}
