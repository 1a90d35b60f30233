import { besideCases } from "./beside.js";
import { bufferCases } from "./buffers.js";
import { commitCases } from "./commits.js";
import { concurrencyCases } from "./concurrency.js";
import { creationCases } from "./creation.js";
import { deletionCases } from "./deletion.js";
import { disturbedCases } from "./disturbed.js";
import { handleCases } from "./handles.js";
import { idCases } from "./ids.js";
import { isolationCases } from "./isolation.js";
import { keyCases } from "./keys.js";
import { listCases } from "./list.js";
import { modelCases } from "./model.js";
import { openingCases } from "./opening.js";
import { readCases } from "./reads.js";
import { repeatCases } from "./repeats.js";
import { type MakeStorage, runCase } from "./trial.js";
import { valueCases } from "./values.js";

export { AssertionError } from "./assertion.js";
export type { MakeStorage, StorageUnderTest } from "./trial.js";

/** One case of the kit, for any test runner. */
export interface ConformanceCase {
  /** The subject and what is promised; the same in every run. */
  readonly name: string;
  /** Rejects with an `AssertionError` where the adapter breaks its contract. */
  run(): Promise<void>;
}

export interface ConformanceOptions {
  /** How long a case may take before it counts as failed, in milliseconds. Default 20,000. */
  timeoutMs?: number;
}

/**
 * The conformance kit: what `RuntimeStorage` and `RuntimeStore` promise, and nothing that they leave open.
 *
 * Each case is named and independent: it calls `makeStorage` once, works on runtimes of its own, closes its
 * handles, and calls `dispose` at its end, whether it passed or not. `makeStorage` need not give an empty storage,
 * but nobody else may work in it meanwhile. Cases that need two living handles of one runtime open the second
 * one with `takeover`, so an adapter that waits for a living holder is not held up.
 */
export function storageConformance(
  makeStorage: MakeStorage,
  options: ConformanceOptions = {},
): ConformanceCase[] {
  const timeoutMs = options.timeoutMs ?? 20_000;
  return [
    ...keyCases,
    ...valueCases,
    ...readCases,
    ...commitCases,
    ...repeatCases,
    ...creationCases,
    ...deletionCases,
    ...handleCases,
    ...openingCases,
    ...disturbedCases,
    ...concurrencyCases,
    ...besideCases,
    ...isolationCases,
    ...idCases,
    ...listCases,
    ...bufferCases,
    ...modelCases,
  ].map(({ name, body }) => ({ name, run: () => runCase(body, makeStorage, timeoutMs) }));
}
