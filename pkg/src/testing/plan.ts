import { invalidRequest } from "../api/errors.js";
import { objectValue, ownField, reading } from "../arguments/read.js";
import type { Fate, FaultPlan } from "./faulty.js";

/** A snapshot of a plan with the defaults filled in. */
export interface Plan {
  readonly drawn: { readonly seed: number; readonly rate: number } | null;
  /** Empty where they are drawn. */
  readonly fates: readonly Fate[];
  readonly lateMs: number;
  readonly slowMs: number;
}

/** A plan with a word that is none would let everything through, and prove nothing. */
export function readPlan(value: FaultPlan, known: ReadonlySet<string>): Plan {
  return reading(() => {
    const plan = objectValue(value, "plan");
    const field = (name: string): unknown => ownField(plan, name, name);
    const seed = field("seed");
    return {
      drawn:
        seed === undefined
          ? null
          : { seed: seedValue(seed), rate: numberFrom0(field("rate"), "rate", 0.2, 1) },
      fates: seed === undefined ? fatesIn(field("fates"), known) : [],
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

function fatesIn(value: unknown, known: ReadonlySet<string>): readonly Fate[] {
  if (!Array.isArray(value)) {
    throw invalidRequest("fates", value === undefined ? "is missing, and so is seed" : "must be an array");
  }
  return Array.from(value, (fate: unknown, at) => {
    if (typeof fate !== "string" || !known.has(fate)) {
      throw invalidRequest(`fates[${at}]`, "is no fate");
    }
    return fate as Fate;
  });
}
