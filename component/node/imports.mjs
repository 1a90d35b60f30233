// What the transpiled component imports, in the thread that runs it. The component's calls block, the package's adapters
// answer with promises: each call is sent to the thread that has the adapter, and this one sleeps until it is answered.
import { getRandomValues } from "node:crypto";
import { receiveMessageOnPort, workerData } from "node:worker_threads";

const { asked, answers, flag } = workerData;
/** How many milliseconds one call may be made to wait. */
const PATIENCE_MS = 10_000;

function ask(method, ...args) {
  Atomics.store(flag, 0, 0);
  asked.postMessage({ method, args });
  // What wakes this thread may be meant for the call before, whose answer it has seen without being woken.
  while (Atomics.load(flag, 0) === 0) {
    Atomics.wait(flag, 0, 0);
  }
  const { value, failure } = receiveMessageOnPort(answers).message;
  if (failure !== undefined) {
    throw failure;
  }
  return value;
}

class Store {
  #number;
  #durability;

  constructor(number, durability) {
    this.#number = number;
    this.#durability = durability;
  }

  durability() {
    return this.#durability;
  }

  head() {
    return ask("head", this.#number) ?? undefined;
  }

  read(gte, lt, limit) {
    const range = limit === undefined ? { gte, lt } : { gte, lt, limit: Number(limit) };
    return ask("read", this.#number, range).map(([key, value]) => ({ key, value }));
  }

  commit({ expected, to, operations }) {
    const ops = operations.map(({ key, value }) => [key, value ?? null]);
    return ask("commit", this.#number, { from: expected ?? null, to, ops }) ?? undefined;
  }

  [Symbol.dispose ?? Symbol.for("dispose")]() {
    ask("close", this.#number);
  }
}

export const storage = {
  Store,
  open(runtimeId, takeover, readOnly) {
    const { number, durability } = ask("open", runtimeId, { takeover, readOnly });
    return new Store(number, durability);
  },
  delete(runtimeId) {
    ask("delete", runtimeId);
  },
};

export const host = {
  now: () => BigInt(Date.now()),
  randomBits: () => [...getRandomValues(new BigUint64Array(2))],
  pause(waited, milliseconds) {
    const goesOn = waited + milliseconds <= BigInt(PATIENCE_MS);
    if (goesOn) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(milliseconds));
    }
    return goesOn;
  },
};
