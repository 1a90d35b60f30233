import type { RuntimeError } from "../api/errors.js";
import { snapshot } from "../arguments/read.js";
import { isAborted, listen, type Signal } from "../arguments/signals.js";
import { isStorageLost, type RuntimeStorage, type RuntimeStore } from "../storage/contract.js";
import { answerOf, ask } from "./asking.js";
import { hostFailed, locked, NoAnswer } from "./failures.js";
import { HostStore } from "./host-store.js";
import { after } from "./timer.js";

/** How a store is opened. */
export interface Access {
  readonly storage: RuntimeStorage;
  readonly runtimeId: string;
  readonly timeoutMs: number;
  readonly signal: Signal | undefined;
  readonly takeover: boolean;
  readonly readOnly: boolean;
}

/** Lets go of a store that came after its caller had given up, or of what is none. */
function closeLate(opening: Promise<unknown>, access: Access): void {
  opening.then(
    (store) => {
      const late = store as RuntimeStore | null | undefined;
      void ask(() => late?.close(), access.timeoutMs, true);
    },
    () => undefined,
  );
}

/**
 * Opens the store of a runtime. Waits for a living holder for as long as the storage does, unless it may not wait; rejects
 * with `storage_locked` once the signal aborts, with `storage_failed` and `storage_lost`.
 */
export async function openStore(access: Access): Promise<HostStore> {
  const { storage, runtimeId, timeoutMs, signal, takeover, readOnly } = access;
  if (signal !== undefined && isAborted(signal)) {
    throw locked(runtimeId, signal);
  }
  const opening = answerOf(() =>
    storage.open(
      runtimeId,
      snapshot({
        ...(signal === undefined ? {} : { signal: signal as AbortSignal }),
        ...(takeover ? { takeover } : {}),
        ...(readOnly ? { readOnly } : {}),
      }),
    ),
  );
  return new Promise<HostStore>((resolve, reject) => {
    let done = false;
    const settle = (end: () => void): void => {
      if (!done) {
        done = true;
        timer.clear();
        stopListening();
        end();
      }
    };
    const fail = (error: RuntimeError): void => settle(() => reject(error));
    const giveUp = (error: RuntimeError): void => {
      if (!done) {
        fail(error);
        closeLate(opening, access);
      }
    };
    const silent = (): void => {
      const failed = hostFailed(runtimeId, "open", new NoAnswer(timeoutMs));
      if (takeover || readOnly) {
        giveUp(failed);
        return;
      }
      // A holder is waited for; that the storage works at all, it can show meanwhile.
      void answers(access).then((works) => {
        if (!works) {
          giveUp(failed);
        } else if (!done) {
          timer = after(timeoutMs, silent);
        }
      });
    };
    let timer = after(timeoutMs, silent);
    let stopListening = (): void => undefined;
    opening.then(
      (store) => {
        settle(() => {
          try {
            resolve(new HostStore(store, runtimeId, timeoutMs));
          } catch (error) {
            reject(error);
            closeLate(opening, access);
          }
        });
      },
      (error) => {
        const gaveUp = signal !== undefined && isAborted(signal);
        fail(
          gaveUp && !isStorageLost(error) ? locked(runtimeId, signal) : hostFailed(runtimeId, "open", error),
        );
      },
    );
    if (signal !== undefined) {
      try {
        stopListening = listen(signal, () => giveUp(locked(runtimeId, signal)));
      } catch (error) {
        giveUp(error as RuntimeError);
      }
    }
  });
}

/** Whether the storage opens a store where it does not have to wait for anybody. */
async function answers({ storage, runtimeId, timeoutMs }: Access): Promise<boolean> {
  const reply = await ask(() => storage.open(runtimeId, snapshot({ readOnly: true })), timeoutMs);
  if (reply.kind === "answer") {
    void ask(() => (reply.value as RuntimeStore).close(), timeoutMs, true);
  }
  return reply.kind === "answer";
}

/** Rejects as soon as the signal aborts, with what `failure` makes; what is waited for goes on by itself. */
export async function unlessAborted<T>(
  waiting: Promise<T>,
  signal: Signal | undefined,
  failure: (signal: Signal) => RuntimeError,
): Promise<T> {
  if (signal === undefined) {
    return waiting;
  }
  if (isAborted(signal)) {
    waiting.catch(() => undefined);
    throw failure(signal);
  }
  return new Promise<T>((resolve, reject) => {
    const stop = listen(signal, () => reject(failure(signal)));
    waiting.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error) => {
        stop();
        reject(error);
      },
    );
  });
}
