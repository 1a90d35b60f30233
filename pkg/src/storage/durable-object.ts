import { backedStorage } from "./backed-storage.js";
import type { RuntimeStorage } from "./contract.js";
import type { ObjectStorage } from "./durable-object/object-storage.js";
import { ALL_HEADS, runtimeOf } from "./durable-object/parts.js";
import { ObjectRecords } from "./durable-object/records.js";
import { HostOptions } from "./host-option.js";
import { Neighbours } from "./neighbours.js";

export interface DurableObjectOptions {
  /** The object's own storage: `ctx.storage`. */
  storage: ObjectStorage;
}

/**
 * Keeps runtimes in the storage of the Cloudflare Durable Object that it runs in, under keys that begin with
 * `worker-runtime/`: with SQLite behind it or without. A commit is fulfilled once the object's `sync` is.
 * Throws `invalid_request` where `storage` has not the shape.
 */
export function durableObjectStorage(options: DurableObjectOptions): RuntimeStorage {
  const methods = ["get", "put", "delete", "list", "transaction", "sync"] as const;
  const storage = new HostOptions(options).object<ObjectStorage>("storage", methods);

  return backedStorage({
    neighbours: Neighbours.over(storage),
    // An object is in one place at a time.
    listen: () => () => {},
    durability: async () => "power-loss",
    records: (runtimeId) => new ObjectRecords(storage, runtimeId),
    async list() {
      // One that is under way would be seen otherwise.
      const heads = await storage.transaction((transaction) => transaction.list(ALL_HEADS));
      return [...heads.keys()].map(runtimeOf);
    },
    delete: (runtimeId) => new ObjectRecords(storage, runtimeId).delete(),
  });
}
