import { invalidRequest } from "../api/errors.js";
import { objectValue, ownField, reading } from "../arguments/read.js";

/**
 * What becomes of one call of `head`, `read` or `commit`:
 *
 * - `ok`: handed on.
 * - `rejected`: not handed on; rejects with `StorageRejected` ("quota"). This call applies nothing.
 * - `unknown_before`: not handed on; rejects with a plain error. Nothing is applied.
 * - `unknown_after`: handed on and waited for; then rejects with a plain error. A commit is applied.
 * - `never`: not handed on, and never answered. Nothing is applied.
 * - `twice`: handed on twice, the second time after the first was answered; whoever looks with `then` instead of
 *   `await` is answered twice, too.
 * - `late`: handed on after `lateMs`, so that later calls, a takeover and even the closing of the handle may come
 *   before it; then answered as it went.
 * - `throws`: not handed on; throws synchronously. Nothing is applied.
 * - `partial`: a commit is handed on with the first half of its ops (rounded down) under its own new head and
 *   answered as if it were whole: a broken store. A read is answered with the first half of its records. A head
 *   is handed on.
 * - `stale_read`: a read or a head is answered with the state before the last commit, or with the present one
 *   where that commit did not come through this storage. A commit is handed on.
 * - `slow`: handed on after `slowMs`.
 */
export type Fate =
  | "ok"
  | "rejected"
  | "unknown_before"
  | "unknown_after"
  | "never"
  | "twice"
  | "late"
  | "throws"
  | "partial"
  | "stale_read"
  | "slow";

/** How long calls are held back. */
export interface Delays {
  /** How long a late call is held back, in milliseconds. Default 100. */
  lateMs?: number;
  /** How long a slow call is held back, in milliseconds. Default 10. */
  slowMs?: number;
}

/**
 * Which call has which fate. The calls of `head`, `read` and `commit` count, in their order, over all handles of
 * the storage together; `open`, `list`, `delete` and `close` have no fate and do not count.
 *
 * `fates`: taken literally, one a call; every call after the last of them is `ok`.
 *
 * `seed`: at each call another fate than `ok` is drawn with probability `rate` (0 to 1, default 0.2), all of them
 * equally likely but `partial` and `stale_read`: a seed does only what a host that keeps the contract may do. For
 * the same reason `rejected` becomes `unknown_before` where an earlier offering of the same commit was handed on.
 * The same seed and the same calls give the same fates.
 */
export type FaultPlan = ({ seed: number; rate?: number } | { fates: Fate[] }) & Delays;

/** What a host that keeps the contract may do to a call. */
export const HONEST: readonly Fate[] = [
  "rejected",
  "unknown_before",
  "unknown_after",
  "never",
  "twice",
  "late",
  "throws",
  "slow",
];

const FATES: ReadonlySet<string> = new Set<Fate>([...HONEST, "ok", "partial", "stale_read"]);

/** A snapshot of a plan with the defaults filled in. */
export interface Plan {
  readonly drawn: { readonly seed: number; readonly rate: number } | null;
  /** Empty where they are drawn. */
  readonly fates: readonly Fate[];
  readonly lateMs: number;
  readonly slowMs: number;
}

/** A plan with a word that is none would let everything through, and prove nothing. */
export function readPlan(value: FaultPlan): Plan {
  return reading(() => {
    const plan = objectValue(value, "plan");
    const field = (name: string): unknown => ownField(plan, name, name);
    const seed = field("seed");
    return {
      drawn:
        seed === undefined
          ? null
          : { seed: seedValue(seed), rate: numberFrom0(field("rate"), "rate", 0.2, 1) },
      fates: seed === undefined ? fatesIn(field("fates")) : [],
      lateMs: numberFrom0(field("lateMs"), "lateMs", 100),
      slowMs: numberFrom0(field("slowMs"), "slowMs", 10),
    };
  });
}

function seedValue(value: unknown): number {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw invalidRequest("seed", "must be a number");
  }
  return value;
}

function numberFrom0(value: unknown, path: string, absent: number, most = Number.MAX_SAFE_INTEGER): number {
  if (value === undefined) {
    return absent;
  }
  if (typeof value !== "number" || !(value >= 0 && value <= most)) {
    throw invalidRequest(path, `must be a number from 0 to ${most}`);
  }
  return value;
}

function fatesIn(value: unknown): readonly Fate[] {
  if (!Array.isArray(value)) {
    throw invalidRequest("fates", value === undefined ? "is missing, and so is seed" : "must be an array");
  }
  return Array.from(value, (fate: unknown, at) => {
    if (typeof fate !== "string" || !FATES.has(fate)) {
      throw invalidRequest(`fates[${at}]`, "is no fate");
    }
    return fate as Fate;
  });
}
