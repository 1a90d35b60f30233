import { isBusy } from "./failures.js";

const FIRST_PAUSE_MS = 1;
/** Whoever commits one after another leaves gaps that are short. */
const LONGEST_PAUSE_MS = 10;
/** So many attempts, and pauses between them, add up to about 5 s, not counting time in which this process itself did not run. */
const ATTEMPTS = 670;

/**
 * Does `step`, again while another connection is in the way. Between two attempts the loop is free, which it is not
 * while SQLite waits by itself (`busy_timeout`).
 */
export async function patiently<T>(step: () => T): Promise<T> {
  let pause = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return step();
    } catch (error) {
      if (!isBusy(error) || attempt === ATTEMPTS) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}
