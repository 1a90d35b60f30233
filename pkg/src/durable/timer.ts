/** Longer delays overflow in every host and fire at once. */
const LONGEST_MS = 2_147_483_647;

/** A timer that runs once. */
export interface Timer {
  clear(): void;
  /** From now on somebody waits for it: the process stays alive until it has run. */
  keep(): void;
}

/** What a timer of Node.js can do besides; those of a page are numbers. */
interface NodeTimer {
  ref?(): unknown;
  unref?(): unknown;
}

class HostTimer implements Timer {
  private readonly timer: ReturnType<typeof setTimeout>;

  constructor(timer: ReturnType<typeof setTimeout>) {
    this.timer = timer;
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  keep(): void {
    (this.timer as NodeTimer).ref?.();
  }
}

/** Runs `run` after so many milliseconds. With `background` it does not keep a process alive. */
export function after(milliseconds: number, run: () => void, background = false): Timer {
  const timer = setTimeout(run, Math.min(milliseconds, LONGEST_MS));
  if (background) {
    (timer as NodeTimer).unref?.();
  }
  return new HostTimer(timer);
}
