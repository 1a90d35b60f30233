import { after } from "./timer.js";

const immediate = typeof setImmediate === "function" ? setImmediate : undefined;

/**
 * Lets everything else that waits have its turn. A hidden page's timers run once a second, its messages at once; Node.js
 * has what is cheaper than a message, and then gives timers, input and output their turn as well.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate !== undefined) {
      immediate(resolve);
      return;
    }
    if (typeof MessageChannel === "undefined") {
      after(0, resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** How long work goes on before others have their turn. */
const SPELL_MS = 5;

/** Work that takes long goes on in spells, between which everything else that waits has its turn. */
export class Spells {
  private readonly length: number;
  private since = performance.now();

  /** `length`: of a spell, in milliseconds. The shorter, the longer what cannot be parted may take. */
  constructor(length = SPELL_MS) {
    this.length = length;
  }

  /** Lets the others where they are to have their turn now, and begins the next spell; `undefined` where they are not. */
  goOn(): Promise<void> | undefined {
    return performance.now() - this.since >= this.length ? this.rest() : undefined;
  }

  private async rest(): Promise<void> {
    await turn();
    this.since = performance.now();
  }
}
