/**
 * What a host provides so that a runtime survives: a handful of methods over opaque keys and bytes.
 *
 * Two words used throughout: the **head** is the token that the adapter keeps for a store, `null` where there is
 * no store. A **handle** is one `RuntimeStore`, as one call of `RuntimeStorage.open` has given it.
 *
 * Every promise below is tested by `storageConformance` of "worker-runtime/testing".
 */

import { own } from "./own.js";

/** Keys have 1 to this many characters. */
export const MAX_KEY_LENGTH = 200;
/** Values have 0 to this many bytes. */
export const MAX_VALUE_BYTES = 1_048_576;
/** Runtime ids have at most this many bytes of UTF-8. */
export const MAX_RUNTIME_ID_BYTES = 256;

/**
 * Keys: 1 to 200 characters from "!" to "~", ordered by code unit, none twice in a commit. Values: 0 to 1,048,576
 * opaque bytes; `null` deletes (harmless where the key does not exist).
 *
 * Buffers in `ops` are never views of the module's memory and are changed by neither side, so an adapter may keep
 * them as long as it wants; buffers that `read` gives belong to the runtime, which may change them: they must not
 * share memory with what the store keeps.
 */
export type StorageOp = readonly [key: string, value: Uint8Array | null];

/** The unit of change: everything in it happens together, or nothing does. */
export interface StorageCommit {
  /** The head that the store must have now; `null`: the store does not exist yet. */
  readonly from: string | null;
  /** The head that it has afterwards. Unguessable, never given to two different commits. */
  readonly to: string;
  /** In no particular order; none of the keys stands there twice. May be empty: then only the head moves. */
  readonly ops: readonly StorageOp[];
}

/** One runtime's records. */
export interface RuntimeStore {
  /**
   * What a fulfilled commit survives: loss of power (and everything below), the end of the process or browser
   * by any signal, or nothing but the life of the storage object.
   */
  readonly durability: "power-loss" | "process-crash" | "memory";

  /**
   * Settles (either way) when the store may have been taken, deleted or lost by somebody else; the runtime then
   * asks `head()`. Settling without need is harmless, and it may come some time after the event. Absent where the
   * adapter cannot tell: the runtime then asks now and then.
   */
  readonly disturbed?: Promise<void>;

  /**
   * The present head, `null` where there is no store: never created, or deleted. Not older than the last commit
   * or deletion fulfilled before the call, through whichever handle it went.
   */
  head(): Promise<string | null>;

  /**
   * Records with `gte <= key < lt`, in ascending key order, at most `limit` (an integer from 0; all without one).
   * Bounds are keys or `""`; `gte >= lt` or `limit: 0` gives nothing (so `lt: ""` gives nothing).
   *
   * One call sees the state after exactly one commit, never part of one, not older than the last one fulfilled
   * before the call; two calls may see different ones. Where there is no store there are no records.
   */
  read(range: { gte: string; lt: string; limit?: number }): Promise<Array<[key: string, value: Uint8Array]>>;

  /**
   * Linearizable across every tab and process that opened this store:
   *
   * - head is `from`: apply all ops and the new head, or nothing; answer `to` once durable;
   * - head is `to`: this very commit was applied before: change nothing, answer `to`;
   * - anything else: change nothing, answer the actual head (`null` where there is no store).
   *
   * Reject with `StorageRejected` only where the commit is certainly not applied and never will be: it speaks of
   * the commit, not of the call, so while an earlier offering of the same `to` may still be applied, reject
   * otherwise. Every other rejection means that the outcome is unknown; the runtime then offers the
   * byte-identical commit again. Reject with `StorageLost` where the store has vanished or gone back in time.
   *
   * An empty `ops` is legal and moves the head. A creation (`from: null`) that was applied is never applied a
   * second time by the same handle, also where the store has been deleted meanwhile: the answer is then `null`.
   */
  commit(commit: StorageCommit): Promise<string | null>;

  /**
   * Lets go of whatever the handle holds (locks, files, connections) once the commits under way are decided.
   * The store stays as it is. Closing twice is harmless; the handle is not used after it.
   */
  close(): Promise<void>;
}

/** The storage callback. */
export interface RuntimeStorage {
  /**
   * The store of one runtime, existing or not yet: opening creates nothing and changes nothing. A runtime id is a
   * non-blank string of at most 256 bytes of UTF-8, of any characters whatever; two ids that differ name two stores.
   *
   * Where the adapter can tell that a living holder has the store, it waits for the holder to let go, rejects
   * with the signal's reason once `signal` aborts (at once where it has aborted before), and does not wait with
   * `takeover`. With `readOnly` it takes no lock and doesn't wait; the handle is then not used to commit.
   *
   * Waiting is only politeness; what protects the store is the head, which `commit` compares.
   */
  open(
    runtimeId: string,
    options?: { signal?: AbortSignal; takeover?: boolean; readOnly?: boolean },
  ): Promise<RuntimeStore>;

  /** The runtimes that have a head, in ascending order of their UTF-8 bytes. */
  list(): Promise<string[]>;

  /**
   * Removes every record, the head and any witness, linearizably with commits; harmless where there is nothing.
   * It needs no handle, waits for no holder, and fences whoever has the store open: its head is `null` now.
   */
  delete(runtimeId: string): Promise<void>;
}

/** Why a commit was refused: no room, a value or commit above what the host takes, or no permission. */
export type StorageRejectedCode = "quota" | "too_large" | "denied";

/**
 * The commit is certainly not applied and never will be.
 * Recognised by `name` ("StorageRejected") and `code`, so that a second copy of the package does no harm.
 */
export class StorageRejected extends Error {
  override name = "StorageRejected";
  readonly code: StorageRejectedCode;

  constructor(code: StorageRejectedCode, options?: { message?: string; cause?: unknown }) {
    super(
      own(options, "message") ?? `the storage refused the commit: ${code}`,
      options !== undefined && Object.hasOwn(options, "cause") ? { cause: options.cause } : undefined,
    );
    this.code = code;
  }
}

/** The store has vanished or gone back in time, and the adapter knows it. Recognised by `name` ("StorageLost"). */
export class StorageLost extends Error {
  override name = "StorageLost";
}

/** Whether `error` is a `StorageRejected`, of this or of another copy of the package. Never throws. */
export function isStorageRejected(error: unknown): error is StorageRejected {
  const code = property(error, "code");
  return (
    property(error, "name") === "StorageRejected" &&
    (code === "quota" || code === "too_large" || code === "denied")
  );
}

/** Whether `error` is a `StorageLost`, of this or of another copy of the package. Never throws. */
export function isStorageLost(error: unknown): error is StorageLost {
  return property(error, "name") === "StorageLost";
}

/** What a host rejects with may be anything, a revoked proxy included. */
function property(value: unknown, key: "name" | "code"): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return undefined;
  }
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
