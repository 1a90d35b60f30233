// How many tests a runner says passed, failed and were skipped, read from its summary.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

export const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

export const none = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

/** One check without a summary of its own counts as one test. */
export const onePassed = Object.freeze({ passed: 1, failed: 0, skipped: 0 });
export const oneFailed = Object.freeze({ passed: 0, failed: 1, skipped: 0 });

/** The summaries of libtest and of wasm-bindgen's runner: one for each test program. */
export function cargoCounts(output) {
  const summaries = output.matchAll(/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm);
  return [...summaries].reduce(
    (sum, [, passed, failed, skipped]) =>
      add(sum, { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) }),
    none,
  );
}

/** The one summary of `node --test`. */
export function nodeCounts(output) {
  const number = (name) => Number(new RegExp(`^(?:ℹ|#) ${name} (\\d+)`, "m").exec(output)?.[1] ?? 0);
  return {
    passed: number("pass"),
    failed: number("fail") + number("cancelled"),
    skipped: number("skipped") + number("todo"),
  };
}

/** The closing line. */
export const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
