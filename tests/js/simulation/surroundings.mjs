/**
 * The clock, the timers and the random source of this process, in the hands of the simulation: for a process that does
 * nothing else. Whatever runs belongs to whoever was let run last.
 */

/** What a runtime waits for when it calls its store. Unlike every other time. */
export const TIMEOUT_MS = 12_345;

const turn = setImmediate;

let owner = null;
let clock = 0;

/** What is in one runtime's hands: where its tokens come from, its timers, and who is told of its pauses. */
export class Owner {
  timers = new Set();
  /** The timer that was started last and bounds a call that is yet to be made. */
  #bound = null;
  #tokens;
  #paused;

  constructor(tokens, paused) {
    this.#tokens = tokens;
    this.#paused = paused;
  }

  fill(bytes) {
    this.#tokens.fill(bytes);
  }

  start(run, delay) {
    const timer = { run, delay, owner: this, bounds: null };
    this.timers.add(timer);
    if (delay === TIMEOUT_MS) {
      this.#bound = timer;
    } else {
      this.#paused(delay);
    }
    return Object.assign(timer, { ref: () => timer, unref: () => timer });
  }

  /** The store is called: the timer that bounds the call. */
  bound(call) {
    const timer = this.#bound;
    this.#bound = null;
    if (timer !== null) {
      timer.bounds = call;
    }
    return timer;
  }

  /** Lets a timer run that is due. */
  fire(timer) {
    if (!this.timers.delete(timer)) {
      throw new Error("a timer that is to run does not exist");
    }
    timer.run();
  }
}

const Finalizers = globalThis.FinalizationRegistry;

/** Has finalizers run as somebody whom nobody hears. To be called before the package is loaded. */
export function takeFinalizersOver() {
  globalThis.FinalizationRegistry = class extends Finalizers {
    constructor(finalize) {
      super((held) => {
        owner = new Owner(null, () => undefined);
        finalize(held);
      });
    }
  };
}

/** A runtime that lets its callers go first waits for so long. Nothing else does: pauses are never whole, see `Math.random`. */
const REST_MS = 1;

const turns = new Set();

function atNextTurn(run) {
  const mine = owner;
  const timer = { owner: { timers: turns } };
  turns.add(timer);
  turn(() => {
    if (turns.delete(timer)) {
      owner = mine;
      run();
    }
  });
  return Object.assign(timer, { ref: () => timer, unref: () => timer });
}

/** Takes the rest of the process over, once the package is loaded. */
export function takeOver() {
  Date.now = () => clock;
  // A spell after which others have their turn is of this machine's time, which no seed knows: none comes to its end.
  performance.now = () => 0;
  Math.random = () => 0.5 + 2 ** -40;
  globalThis.setTimeout = (run, delay) => (delay === REST_MS ? atNextTurn(run) : owner.start(run, delay));
  globalThis.clearTimeout = (timer) => {
    timer?.owner.timers.delete(timer);
  };
  const source = { getRandomValues: (bytes) => owner.fill(bytes) };
  Object.defineProperty(globalThis, "crypto", { value: source, configurable: true });
}

/** From here on `next` runs, at `now`. */
export function letRun(next, now) {
  owner = next;
  clock = now;
}

/** Fulfils once nothing goes on that does not wait for a timer or for the store. */
export async function settled() {
  do {
    await new Promise((resolve) => turn(resolve));
  } while (turns.size > 0);
}
