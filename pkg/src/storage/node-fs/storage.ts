import { resolve } from "node:path";
import { checkRuntimeId, compareUtf8, ownOpening } from "../checks.js";
import type { RuntimeStorage } from "../contract.js";
import { removeStore } from "./cleaning.js";
import { codeOf, type Disk } from "./disk.js";
import { StorageCorrupt } from "./errors.js";
import { gone, listStore, openCurrent } from "./load.js";
import { lock, NO_LOCK, removeStaleLock } from "./lock.js";
import { LogStore } from "./log-store.js";
import { isStoreName, storeName } from "./names.js";

/** The adapter over any disk: `nodeFsStorage` over the machine's, tests over others. */
export function logStorage(disk: Disk, directory: string): RuntimeStorage {
  const root = resolve(directory);

  return {
    async open(runtimeId, options) {
      checkRuntimeId(runtimeId);
      const { signal, takeover, readOnly } = ownOpening(options);
      signal?.throwIfAborted();
      const home = { disk, root, directory: `${root}/${storeName(runtimeId)}`, runtimeId };
      if (readOnly) {
        return new LogStore(home, true, NO_LOCK).begin();
      }
      await disk.makePath(root);
      const taken = await lock(disk, `${home.directory}.lock`, { signal, takeover });
      return new LogStore(home, false, taken).begin();
    },

    async list() {
      const found: string[] = [];
      for (const name of (await listStore(disk, root)) ?? []) {
        const runtimeId = isStoreName(name) ? await runtimeIdOf(disk, `${root}/${name}`) : undefined;
        if (runtimeId !== undefined) {
          if (storeName(runtimeId) !== name) {
            throw new StorageCorrupt("a store stands under another's name", { path: `${root}/${name}` });
          }
          found.push(runtimeId);
        }
      }
      return found.sort(compareUtf8);
    },

    async delete(runtimeId) {
      checkRuntimeId(runtimeId);
      const path = `${root}/${storeName(runtimeId)}`;
      if (await removeStore(disk, path)) {
        await removeStaleLock(disk, `${path}.lock`);
      }
    },
  };
}

/** Whose store a directory is, `undefined` where it has been deleted meanwhile. */
async function runtimeIdOf(disk: Disk, directory: string): Promise<string | undefined> {
  for (;;) {
    const names = await listStore(disk, directory);
    if (names === null) {
      return undefined;
    }
    try {
      const segment = await openCurrent(disk, directory, names);
      await segment.release();
      return segment.header.runtimeId;
    } catch (error) {
      const isMissing = codeOf(error) === "ENOENT";
      if (!isMissing || (await listStore(disk, directory))?.join() === names.join()) {
        throw isMissing ? gone(directory, names) : error;
      }
    }
  }
}
