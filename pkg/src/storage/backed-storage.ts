import { BackedStore, TellingStore } from "./backed-store.js";
import type { Backend } from "./backend.js";
import { checkRuntimeId, compareUtf8 } from "./checks.js";
import type { RuntimeStorage } from "./contract.js";

/**
 * The storage over a medium that has transactions of its own. A living holder is waited for where it is in this process:
 * of others nothing is known but the head.
 */
export function backedStorage(backend: Backend): RuntimeStorage {
  const Store = backend.listen === undefined ? BackedStore : TellingStore;

  return {
    async open(runtimeId, { signal, takeover = false, readOnly = false } = {}) {
      checkRuntimeId(runtimeId);
      signal?.throwIfAborted();
      const store = new Store(backend, runtimeId, readOnly);
      await store.open(signal, takeover);
      return store;
    },

    async list() {
      return (await backend.list()).sort(compareUtf8);
    },

    async delete(runtimeId) {
      checkRuntimeId(runtimeId);
      await backend.delete(runtimeId);
      backend.neighbours.tell(runtimeId);
    },
  };
}
