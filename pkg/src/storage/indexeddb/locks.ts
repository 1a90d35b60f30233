import { Holders } from "../holders.js";

/** Who holds the lock of each name in this page, where there are no Web Locks. */
const holders = new Holders();

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
    return holders.acquire(name, signal, steal, lost);
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
