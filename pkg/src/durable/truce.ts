import { after, type Timer } from "./timer.js";

/** Long enough for an opening to ask for the head, read a root record and commit, on a slow disk too. */
const TRUCE_MS = 100;
/** From the beginning of one to that of the next. */
const EVERY_MS = 1_000;

/**
 * Mutations wait for a moment where the store says that it was disturbed: whoever takes it over has to read, and then to
 * commit from what was read, and would never get that done beside a runtime that commits without resting.
 */
export class Truce {
  private running: { readonly timer: Timer; readonly end: () => void; readonly ended: Promise<void> } | null =
    null;
  private begun = Number.NEGATIVE_INFINITY;

  /** Begins one, unless there has just been one: a store that is disturbed all the time is written to all the same. */
  begin(): void {
    const now = Date.now();
    if (now >= this.begun && now - this.begun < EVERY_MS) {
      return;
    }
    this.begun = now;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.running = { timer: after(TRUCE_MS, () => this.end(), true), end, ended };
  }

  /** Fulfils once a mutation may be committed; `undefined`: it may be now. */
  wait(): Promise<void> | undefined {
    this.running?.timer.keep();
    return this.running?.ended;
  }

  /** Nobody waits any longer. */
  end(): void {
    this.running?.timer.clear();
    this.running?.end();
    this.running = null;
  }
}
