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
