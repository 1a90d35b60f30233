export type {
  RuntimeStorage,
  RuntimeStore,
  StorageCommit,
  StorageOp,
  StorageRejectedCode,
} from "../storage/contract.js";
export { StorageLost, StorageRejected } from "../storage/contract.js";
export type * from "./catalog.js";
export type { RuntimeErrorCode, RuntimeErrorDetails, RuntimeErrorOptions } from "./errors.js";
export { RuntimeError } from "./errors.js";
export type * from "./identity.js";
export type * from "./interaction.js";
export type * from "./management.js";
export type * from "./observation.js";
