/** Replays in processes of their own, each of which has its clock and its random source taken over. */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const SEEDS_AT_ONCE = 40;

const script = fileURLToPath(new URL("replay-seeds.mjs", import.meta.url));

/** A process that replays, with the package in `folder`. */
export class Replayer {
  #child;
  #ended;

  constructor(folder) {
    this.#child = fork(script, [folder.href], { execArgv: [] });
    this.#ended = new Promise((_resolve, reject) => {
      this.#child.on("exit", (code) => reject(new Error(`a replaying process ended with ${code}`)));
    });
    this.#ended.catch(() => undefined);
  }

  /**
   * What becomes of the seeds from `first` to before `last`: with `hasWords` a difference is told step by step, with
   * `stops` the first one ends it.
   */
  replay(program, first, last, { hasWords = false, stops = false } = {}) {
    const answer = new Promise((resolve) => {
      this.#child.once("message", resolve);
    });
    this.#child.send({ program, first, last, hasWords, stops });
    return Promise.race([answer, this.#ended]);
  }

  end() {
    this.#child.disconnect();
  }
}

/** What becomes of the first seeds, at least `count` of them, on all processors. */
export async function replayAll(folder, program, count) {
  const outcomes = [];
  let next = 0;
  const work = async () => {
    const replayer = new Replayer(folder);
    try {
      while (outcomes.length < count && outcomes.every(({ problem }) => problem === null)) {
        const first = next;
        next += SEEDS_AT_ONCE;
        outcomes.push(...(await replayer.replay(program, first, next)));
      }
    } finally {
      replayer.end();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return outcomes.sort((a, b) => a.seed - b.seed);
}
