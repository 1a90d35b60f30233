/** "worker-runtime/node-fs": storage in files of this machine. */

import { reading } from "../arguments/read.js";
import { readNodeFsOptions } from "../arguments/storages.js";
import type { RuntimeStorage } from "../storage/contract.js";
import { nodeDisk } from "../storage/node-fs/disk.js";
import { logStorage } from "../storage/node-fs/storage.js";

/**
 * Keeps each runtime in an append-only log of its own below `directory`, which is made where it does not exist.
 * What a fulfilled commit answers has been brought to the medium: it survives loss of power.
 *
 * Any number of handles, threads and processes of one machine may use a directory at once; it has to be on a file
 * system of that machine which knows hard links. Damage is reported by an error whose `name` is "StorageCorrupt",
 * with `path`, and `offset` and `key` where they are known.
 *
 * Throws `invalid_request` where an option is malformed.
 */
export function nodeFsStorage(options: { directory: string }): RuntimeStorage {
  const { directory } = reading(() => readNodeFsOptions(options));
  return logStorage(nodeDisk, directory);
}
