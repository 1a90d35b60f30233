import { setImmediate as turn } from "node:timers/promises";
import type { Eventually } from "./disk.js";

/** A step that takes less than this on average is done at once, in milliseconds. */
const SHORT = 1;
/** How much the last step counts in the average. */
const WEIGHT = 0.1;

/** The loop is held up no longer than this by steps that follow on each other, in milliseconds. */
const LONGEST = 5;

/**
 * Decides by what it has seen whether a step that may take long is done at once, which is quicker where it is short,
 * or in another thread.
 */
export class Pace {
  #average = SHORT;
  #turned = 0;

  keep(step: (atOnce: boolean) => Eventually<void>): Eventually<void> {
    const since = performance.now();
    const atOnce = this.#average < SHORT;
    const done = step(atOnce);
    return done instanceof Promise ? done.then(() => this.#note(since, atOnce)) : this.#note(since, atOnce);
  }

  #note(since: number, atOnce: boolean): Eventually<void> {
    const now = performance.now();
    this.#average += (now - since - this.#average) * WEIGHT;
    if (!atOnce) {
      this.#turned = now;
    } else if (now - this.#turned > LONGEST) {
      // Whoever commits as soon as it is answered would keep the loop from everything else.
      return turn().then(() => {
        this.#turned = performance.now();
      });
    }
    return undefined;
  }
}

/** So many bytes are read and verified at once before others have their turn: a millisecond or two of work. */
const SHARE = 262_144;

/** What one turn of the loop has for reading: who needs more goes on in a later one. */
export class Share {
  #left = SHARE;
  #next: Promise<void> | undefined;

  /** Before `bytes` are read; `undefined` where they can be at once. */
  take(bytes: number): Promise<void> | undefined {
    this.#next ??= this.#renew();
    if (this.#left > 0) {
      this.#left -= bytes;
      return undefined;
    }
    // Those that have waited longer may need all of the next one.
    return this.#next.then(() => this.take(bytes));
  }

  async #renew(): Promise<void> {
    await turn();
    this.#next = undefined;
    this.#left = SHARE;
  }
}
