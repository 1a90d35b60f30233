import { type RuntimeStore, type StorageCommit, StorageLost, StorageRejected } from "../contract.js";
import { own } from "../own.js";
import { openChannel } from "./channel.js";
import { Connection, isQuota } from "./connection.js";
import { acquire } from "./locks.js";
import type { Place } from "./place.js";
import { type HeadRecord, readRange } from "./records.js";
import { removalsOf } from "./removals.js";
import { type Trace, Witness } from "./witness.js";

/** So long after a handle's first commit the runtime has read what it needs. */
const WITNESS_FIRST_MS = 10;
/** How far the witness of a stream of commits may lag behind. */
const WITNESS_EVERY_MS = 1_000;

/** One runtime's records in IndexedDB. */
export class IndexedDbStore implements RuntimeStore {
  readonly durability: RuntimeStore["durability"];
  readonly #place: Place;
  readonly #runtimeId: string;
  readonly #readOnly: boolean;
  readonly #witness: Witness;
  readonly #connection: Connection;
  #channel: BroadcastChannel | undefined;
  readonly #pending = new Set<Promise<unknown>>();
  /** How many offerings of each `to` may have been applied or may still be. */
  readonly #offered = new Map<string, number>();
  /** Every creation that was applied, or may have been. */
  readonly #created = new Set<string>();
  /** How far the store had come when this handle last saw it. */
  #known: Trace | undefined;
  /** From the report of a loss until the witness of what is there instead is written. */
  #lossReported = false;
  /** The head that this handle's latest commit has left. */
  #left: string | undefined;
  #witnessTimer: ReturnType<typeof setTimeout> | undefined;
  #unlock: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #disturbed: Promise<void> | undefined;
  #settleDisturbed: (() => void) | undefined;

  constructor(place: Place, runtimeId: string, readOnly: boolean) {
    // A killed browser takes transactions with it that were acknowledged as `relaxed`.
    this.durability = place.durability === "strict" ? "power-loss" : "memory";
    this.#place = place;
    this.#runtimeId = runtimeId;
    this.#readOnly = readOnly;
    this.#witness = new Witness(place, runtimeId);
    this.#disturb();
    this.#connection = new Connection(place, () => this.#disturb());
  }

  /** Waits for the holder and opens the database; nothing is held where it rejects. */
  async open(signal: AbortSignal | undefined, takeover: boolean): Promise<void> {
    const name = this.#place.nameOf(this.#runtimeId);
    try {
      // Where it fails while a holder is waited for, it is tried again afterwards.
      this.#connection.open(signal).catch(() => {});
      let lock: Promise<() => void> | undefined;
      if (!this.#readOnly) {
        this.#connection.renew();
        lock = acquire(name, signal, takeover, () => this.#disturb());
      }
      // Meanwhile there is time for what keeps the page waiting: local storage comes from another process.
      this.#channel = openChannel(name, () => this.#disturb());
      this.#witness.read();
      this.#unlock = await lock;
      await this.#connection.open(signal);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Settles at each disturbance; a new promise stands here from then on. */
  get disturbed(): Promise<void> {
    return this.#disturbed as Promise<void>;
  }

  head(): Promise<string | null> {
    return this.#track(() => this.#look((record) => this.#judge(record)));
  }

  read(range: { gte: string; lt: string; limit?: number }): Promise<Array<[key: string, value: Uint8Array]>> {
    const { gte, lt } = range;
    const limit = own(range, "limit") ?? Number.POSITIVE_INFINITY;
    return this.#track(async () =>
      limit === 0 || gte >= lt
        ? []
        : this.#connection.run("readonly", (records, step, answer) => {
            readRange(this.#place, records, step, [this.#runtimeId, gte, lt, limit], answer);
          }),
    );
  }

  commit(commit: StorageCommit): Promise<string | null> {
    return this.#track(async () => {
      if (this.#readOnly) {
        throw new Error("this handle was opened to read only");
      }
      try {
        return await this.#offer(commit);
      } catch (error) {
        const refusal = isQuota(error) ? await this.#withdraw(commit, error) : error;
        if (typeof refusal === "string" || refusal === null) {
          return refusal;
        }
        if (refusal instanceof StorageRejected && this.#offered.get(commit.to)) {
          throw new Error("an earlier offering of this commit may still be applied", { cause: refusal });
        }
        throw refusal;
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#pending);
      if (this.#witnessTimer !== undefined) {
        clearTimeout(this.#witnessTimer);
        await this.#keepWitness();
      }
      this.#connection.close();
      this.#channel?.close();
      this.#unlock?.();
    })();
    return this.#closing;
  }

  async #offer({ from, to, ops }: StorageCommit): Promise<string | null> {
    let written: Trace | undefined;
    // Begun when there is something to write, and not before: a page that is busy would keep every other from writing.
    const head = await this.#connection.run<string | null>("readwrite", (records, step, answer) => {
      this.#offered.set(to, (this.#offered.get(to) ?? 0) + 1);
      written = undefined;
      // No `await` in here, and no question after another: a transaction in which a frozen page still has something to do
      // blocks every other.
      const removals = this.#place.native() ? removalsOf(this.#runtimeId, ops) : [];
      for (const removal of removals) {
        step(removal.look(records), (found) => removal.see(found));
      }
      step(records.get(this.#runtimeId), (record: HeadRecord | undefined) => {
        const present = record?.head ?? null;
        if (present === to) {
          answer(to);
          return;
        }
        if (present === null || present !== from) {
          this.#judge(record);
        }
        if (present !== from || (from === null && this.#created.has(to))) {
          answer(present);
          return;
        }
        if (from === null) {
          this.#created.add(to);
        }
        const removed = new Set(removals.flatMap((removal) => removal.apply(records)));
        for (const [key, value] of ops) {
          if (value !== null) {
            records.put(compact(value), [this.#runtimeId, key]);
          } else if (!removed.has(key)) {
            records.delete([this.#runtimeId, key]);
          }
        }
        const next: HeadRecord = {
          head: to,
          birth: present === null ? to : (record as HeadRecord).birth,
          count: (record?.count ?? 0) + 1,
          witnessed: record?.witnessed === true || this.#witness.possible,
        };
        records.put(next, this.#runtimeId);
        written = next;
        answer(to);
      });
    });
    this.#offered.delete(to);
    if (written !== undefined) {
      this.#known = written;
      this.#noteCommit(from, to);
    }
    return head;
  }

  /**
   * After an abort for want of room. It is certain where the head says so: a browser that ran out of disk while it
   * wrote may yet find the transaction when it opens the database again.
   */
  async #withdraw({ from, to }: StorageCommit, cause: unknown): Promise<string | null | StorageRejected> {
    const head = await this.#look((record) => record?.head ?? null);
    if (head !== from) {
      return head;
    }
    this.#offered.set(to, (this.#offered.get(to) ?? 1) - 1);
    this.#created.delete(to);
    return new StorageRejected("quota", { cause });
  }

  /** The head, unless all that is known says that there was more. */
  #judge(record: HeadRecord | undefined): string | null {
    const head = record?.head ?? null;
    if (!this.#lossReported) {
      const witness = this.#witness.read();
      if (
        record === undefined ? witness !== undefined : behind(record, witness) || behind(record, this.#known)
      ) {
        throw new StorageLost(
          `the browser has lost ${record === undefined ? "the records" : "the latest commits"} of this runtime`,
        );
      }
      if (head === null && witness !== undefined) {
        this.#witness.remove();
      }
    }
    return head;
  }

  #noteCommit(from: string | null, to: string): void {
    const taken = from !== this.#left;
    this.#left = to;
    if (taken) {
      this.#channel?.postMessage(null);
    }
    if (this.#witness.possible) {
      this.#witnessTimer ??= setTimeout(
        () => this.#keepWitness(),
        taken || this.#lossReported ? WITNESS_FIRST_MS : WITNESS_EVERY_MS,
      );
    } else {
      this.#lossReported = false;
    }
  }

  /** Writes while a transaction holds the head still, so that a deletion is either seen here or removes this too. */
  async #keepWitness(): Promise<void> {
    this.#witnessTimer = undefined;
    try {
      await this.#look((record) => {
        if (record?.head) {
          this.#witness.write(record);
        }
      });
      this.#lossReported = false;
    } catch {
      // The next commit tries again.
    }
  }

  /** Answers what `see` makes of the head record, while a transaction holds that still. */
  #look<T>(see: (record: HeadRecord | undefined) => T): Promise<T> {
    return this.#connection.run("readonly", (records, step, answer) => {
      step(records.get(this.#runtimeId), (record: HeadRecord | undefined) => answer(see(record)));
    });
  }

  #disturb(): void {
    this.#settleDisturbed?.();
    this.#disturbed = new Promise((resolve) => {
      this.#settleDisturbed = resolve;
    });
  }

  async #track<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw new Error("this handle is closed");
    }
    const running = call();
    this.#pending.add(running);
    try {
      return await running;
    } catch (error) {
      if (error instanceof StorageLost) {
        this.#lossReported = true;
        this.#known = undefined;
      }
      throw error;
    } finally {
      this.#pending.delete(running);
    }
  }
}

function behind(record: HeadRecord, trace: Trace | undefined): boolean {
  return trace !== undefined && trace.birth === record.birth && trace.count > record.count;
}

/** A clone of a view takes the whole buffer along, and one of shared memory fails. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    ? bytes
    : new Uint8Array(bytes);
}
