import { backedStorage } from "./backed-storage.js";
import type { RuntimeStorage, RuntimeStore } from "./contract.js";
import { HostOptions } from "./host-option.js";
import type { LevelDatabase } from "./level/database.js";
import { Medium, placeOf } from "./level/place.js";
import { LevelRecords } from "./level/records.js";
import { Neighbours } from "./neighbours.js";

export interface LevelOptions {
  /**
   * A database that follows abstract-level (1 or newer), or a sublevel of one. It stays the caller's, and is open in
   * one thread of one process.
   */
  database: LevelDatabase;
  /**
   * What a batch with `sync: true` survives in this database. Default: "power-loss" on LevelDB and RocksDB (`classic-level`,
   * `rocks-level`), "memory" on any other, as nothing is known of it.
   */
  durability?: RuntimeStore["durability"];
}

const DURABILITIES = ["power-loss", "process-crash", "memory"] as const;

/**
 * Keeps runtimes in a database that follows abstract-level, under keys that begin with `!worker-runtime!`. Nothing but
 * that the database is open in one place alone keeps two writers apart, so commits to one store wait for each other in
 * this process. Throws `invalid_request` where an option is malformed.
 */
export function levelStorage(options: LevelOptions): RuntimeStorage {
  const given = new HostOptions(options);
  const database = given.object<LevelDatabase>("database", ["getMany", "batch", "iterator", "keys"]);
  const medium = new Medium(database);
  const durability = given.choice("durability", DURABILITIES, medium.durability);

  return backedStorage({
    neighbours: Neighbours.over(medium.root, medium.prefix),
    // There is nobody else.
    listen: () => () => {},
    durability: async () => durability,
    records: (runtimeId) => new LevelRecords(medium, runtimeId),
    list: () => medium.list(),
    delete(runtimeId) {
      const place = placeOf(runtimeId);
      return medium.alone(place, async () => {
        const keys = [place.head, ...(await medium.keys(place))];
        await medium.write(keys.map((key) => ({ type: "del", key })));
      });
    },
  });
}
