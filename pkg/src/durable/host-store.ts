import { snapshot } from "../arguments/read.js";
import type { RecordRange, StoredRecord } from "../core/boundary.js";
import {
  MAX_KEY_LENGTH,
  MAX_VALUE_BYTES,
  type RuntimeStore,
  type StorageCommit,
} from "../storage/contract.js";
import { answerOf, ask } from "./asking.js";
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
    answerOf(() => this.disturbed).catch(() => undefined);
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
    return new Offering(this.store, commit, this.timeoutMs, background);
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

/** No range has more bytes than this in a store that can be opened at all: a module has 4 GiB for all it holds. */
const MAX_READ_BYTES = 1024 * 1024 * 1024;
/** What a record counts for at least, so that there is an end to those that have no bytes. */
const RECORD_BYTES = 1_024;

/** The records that a host answered with, if it did; throws where they are not what the range asked for. */
function recordsIn(value: unknown, [gte, lt, limit]: RecordRange): StoredRecord[] {
  if (!Array.isArray(value) || (limit !== undefined && value.length > limit)) {
    throw new TypeError("these are not the records that were asked for");
  }
  const records: StoredRecord[] = [];
  let last = "";
  let total = 0;
  // One by one, and no further than to the first that is none: a list may say that it is as long as it likes.
  for (let at = 0; at < value.length; at += 1) {
    const [key, bytes] = value[at] as readonly unknown[];
    if (
      typeof key !== "string" ||
      key.length > MAX_KEY_LENGTH ||
      key < gte ||
      key >= lt ||
      (last !== "" && key <= last)
    ) {
      throw new TypeError("a record is out of its range or out of order");
    }
    last = key;
    const copy = bytesIn(key, bytes);
    total += RECORD_BYTES + copy.length;
    if (total > MAX_READ_BYTES) {
      throw new TypeError("these are more records than a store has");
    }
    records.push([key, copy]);
  }
  return records;
}

/** What bytes are and how many, whatever realm they are of and whatever they say of themselves. */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const tagOf = getter<string | undefined>(Symbol.toStringTag);
const byteLengthOf = getter<number>("byteLength");

function getter<T>(name: PropertyKey): (this: unknown) => T {
  return Object.getOwnPropertyDescriptor(typedArray, name)?.get as (this: unknown) => T;
}

/**
 * A copy of a value's bytes as they are now: a host may go on to write them, to shrink, grow or transfer their buffer,
 * or to share it with threads.
 */
function bytesIn(key: string, value: unknown): Uint8Array {
  if (tagOf.call(value) !== "Uint8Array") {
    throw new TypeError("a record's value is no Uint8Array");
  }
  if (byteLengthOf.call(value) > MAX_VALUE_BYTES) {
    throw Object.assign(new Error("a value is longer than any that was written"), {
      name: "StorageCorrupt",
      key,
    });
  }
  return new Uint8Array(value as Uint8Array);
}
