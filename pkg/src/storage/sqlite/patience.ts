import { isBusy } from "./failures.js";

const FIRST_PAUSE_MS = 1;
/** Whoever commits one after another leaves gaps that are short. */
const LONGEST_PAUSE_MS = 10;
/** How long another connection may be in the way before a call fails. */
const LONGEST_MS = 5_000;

/**
 * Does `step`, again while another connection is in the way. Between two attempts the loop is free, which it is not
 * while SQLite waits by itself (`busy_timeout`).
 */
export async function patiently<T>(step: () => T): Promise<T> {
  const since = performance.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return step();
    } catch (error) {
      if (!isBusy(error) || performance.now() - since > LONGEST_MS) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
}
