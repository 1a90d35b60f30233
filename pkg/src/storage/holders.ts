interface Holder {
  readonly gone: Promise<void>;
  readonly leave: () => void;
  readonly lost: () => void;
}

/** Who holds what by name, among those who share this object. */
export class Holders {
  readonly #holders = new Map<string, Holder>();

  /**
   * Waits until nobody holds `name`, or takes it at once with `steal`; gives what lets go of it. Whoever waits is
   * woken in the order in which it came, and looks again. Rejects with the reason of `signal`, which has not aborted
   * before; `lost` is called where somebody takes the name away.
   */
  async acquire(
    name: string,
    signal: AbortSignal | undefined,
    steal: boolean,
    lost: () => void,
  ): Promise<() => void> {
    const holders = this.#holders;
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
