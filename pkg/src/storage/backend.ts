/** What an adapter brings whose medium has transactions of its own; `backedStorage` makes a storage of it. */

import type { OwnedCommit, OwnedRange } from "./checks.js";
import type { RuntimeStore } from "./contract.js";
import type { Neighbours } from "./neighbours.js";

/** One store's records, as one handle sees them. What it is given has been checked and belongs to it. */
export interface Records {
  head(): Promise<string | null>;

  /** As `RuntimeStore.read`, for a range that is not empty. The buffers belong to the caller. */
  read(range: OwnedRange): Promise<Array<[key: string, value: Uint8Array]>>;

  /**
   * As `RuntimeStore.commit`. `creations` has the `to` of each creation that this handle has applied or may have: it is
   * put in before such a commit can take effect, taken out where that certainly has not happened, and one that is in it
   * is not applied again. Rejects with `StorageRejected` where this offering certainly is not applied and never will be.
   */
  commit(commit: OwnedCommit, creations: Set<string>): Promise<string | null>;
}

export interface Backend {
  /** Shared by all backends of this process over one medium. */
  readonly neighbours: Neighbours;

  /**
   * Calls `heard` after whoever is not among the neighbours may have committed or deleted; the answer ends that. Absent
   * where this cannot be told; where there are no others, nothing is ever heard.
   */
  listen?(heard: () => void): () => void;

  /** Asked whenever a store is opened. */
  durability(): Promise<RuntimeStore["durability"]>;

  records(runtimeId: string): Records;

  /** As `RuntimeStorage.list`, in any order. */
  list(): Promise<string[]>;

  delete(runtimeId: string): Promise<void>;
}
