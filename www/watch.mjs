/** Tells the page that the runtime has changed, however much happens at once. */

/** Calls closer together than this become one. */
const APART_MS = 80;

/** `work`, at once or, where it has just run, a little later, and never twice for the same reason. */
function paced(work) {
  let timer;
  let last = -Infinity;
  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        last = performance.now();
        work();
      },
      Math.max(0, last + APART_MS - performance.now()),
    );
  };
}

/**
 * Calls `changed` after events of `runtime` until `signal` aborts, and `failed` with the error that ends it otherwise:
 * another tab has taken the runtime over, or its storage is lost.
 */
export async function watch(runtime, { signal, changed, failed }) {
  let over = false;
  const end = (error) => {
    if (over || signal.aborted) return;
    over = true;
    failed(error);
  };
  const tell = paced(() => {
    if (over || signal.aborted) return;
    try {
      changed();
    } catch (error) {
      end(error);
    }
  });
  try {
    for await (const _ of runtime.subscribeEvents(runtime.eventCursorNow(), { signal })) tell();
  } catch (error) {
    end(error);
  }
}
