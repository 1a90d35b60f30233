/** "worker-runtime/level": keeps runtimes in a database that follows abstract-level. */
export type {
  LevelDatabase,
  LevelEncodings,
  LevelManifest,
  LevelOperation,
  LevelRange,
} from "../storage/level/database.js";
export { type LevelOptions, levelStorage } from "../storage/level.js";
