import type { ModuleInstance } from "../core/instance.js";
import { type Access, openStore } from "./host-storage.js";
import { readRoot, type WaitFor } from "./root.js";

/** Whether the storage has a runtime of this id that counts; `access` reads only, so that it waits for no holder. */
export async function isPresent(
  instance: ModuleInstance,
  access: Access,
  waitFor: WaitFor,
): Promise<boolean> {
  const store = await openStore(access);
  try {
    for (;;) {
      const head = await waitFor(store.head());
      if (head === null) {
        return false;
      }
      const root = await readRoot(instance, store, head, 0, waitFor, (handle) => handle.isUnfinished(head));
      if (root !== undefined) {
        root.handle.free();
        return !root.taken;
      }
    }
  } finally {
    void store.close();
  }
}
