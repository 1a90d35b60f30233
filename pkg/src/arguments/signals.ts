import { invalidRequest } from "../api/errors.js";
import { objectValue, ownField, unreadable } from "./read.js";

/** What the runtime uses of an `AbortSignal`, of this realm or another. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener?(type: "abort", listener: () => void): void;
}

/** Recognised by what it can do; the members of a signal live on its prototype. */
export function optionalSignal(value: unknown, path: string): Signal | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value === "object" && value !== null) {
    try {
      const { aborted, addEventListener } = value as Record<string, unknown>;
      if (typeof aborted === "boolean" && typeof addEventListener === "function") {
        return value as Signal;
      }
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }
  throw invalidRequest(path, "must be an AbortSignal");
}

/** `{ signal? }`, as the methods take it that have no other option. */
export function readSignalOption(value: unknown): Signal | undefined {
  return value === undefined
    ? undefined
    : optionalSignal(ownField(objectValue(value, "options"), "signal", "signal"), "signal");
}

/** A signal may be of any make; one that cannot be asked has not aborted. */
export function isAborted(signal: Signal): boolean {
  try {
    return signal.aborted === true;
  } catch {
    return false;
  }
}

/** Why a signal has aborted. */
export function abortReason(signal: Signal): unknown {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}

/** Those who wait for a signal: it has one listener, however many they are. */
class Listeners {
  private readonly waiting = new Set<() => void>();
  private readonly signal: Signal;
  private readonly onAbort = (): void => {
    for (const listener of [...this.waiting]) {
      listener();
    }
  };

  constructor(signal: Signal) {
    this.signal = signal;
  }

  add(listener: () => void): void {
    this.waiting.add(listener);
    if (this.waiting.size === 1) {
      try {
        this.signal.addEventListener("abort", this.onAbort);
      } catch (cause) {
        this.waiting.delete(listener);
        throw unreadable("signal", cause);
      }
    }
  }

  remove(listener: () => void): void {
    if (this.waiting.delete(listener) && this.waiting.size === 0) {
      try {
        this.signal.removeEventListener?.("abort", this.onAbort);
      } catch {
        // A listener that stays finds nobody waiting.
      }
    }
  }
}

const listenersOf = new WeakMap<Signal, Listeners>();

/** Calls `listener` when the signal aborts; answers how to stop waiting. Throws where it cannot be listened to. */
export function listen(signal: Signal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? new Listeners(signal);
  listenersOf.set(signal, listeners);
  listeners.add(listener);
  return () => listeners.remove(listener);
}
