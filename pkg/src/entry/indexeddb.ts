/** "worker-runtime/indexeddb": keeps runtimes in the browser. */

import { reading } from "../arguments/read.js";
import { readIndexedDbOptions } from "../arguments/storages.js";
import type { DatabaseFactory } from "../core/platform.js";
import type { RuntimeStorage } from "../storage/contract.js";
import { makePlace } from "../storage/indexeddb/place.js";
import { databaseStorage } from "../storage/indexeddb.js";

/** What `indexedDbStorage` takes. */
export interface IndexedDbOptions {
  /** The database that holds all runtimes. Default "worker-runtime". */
  databaseName?: string;
  /**
   * `strict` (default): a fulfilled commit has been flushed to the disk and survives a loss of power. `relaxed`: about
   * twice as fast one after another, but a killed browser has been seen to lose all of it; its stores
   * therefore call their durability "memory".
   */
  durability?: "strict" | "relaxed";
  /** The factory to use instead of the host's own. Such a storage uses no lock or witness outside this page. */
  indexedDB?: DatabaseFactory;
}

/**
 * Keeps runtimes in one IndexedDB database of this origin, whose version is 1 for ever.
 *
 * Its methods reject with `StorageRejected("denied")` where IndexedDB is absent or denied, and with an error that
 * says so where the database did not open within 5 s. A store of which only the witness in local storage is left rejects
 * with `StorageLost`, once a handle; a handle that has reported it then takes what is there for the truth.
 *
 * Throws `invalid_request` where an option is malformed.
 */
export function indexedDbStorage(options?: IndexedDbOptions): RuntimeStorage {
  const { databaseName, durability, indexedDB } = reading(() => readIndexedDbOptions(options));
  return databaseStorage(makePlace(databaseName, durability, indexedDB));
}
