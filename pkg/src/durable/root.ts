import { RuntimeError } from "../api/errors.js";
import { Handle } from "../core/handle.js";
import type { ModuleInstance } from "../core/instance.js";
import { own } from "../storage/own.js";
import { isSilence } from "./failures.js";
import type { HostStore } from "./host-store.js";

/** How the calls of an opening are waited for: with the caller's signal. */
export type WaitFor = <T>(call: Promise<T>) => Promise<T>;

/**
 * Reads the root record of a store whose head was `head`, and what `take` makes of it. `undefined` where the head has
 * moved meanwhile, so that what was read is to be forgotten; otherwise a misfit is thrown.
 */
export async function readRoot<T>(
  instance: ModuleInstance,
  store: HostStore,
  head: string,
  cacheBytes: number,
  waitFor: WaitFor,
  take: (handle: Handle) => T,
): Promise<{ handle: Handle; taken: T } | undefined> {
  let handle: Handle | undefined;
  try {
    const [gte, lt] = rootRange(instance);
    const records = await waitFor(store.read([gte, lt, undefined]));
    handle = Handle.open(instance, store.runtimeId, cacheBytes, records);
    return { handle, taken: take(handle) };
  } catch (error) {
    handle?.free();
    if (!mayHaveMoved(error) || (await waitFor(store.head())) === head) {
      throw error;
    }
    return undefined;
  }
}

/** Whether a read that failed, or a record that does not fit, may come of a store that somebody else changes. */
function mayHaveMoved(error: unknown): boolean {
  if (!(error instanceof RuntimeError)) {
    return false;
  }
  const outcome = own(error.details, "outcome");
  switch (error.code) {
    case "storage_failed":
      return outcome === undefined && !isSilence(error);
    case "storage_corrupt":
    case "storage_missing":
    case "storage_unsupported_version":
      return true;
    default:
      return false;
  }
}

/** The bounds of the range that holds the root record alone. */
export function rootRange(instance: ModuleInstance): readonly [gte: string, lt: string] {
  instance.enter((boundary) => {
    boundary.root_range();
    return 0;
  });
  const out = instance.exchange.receive();
  return [out.string(), out.string()];
}

/** Throws `runtime_poisoned` where the module has trapped, perhaps while something was waited for. */
export function requireWorking(instance: ModuleInstance): void {
  if (instance.poisoned) {
    throw instance.failure(undefined);
  }
}
