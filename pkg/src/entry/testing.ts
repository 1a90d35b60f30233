/** "worker-runtime/testing": the storage conformance kit and a storage that injects faults. */

export {
  AssertionError,
  type ConformanceCase,
  type ConformanceOptions,
  type MakeStorage,
  type StorageUnderTest,
  storageConformance,
} from "../testing/conformance/index.js";
export { faultyStorage } from "../testing/faulty.js";
export type { Delays, Fate, FaultPlan } from "../testing/plan.js";
