import { type MutationOutcome, RuntimeError, type RuntimeErrorDetails } from "../api/errors.js";
import { abortReason, type Signal } from "../arguments/signals.js";
import { isStorageLost } from "../storage/contract.js";

/** What of a host failed. */
export type HostMethod = "open" | "head" | "read" | "commit" | "list" | "delete";

/** A call of the host that rejected, was not answered in time, or was answered with nonsense. */
export function hostFailed(
  runtimeId: string,
  method: HostMethod,
  cause: unknown,
  outcome?: MutationOutcome,
): RuntimeError {
  if (isStorageLost(cause)) {
    return new RuntimeError("the storage has lost what was stored", {
      code: "storage_lost",
      details: { runtimeId },
      cause,
    });
  }
  const damage = damageIn(cause);
  return damage === undefined
    ? new RuntimeError(`the storage failed: ${method} ${messageOf(cause)}`, {
        code: "storage_failed",
        details: outcome === undefined ? { runtimeId, method } : { runtimeId, method, outcome },
        cause,
      })
    : new RuntimeError(`the storage found damage: ${messageOf(cause)}`, {
        code: "storage_corrupt",
        details: { runtimeId, ...damage },
        cause,
      });
}

/** An adapter that checks what it reads says so by this name; the key that it names, if any, is told on. */
function damageIn(error: unknown): RuntimeErrorDetails | undefined {
  try {
    if (error instanceof Error && error.name === "StorageCorrupt") {
      const { key } = error as { key?: unknown };
      return typeof key === "string" ? { key } : {};
    }
  } catch {
    // What a host rejects with may be anything, a revoked proxy included.
  }
  return undefined;
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? `said: ${error.message}` : `rejected with ${String(error)}`;
  } catch {
    return "rejected";
  }
}

/** What stands for the cause where a host said nothing in time. */
export class NoAnswer extends Error {
  constructor(timeoutMs: number) {
    super(`there was no answer within ${timeoutMs} ms`);
  }
}

/** Whether a call of the host failed because nothing was said in time. */
export function isSilence({ cause }: RuntimeError): boolean {
  try {
    return cause instanceof NoAnswer;
  } catch {
    return false;
  }
}

/** There is no store, or only the rest of an import that was never finished. */
export function noStore(runtimeId: string): RuntimeError {
  return new RuntimeError("the storage has no such runtime", {
    code: "storage_missing",
    details: { runtimeId },
  });
}

/** The caller gave up while a living holder had the store, as far as can be told. */
export function locked(runtimeId: string, signal: Signal): RuntimeError {
  return new RuntimeError("the caller gave up waiting for the storage", {
    code: "storage_locked",
    details: { runtimeId },
    cause: abortReason(signal),
  });
}

/** The caller gave up; `outcome` tells whether the store may have changed. */
export function givenUp(runtimeId: string, outcome: MutationOutcome, signal: Signal): RuntimeError {
  return new RuntimeError("the caller gave up while the storage was asked", {
    code: "storage_failed",
    details: { runtimeId, outcome },
    cause: abortReason(signal),
  });
}

/** An import never replaces a runtime. */
export function exists(runtimeId: string): RuntimeError {
  return new RuntimeError("the storage has a runtime of this id already", {
    code: "invalid_request",
    details: { path: "runtimeId", runtimeId },
  });
}
