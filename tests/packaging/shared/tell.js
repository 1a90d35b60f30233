/** Leaves what became of `work` where the test looks for it. */
export function tell(work) {
  work.then(
    (told) => {
      globalThis.told = { told };
    },
    (error) => {
      globalThis.told = { error: `${error?.stack ?? error}` };
    },
  );
}
