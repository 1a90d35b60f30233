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

interface Holder {
  readonly gone: Promise<void>;
  readonly leave: () => void;
  readonly lost: () => void;
}

/** Who holds the lock of each name in this page. */
const holders = new Map<string, Holder>();

/** For hosts without Web Locks: whoever waits is woken in the order in which it came, and looks again. */
async function acquireInPage(
  name: string,
  signal: AbortSignal | undefined,
  steal: boolean,
  lost: () => void,
): Promise<() => void> {
  for (let holder = holders.get(name); holder !== undefined; holder = holders.get(name)) {
    if (steal) {
      holder.leave();
      holder.lost();
    } else {
      await unlessAborted(holder.gone, signal);
    }
  }
  let settle = () => {};
  const gone = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const leave = () => {
    if (holders.get(name)?.gone === gone) {
      holders.delete(name);
    }
    settle();
  };
  holders.set(name, { gone, leave, lost });
  return leave;
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal?.reason);
    signal?.addEventListener("abort", aborted);
    promise.then(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    });
  });
}
