import { snapshot } from "../arguments/read.js";
import type { RecordRange, StoredRecord } from "../core/boundary.js";
import type { RuntimeStore, StorageCommit } from "../storage/contract.js";
import { ask } from "./asking.js";
import { type HostMethod, hostFailed, NoAnswer } from "./failures.js";
import { isHead, Offering } from "./offering.js";

/** A store as a host gave it: every call is bounded in time, and every answer is checked for its form. */
export class HostStore {
  readonly runtimeId: string;
  readonly timeoutMs: number;
  readonly durability: RuntimeStore["durability"];
  private readonly store: RuntimeStore;
  private closing: Promise<void> | null = null;

  /** Throws `storage_failed` where the host gave something else than a store. */
  constructor(store: unknown, runtimeId: string, timeoutMs: number) {
    this.runtimeId = runtimeId;
    this.timeoutMs = timeoutMs;
    this.store = store as RuntimeStore;
    try {
      const { head, read, commit, close, durability } = this.store;
      if ([head, read, commit, close].some((method) => typeof method !== "function")) {
        throw new TypeError("a store has the methods head, read, commit and close");
      }
      this.durability = durability === "power-loss" || durability === "process-crash" ? durability : "memory";
    } catch (error) {
      throw hostFailed(runtimeId, "open", error);
    }
    // It may settle either way before anybody listens.
    this.disturbed?.then(undefined, () => undefined);
  }

  /** The present head; rejects with `storage_failed` or `storage_lost`. */
  async head(background = false): Promise<string | null> {
    const value = await this.ask("head", () => this.store.head(), background);
    if (value !== null && !isHead(value)) {
      throw hostFailed(this.runtimeId, "head", new TypeError("this is no head"));
    }
    return value;
  }

  /** The records of a range; rejects with `storage_failed` or `storage_lost`. */
  async read(range: RecordRange, background = false): Promise<StoredRecord[]> {
    const [gte, lt, limit] = range;
    const asked = snapshot(limit === undefined ? { gte, lt } : { gte, lt, limit });
    const value = await this.ask("read", () => this.store.read(asked), background);
    try {
      return recordsIn(value, range);
    } catch (error) {
      throw hostFailed(this.runtimeId, "read", error);
    }
  }

  /** Offers a commit until it is decided. */
  offer(commit: StorageCommit, background = false): Offering {
    return new Offering((offered) => this.store.commit(offered), commit, this.timeoutMs, background);
  }

  /** The promise that settles at a disturbance; `undefined` where the store cannot say so. */
  get disturbed(): PromiseLike<unknown> | undefined {
    try {
      const { disturbed } = this.store;
      return typeof disturbed?.then === "function" ? disturbed : undefined;
    } catch {
      return undefined;
    }
  }

  /** Lets go of the store, and waits for that for a bounded time. Never rejects. */
  close(): Promise<void> {
    this.closing ??= ask(() => this.store.close(), this.timeoutMs).then(() => undefined);
    return this.closing;
  }

  private async ask(method: HostMethod, call: () => unknown, background: boolean): Promise<unknown> {
    if (this.closing !== null) {
      throw hostFailed(this.runtimeId, method, new Error("the store was let go of"));
    }
    const reply = await ask(call, this.timeoutMs, background);
    if (reply.kind === "answer") {
      return reply.value;
    }
    throw hostFailed(
      this.runtimeId,
      method,
      reply.kind === "silence" ? new NoAnswer(this.timeoutMs) : reply.error,
    );
  }
}

/** The records that a host answered with, if it did; throws where they are not what the range asked for. */
function recordsIn(value: unknown, [gte, lt, limit]: RecordRange): StoredRecord[] {
  if (!Array.isArray(value) || (limit !== undefined && value.length > limit)) {
    throw new TypeError("these are not the records that were asked for");
  }
  let last = "";
  return value.map((record: readonly unknown[]) => {
    const [key, bytes] = record;
    if (typeof key !== "string" || key < gte || key >= lt || (last !== "" && key <= last)) {
      throw new TypeError("a record is out of its range or out of order");
    }
    last = key;
    return [key, bytesIn(bytes)];
  });
}

/** Bytes of another realm are copied to this one. */
function bytesIn(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    return value;
  }
  if (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]") {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  throw new TypeError("a record's value is no Uint8Array");
}
