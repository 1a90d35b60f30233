/**
 * Waits until this is the only handle that holds the lock `name`, or takes it at once with `steal`. Rejects
 * with the reason of `signal`. `lost` is called where somebody takes the lock away; the answer lets go of it.
 */
export function acquire(
  name: string,
  signal: AbortSignal | undefined,
  steal: boolean,
  lost: () => void,
): Promise<() => void> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) {
    return acquireInPage(name, signal, steal, lost);
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

/** The handles of this page by name: the first of each line holds the lock, the others wait. */
const lines = new Map<string, Turn[]>();

function acquireInPage(
  name: string,
  signal: AbortSignal | undefined,
  steal: boolean,
  lost: () => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const line = lines.get(name) ?? [];
    lines.set(name, line);
    const leave = () => {
      const at = line.indexOf(turn);
      if (at < 0) {
        return;
      }
      line.splice(at, 1);
      if (line.length === 0) {
        lines.delete(name);
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
