import { nameOf, type Place } from "./place.js";

/**
 * Waits until this is the only handle that holds the lock of `runtimeId`, or takes it at once with `steal`. Rejects
 * with the reason of `signal`. `lost` is called where somebody takes the lock away; the answer lets go of it.
 */
export function acquire(
  place: Place,
  runtimeId: string,
  signal: AbortSignal | undefined,
  steal: boolean,
  lost: () => void,
): Promise<() => void> {
  const name = nameOf(place, runtimeId);
  const locks = place.native() ? globalThis.navigator?.locks : undefined;
  if (locks === undefined) {
    return acquireInPage(place, name, signal, steal, lost);
  }
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let held = false;
    const hold = () =>
      new Promise<void>((release) => {
        held = true;
        resolve(release);
      });
    locks.request(name, steal || signal === undefined ? { steal } : { signal }, hold).catch(() => {
      if (held) {
        lost();
      } else if (signal?.aborted) {
        reject(signal.reason);
      } else {
        // Locks may be denied where IndexedDB is not. They are only politeness.
        resolve(() => {});
      }
    });
  });
}

interface Turn {
  granted(): void;
  lost(): void;
}

/** The handles of this page, by owner and name: the first of each line holds the lock, the others wait. */
const lines = new WeakMap<object, Map<string, Turn[]>>();

function acquireInPage(
  place: Place,
  name: string,
  signal: AbortSignal | undefined,
  steal: boolean,
  lost: () => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const owner = place.owner();
    const byName = lines.get(owner) ?? new Map<string, Turn[]>();
    lines.set(owner, byName);
    const line = byName.get(name) ?? [];
    byName.set(name, line);
    const leave = () => {
      const at = line.indexOf(turn);
      if (at < 0) {
        return;
      }
      line.splice(at, 1);
      if (line.length === 0) {
        byName.delete(name);
      } else if (at === 0) {
        line[0]?.granted();
      }
    };
    const aborted = () => {
      leave();
      reject(signal?.reason);
    };
    const turn: Turn = {
      granted() {
        signal?.removeEventListener("abort", aborted);
        resolve(leave);
      },
      lost,
    };
    if (steal) {
      line.shift()?.lost();
      line.unshift(turn);
    } else {
      line.push(turn);
    }
    if (line[0] === turn) {
      turn.granted();
    } else {
      signal?.addEventListener("abort", aborted);
    }
  });
}
