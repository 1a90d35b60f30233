import type { RuntimeStore, StorageCommit } from "../storage/contract.js";

interface Step {
  readonly from: string | null;
  readonly to: string;
  /** What each key of the commit held before it; `null` where nothing. */
  readonly before: ReadonlyMap<string, Uint8Array | null>;
}

const ALL_BUT_THE_GREATEST_KEY = "~".repeat(200);

/** Remembers, for each runtime, what its last commit replaced, so that a state can be shown that has passed. */
export class Undo {
  readonly #steps = new Map<string, Step>();

  forget(runtimeId: string): void {
    this.#steps.delete(runtimeId);
  }

  /**
   * Hands the commit on. What it replaces is read before: where the commit is applied, its head was `from` all the
   * while, so what was read is the state that it replaced.
   */
  async commit(store: RuntimeStore, runtimeId: string, commit: StorageCommit): Promise<string | null> {
    const { from, to, ops } = commit;
    const headBefore = await store.head();
    const before = new Map<string, Uint8Array | null>();
    if (headBefore === from) {
      for (const [key] of ops) {
        const [found] = await store.read({ gte: key, lt: ALL_BUT_THE_GREATEST_KEY, limit: 1 });
        before.set(key, found?.[0] === key ? found[1] : null);
      }
    }
    const answer = await store.commit(commit);
    if (headBefore === from && answer === to) {
      this.#steps.set(runtimeId, { from, to, before });
    }
    return answer;
  }

  /** The head before the last commit. */
  async head(store: RuntimeStore, runtimeId: string): Promise<string | null> {
    const head = await store.head();
    const step = this.#steps.get(runtimeId);
    return step !== undefined && step.to === head ? step.from : head;
  }

  /** The records before the last commit. */
  async read(
    store: RuntimeStore,
    runtimeId: string,
    range: { gte: string; lt: string; limit?: number },
  ): Promise<Array<[key: string, value: Uint8Array]>> {
    const step = this.#steps.get(runtimeId);
    if (step === undefined || step.to !== (await store.head())) {
      return store.read(range);
    }
    const { gte, lt, limit = Number.POSITIVE_INFINITY } = range;
    const records = new Map(await store.read({ gte, lt }));
    for (const [key, value] of step.before) {
      if (value === null) {
        records.delete(key);
      } else if (gte <= key && key < lt) {
        records.set(key, value.slice());
      }
    }
    return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit);
  }
}
