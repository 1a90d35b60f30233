import type { Backend, Records } from "./backend.js";
import { ownCommit, ownRange } from "./checks.js";
import { type RuntimeStore, type StorageCommit, StorageRejected } from "./contract.js";

/** One store's handle over a backend. */
export class BackedStore implements RuntimeStore {
  #durability: RuntimeStore["durability"] = "memory";
  readonly #records: Records;
  readonly #readOnly: boolean;
  readonly #pending = new Set<Promise<unknown>>();
  /** How many offerings of each `to` may have been applied or may still be. */
  readonly #offered = new Map<string, number>();
  readonly #creations = new Set<string>();
  readonly #leave: () => void;
  #letGo: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  protected readonly backend: Backend;
  protected readonly runtimeId: string;

  constructor(backend: Backend, runtimeId: string, readOnly: boolean) {
    this.backend = backend;
    this.runtimeId = runtimeId;
    this.#records = backend.records(runtimeId);
    this.#readOnly = readOnly;
    this.#leave = backend.neighbours.join(runtimeId, this.heard);
  }

  /** What a fulfilled commit survived when the store was opened. */
  get durability(): RuntimeStore["durability"] {
    return this.#durability;
  }

  /** Waits for a holder in this process; nothing is held where it rejects. */
  async open(signal: AbortSignal | undefined, takeover: boolean): Promise<void> {
    try {
      if (!this.#readOnly) {
        const { holders } = this.backend.neighbours;
        this.#letGo = await holders.acquire(this.runtimeId, signal, takeover, this.heard);
      }
      this.#durability = await this.backend.durability();
      signal?.throwIfAborted();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  head(): Promise<string | null> {
    return this.#track(() => this.#records.head());
  }

  read(range: { gte: string; lt: string; limit?: number }): Promise<Array<[key: string, value: Uint8Array]>> {
    return this.#track(async () => {
      const owned = ownRange(range);
      return owned.limit === 0 || owned.gte >= owned.lt ? [] : this.#records.read(owned);
    });
  }

  commit(commit: StorageCommit): Promise<string | null> {
    return this.#track(() => this.#commit(commit));
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#pending);
      this.#leave();
      this.ended();
      this.#letGo?.();
    })();
    return this.#closing;
  }

  /** The store may have been moved by somebody else. */
  protected readonly heard = (): void => this.disturb();

  protected disturb(): void {}

  protected ended(): void {}

  async #commit(commit: StorageCommit): Promise<string | null> {
    if (this.#readOnly) {
      throw new Error("this handle was opened to read only");
    }
    const owned = ownCommit(commit);
    const { from, to } = owned;
    const offered = this.#offered;
    offered.set(to, (offered.get(to) ?? 0) + 1);
    let head: string | null;
    try {
      head = await this.#records.commit(owned, this.#creations);
    } catch (error) {
      if (!(error instanceof StorageRejected)) {
        throw error;
      }
      const others = (offered.get(to) ?? 1) - 1;
      if (others > 0) {
        offered.set(to, others);
        throw new Error("an earlier offering of this commit may still be applied", { cause: error });
      }
      offered.delete(to);
      throw error;
    }
    offered.delete(to);
    if (head === to && from !== to) {
      this.backend.neighbours.tell(this.runtimeId, this.heard);
    }
    return head;
  }

  async #track<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw new Error("this handle is closed");
    }
    const running = call();
    this.#pending.add(running);
    try {
      return await running;
    } finally {
      this.#pending.delete(running);
    }
  }
}

/** A handle that notices when its store may have been moved by somebody else. */
export class TellingStore extends BackedStore {
  #disturbed: Promise<void> | undefined;
  #settle: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  /** Settles at each disturbance; a new promise stands here from then on. */
  get disturbed(): Promise<void> {
    this.#stopListening ??= this.backend.listen?.(this.heard);
    this.#disturbed ??= new Promise((resolve) => {
      this.#settle = resolve;
    });
    return this.#disturbed;
  }

  protected override disturb(): void {
    this.#disturbed = undefined;
    this.#settle?.();
  }

  protected override ended(): void {
    this.#stopListening?.();
  }
}
