import { own } from "../storage/own.js";

/** The stable code of a refusal; messages may change, codes do not. */
export type RuntimeErrorCode =
  | "runtime_stopped"
  | "runtime_closed"
  | "runtime_poisoned"
  | "wrong_runtime"
  | "wrong_runtime_cursor"
  | "worker_not_found"
  | "limit_too_large"
  | "invalid_request"
  | "storage_failed"
  | "storage_conflict"
  | "storage_locked"
  | "storage_corrupt"
  | "storage_missing"
  | "storage_lost"
  | "storage_unsupported_version"
  | "operation_conflict";

/** Flat plain data about a refusal: ids, limits, keys, paths, `outcome`. */
export type RuntimeErrorDetails = Readonly<Record<string, string | number>>;

/** Whether the change of a failed mutation is certainly absent, or may or may not be there. */
export type MutationOutcome = "not_applied" | "unknown";

/** What a `RuntimeError` is made of besides its message. */
export interface RuntimeErrorOptions {
  /** Default: `invalid_request`. */
  code?: RuntimeErrorCode;
  /** Default: empty. */
  details?: RuntimeErrorDetails;
  /** The host's own error, where it raised one. */
  cause?: unknown;
}

/** Every refusal: a stable `code`, a message for a person, and `details` as plain data. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  /** e.g. `{ expectedRuntimeId, actualRuntimeId, workerId }`, `{ requested, max }`, `{ key }`. Frozen. */
  readonly details: RuntimeErrorDetails;

  constructor(message?: string, options: RuntimeErrorOptions = {}) {
    super(message, Object.hasOwn(options, "cause") ? { cause: options.cause } : undefined);
    this.code = own(options, "code") ?? "invalid_request";
    this.details = Object.freeze({ ...own(options, "details") });
  }

  static {
    Object.defineProperty(RuntimeError.prototype, "name", {
      value: "RuntimeError",
      configurable: true,
      writable: true,
    });
  }
}

/** Whether `error` is a refusal of this copy of the package. What a host throws may be anything, a revoked proxy included. */
export function isRefusal(error: unknown): error is RuntimeError {
  try {
    return error instanceof RuntimeError;
  } catch {
    return false;
  }
}

/** An argument is malformed: `path` names the field within the argument that holds it, or the argument itself. */
export function invalidRequest(path: string, problem: string, cause?: { cause: unknown }): RuntimeError {
  return new RuntimeError(`${path} ${problem}`, { code: "invalid_request", details: { path }, ...cause });
}
