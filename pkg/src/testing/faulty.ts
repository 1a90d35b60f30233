import {
  type RuntimeStorage,
  type RuntimeStore,
  type StorageCommit,
  StorageRejected,
} from "../storage/contract.js";
import { type Fate, type FaultPlan, HONEST, type Plan, readPlan } from "./plan.js";
import { Undo } from "./undo.js";

/** The fates of a commit that never reaches the inner storage. */
const WITHHELD: ReadonlySet<Fate> = new Set(["rejected", "unknown_before", "never", "throws"]);

/**
 * A storage over `inner` whose calls fail, hang, lie or come late as `plan` says.
 *
 * Throws `invalid_request` where the plan is malformed.
 */
export function faultyStorage(inner: RuntimeStorage, plan: FaultPlan): RuntimeStorage {
  const faults = new Faults(readPlan(plan));
  return {
    open: async (runtimeId, options) => faultyStore(await inner.open(runtimeId, options), runtimeId, faults),
    list: () => inner.list(),
    delete: async (runtimeId) => {
      faults.undo.forget(runtimeId);
      await inner.delete(runtimeId);
    },
  };
}

/** The plan as it goes on, shared by all handles of a storage. */
class Faults {
  readonly undo = new Undo();
  /** Whether no stale read can come. */
  readonly forgetful: boolean;
  readonly #honest: boolean;
  readonly #next: () => Fate;
  readonly #lateMs: number;
  readonly #slowMs: number;
  /** The `to` of every commit that was handed on, or is going to be. */
  readonly #offered = new Set<string>();

  constructor({ drawn: draw, fates, lateMs, slowMs }: Plan) {
    this.#honest = draw !== null;
    this.forgetful = !fates.includes("stale_read");
    this.#next = draw === null ? listed(fates) : drawn(draw.seed, draw.rate);
    this.#lateMs = lateMs;
    this.#slowMs = slowMs;
  }

  /** The fate of the next call of `head` or `read`. */
  next(): Fate {
    return this.#next();
  }

  /** The fate of the next call of `commit`. */
  nextCommit(to: string): Fate {
    const fate = this.#next();
    if (fate === "rejected" && this.#honest && this.#offered.has(to)) {
      return "unknown_before";
    }
    if (!WITHHELD.has(fate)) {
      this.#offered.add(to);
    }
    return fate;
  }

  /** What becomes of a call that `hand` would hand on, whatever its method; throws where the fate says so. */
  suffer<T>(fate: Fate, hand: () => Promise<T>): Promise<T> {
    switch (fate) {
      case "rejected":
        return Promise.reject(new StorageRejected("quota", { message: "injected: no room" }));
      case "unknown_before":
        return Promise.reject(new Error("injected: failed before anything happened"));
      case "unknown_after":
        return hand().then(() => {
          throw new Error("injected: failed after everything had happened");
        });
      case "never":
        return new Promise(() => undefined);
      case "throws":
        throw new Error("injected: thrown synchronously");
      case "twice":
        return answeredTwice(hand);
      case "late":
        return after(this.#lateMs).then(hand);
      case "slow":
        return after(this.#slowMs).then(hand);
      default:
        return hand();
    }
  }
}

function faultyStore(inner: RuntimeStore, runtimeId: string, faults: Faults): RuntimeStore {
  /** Calls that were not answered by the inner store yet; it stays open for them. */
  const pending = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled: Promise<unknown> = work.then(
      () => pending.delete(settled),
      () => pending.delete(settled),
    );
    pending.add(settled);
    return work;
  };
  const suffer = <T>(fate: Fate, hand: () => Promise<T>): Promise<T> =>
    // A call that nobody answers is nothing to wait for.
    fate === "never" ? faults.suffer(fate, hand) : track(faults.suffer(fate, hand));
  // What a commit replaces is read for a stale read's sake alone.
  const offer = (commit: StorageCommit): Promise<string | null> =>
    faults.forgetful ? inner.commit(commit) : faults.undo.commit(inner, runtimeId, commit);

  const store: RuntimeStore = {
    durability: inner.durability,
    head() {
      const fate = faults.next();
      return suffer(fate, () => (fate === "stale_read" ? faults.undo.head(inner, runtimeId) : inner.head()));
    },
    read(range) {
      const fate = faults.next();
      return suffer(fate, async () => {
        if (fate === "stale_read") {
          return faults.undo.read(inner, runtimeId, range);
        }
        const records = await inner.read(range);
        return fate === "partial" ? records.slice(0, Math.floor(records.length / 2)) : records;
      });
    },
    commit(commit) {
      const fate = faults.nextCommit(commit.to);
      const half = Math.floor(commit.ops.length / 2);
      const given = fate === "partial" ? { ...commit, ops: commit.ops.slice(0, half) } : commit;
      return suffer(fate, () => offer(given));
    },
    async close() {
      if (pending.size === 0) {
        await inner.close();
        return;
      }
      // What is still under way may be answered after the close, as a host's late callbacks are.
      void Promise.all(pending)
        .then(() => inner.close())
        .catch(() => undefined);
    },
  };
  if ("disturbed" in inner) {
    // Read anew each time: an adapter may give another promise after a commit.
    Object.defineProperty(store, "disturbed", { get: () => inner.disturbed, enumerable: true });
  }
  return store;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** A promise of the first answer whose own `then` also tells the second one. */
function answeredTwice<T>(hand: () => Promise<T>): Promise<T> {
  const first = hand();
  const second = first.then(hand, hand);
  second.catch(() => undefined);
  const telling = Object.assign(first.then(), {
    // biome-ignore lint/suspicious/noThenProperty: two answers are what is asked for
    then<A = T, B = never>(
      fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
      rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      const told = Promise.prototype.then.call(first, fulfilled, rejected) as Promise<A | B>;
      second.then(fulfilled, rejected).catch(() => undefined);
      return told;
    },
  });
  // `await` and `Promise.resolve` look at the promise itself, whose one answer is the first.
  return telling;
}

function listed(fates: readonly Fate[]): () => Fate {
  const left = [...fates][Symbol.iterator]();
  return () => {
    const { done, value } = left.next();
    return done ? "ok" : value;
  };
}

function drawn(seed: number, rate: number): () => Fate {
  const next = uniform(seed);
  return () => (next() < rate ? (HONEST[Math.floor(next() * HONEST.length)] as Fate) : "ok");
}

/** Numbers from 0 up to but not including 1 that `seed` fixes (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
