import { rejection, user } from "./support.mjs";

const FINE = ["a", "\u00e9", "\u6c34", "a".repeat(2_000), `${"a".repeat(2_000)}\u{1f600}`];
const LENGTHS = [0, 1, 200, 1_022, 1_023, 1_024, 1_025, 5_000];
/** More often than a text can have others not asked about as it was. */
const TIMES = 18;

/** Sends texts with a lone surrogate behind so many others; answers how many are to be accepted, which is every other one. */
export async function sendAfterTexts(runtime, workerRef) {
  let accepted = 0;
  for (const length of LENGTHS) {
    for (const before of FINE) {
      for (let times = 0; times < TIMES; times++) {
        const lone = user(`${"a".repeat(length)}\udc00`);
        await rejection(() => runtime.sendInput(workerRef, lone), "invalid_request", { path: "content" });
        await runtime.sendInput(workerRef, user(before));
        accepted += 1;
      }
    }
  }
  return accepted;
}
