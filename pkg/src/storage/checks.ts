/** The contract's rules on ids, keys, values, bounds and commits, for adapters that refuse what breaks them. */

import {
  MAX_KEY_LENGTH,
  MAX_RUNTIME_ID_BYTES,
  MAX_VALUE_BYTES,
  type RuntimeStorage,
  type StorageCommit,
  type StorageOp,
} from "./contract.js";
import { own } from "./own.js";

const KEY = new RegExp(`^[!-~]{1,${MAX_KEY_LENGTH}}$`);
const NOT_BLANK = /\P{White_Space}/u;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws a `TypeError` unless `id` is a non-blank, well-formed string of at most 256 bytes of UTF-8. */
export function checkRuntimeId(id: unknown): asserts id is string {
  if (typeof id !== "string" || !NOT_BLANK.test(id) || LONE_SURROGATE.test(id)) {
    throw new TypeError("a runtime id is a non-blank string without lone surrogates");
  }
  if (id.length > MAX_RUNTIME_ID_BYTES || new TextEncoder().encode(id).length > MAX_RUNTIME_ID_BYTES) {
    throw new TypeError(`a runtime id has at most ${MAX_RUNTIME_ID_BYTES} bytes of UTF-8`);
  }
}

/** Whether `key` is 1 to 200 characters from "!" to "~". */
export function isKey(key: unknown): key is string {
  return typeof key === "string" && KEY.test(key);
}

/** A commit as an adapter may keep it: read once and checked. */
export interface OwnedCommit {
  readonly from: string | null;
  readonly to: string;
  readonly ops: readonly StorageOp[];
}

/**
 * Reads a commit once. What it gives shares nothing with it but the values, which nobody changes: for adapters that read them
 * and hand them to nobody. Throws a `TypeError` where it is malformed, a key that stands there twice included.
 */
export function readCommit(commit: StorageCommit): OwnedCommit {
  const { from, to, ops } = commit;
  if ((from !== null && typeof from !== "string") || from === "") {
    throw new TypeError("`from` is a head or null");
  }
  if (typeof to !== "string" || to === "" || to === from) {
    throw new TypeError("`to` is a head of its own");
  }
  if (!Array.isArray(ops)) {
    throw new TypeError("`ops` is an array");
  }
  const { length } = ops;
  // Most commits have one operation, and nothing that could stand there twice.
  const seen = length > 1 ? new Set<string>() : undefined;
  const owned: StorageOp[] = [];
  for (let at = 0; at < length; at += 1) {
    const op: StorageOp = ops[at];
    const key = op[0];
    const value = op[1];
    if (!isKey(key)) {
      throw new TypeError('a key has 1 to 200 characters from "!" to "~"');
    }
    if (seen?.has(key)) {
      throw new TypeError(`the key ${key} stands twice in one commit`);
    }
    seen?.add(key);
    if (value !== null) {
      checkValue(key, value);
    }
    owned.push([key, value]);
  }
  return { from, to, ops: owned };
}

/** The same with copies of the values. */
export function ownCommit(commit: StorageCommit): OwnedCommit {
  const { from, to, ops } = readCommit(commit);
  const copies = ops.map(([key, value]): StorageOp => [key, value === null ? null : new Uint8Array(value)]);
  return { from, to, ops: copies };
}

function checkValue(key: string, value: unknown): void {
  // By tag: an array of another realm (a frame, a vm context) is as good as one of this.
  if (Object.prototype.toString.call(value) !== "[object Uint8Array]" || !ArrayBuffer.isView(value)) {
    throw new TypeError(`the value of ${key} is a Uint8Array or null`);
  }
  if (value.byteLength > MAX_VALUE_BYTES) {
    throw new TypeError(`the value of ${key} has more than ${MAX_VALUE_BYTES} bytes`);
  }
}

/** How a store is to be opened, read once. */
export interface OwnedOpening {
  readonly signal: AbortSignal | undefined;
  readonly takeover: boolean;
  readonly readOnly: boolean;
}

/** Reads the options of `RuntimeStorage.open` once. */
export function ownOpening(options: Parameters<RuntimeStorage["open"]>[1]): OwnedOpening {
  return {
    signal: own(options, "signal"),
    takeover: own(options, "takeover") === true,
    readOnly: own(options, "readOnly") === true,
  };
}

/** A checked range; `limit` is `Infinity` where none was asked. */
export interface OwnedRange {
  readonly gte: string;
  readonly lt: string;
  readonly limit: number;
}

/** Reads a range once. Throws a `TypeError` where a bound is neither a key nor `""` or `limit` is no integer from 0. */
export function ownRange(range: { gte: string; lt: string; limit?: number }): OwnedRange {
  const { gte, lt } = range;
  const limit = own(range, "limit");
  if ((gte !== "" && !isKey(gte)) || (lt !== "" && !isKey(lt))) {
    throw new TypeError('a bound is a key or ""');
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new TypeError("`limit` is an integer from 0");
  }
  return { gte, lt, limit: limit ?? Number.POSITIVE_INFINITY };
}

/** Orders well-formed strings by their UTF-8 bytes, which is by code points; `<` orders by UTF-16 code units. */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) {
      // Surrogates stand for code points above every other code unit.
      const leftIsSurrogate = left >= 0xd800 && left <= 0xdfff;
      const rightIsSurrogate = right >= 0xd800 && right <= 0xdfff;
      return leftIsSurrogate === rightIsSurrogate ? left - right : leftIsSurrogate ? 1 : -1;
    }
  }
  return a.length - b.length;
}
