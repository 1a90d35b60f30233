/** How often it is asked whether somebody else has been here, in milliseconds. */
const INTERVAL = 250;

/** A promise that settles once a store has moved. It asks only while somebody has asked for the promise. */
export class Watch {
  readonly #hasMoved: () => Promise<boolean>;
  #promise: Promise<void> | undefined;
  #settle: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(hasMoved: () => Promise<boolean>) {
    this.#hasMoved = hasMoved;
  }

  get disturbed(): Promise<void> {
    this.#promise ??= this.#start();
    return this.#promise;
  }

  /** The store is this handle's again: what has settled is replaced by a promise that has not. */
  again(): void {
    if (this.#promise !== undefined && this.#settle === undefined && !this.#stopped) {
      this.#promise = this.#start();
    }
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  #start(): Promise<void> {
    const promise = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    if (!this.#stopped) {
      let asking = false;
      // It keeps no process alive.
      this.#timer = setInterval(async () => {
        if (!asking) {
          asking = true;
          // An answer that does not come is reason enough to look.
          const moved = await this.#hasMoved().catch(() => true);
          asking = false;
          if (moved && !this.#stopped) {
            clearInterval(this.#timer);
            this.#settle?.();
            this.#settle = undefined;
          }
        }
      }, INTERVAL).unref();
    }
    return promise;
  }
}
